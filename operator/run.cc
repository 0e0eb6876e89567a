#include "operator/run.h"

#include <memory>
#include <set>
#include <utility>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/runtime.h"
#include "kube/watch.h"
#include "net/crypto.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "oauth/call_scheduler.h"
#include "operator/keys.h"
#include "operator/probes.h"
#include "operator/provider_client.h"
#include "operator/provider_metrics.h"
#include "operator/state_metrics.h"
#include "operator_version.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/offering/reconciler.h"

namespace op {

namespace {

// Together with the release of the lease, these keep the end within two seconds.
constexpr std::chrono::milliseconds kServerGrace{200};
constexpr std::chrono::milliseconds kEventsGrace{200};

kube::RuntimeOptions runtime_options(const RunOptions& options) {
  return {.name = kName,
          .version = kOperatorVersion,
          .commit = kOperatorCommit,
          .kubeconfig = options.kubeconfig,
          .probe_address = options.health_probe_bind_address,
          .lease = {options.namespace_, options.leader_elect ? kName : ""}};
}

// One running operator. Members are in the order in which they need each other.
class Operator {
 public:
  Operator(const RunOptions& options, std::unique_ptr<net::HttpClient> provider_http,
           std::unique_ptr<kube::Runtime> runtime)
      : options_(options), runtime_(std::move(runtime)) {
    provider_http_ = std::make_unique<MeasuredHttpClient>(std::move(provider_http),
                                                          provider_metrics_, net::system_clock());
    if (options_.namespace_.empty()) options_.namespace_ = runtime_->client().config().namespace_;
    build_caches();
    build_controllers();
    watch();
  }

  net::Status serve() {
    if (net::Status probes = runtime_->serve(); !probes.ok())
      return net::Error{probes.error().code,
                        "--health-probe-bind-address: " + probes.error().message};
    if (options_.web_bind_address.empty()) return {};
    const auto bind = net::parse_bind_address(options_.web_bind_address);
    if (!bind.ok()) return bind.error();
    auto server =
        net::HttpServer::start({.address = bind->address, .port = bind->port}, web_handler());
    if (!server.ok())
      return net::Error{net::ErrorCode::Invalid, "--web-bind-address: " + server.error().message};
    web_ = std::move(*server);
    return {};
  }

  net::Status run(std::stop_token stop) {
    runtime_->manager().on_leading([this](std::stop_token leading) { return load_key(leading); });
    runtime_->manager().on_stepping_down([this] {
      scheduler_->stop();
      events_->flush(kEventsGrace);  // what is left then, the closed fence keeps from being written
    });
    log_.info("Where this operator works, and what its callback URLs begin with",
              {{"publicURL", options_.public_url},
               {"namespace", options_.namespace_},
               {"watchNamespaces", watched_namespaces()}});
    net::Status ended = runtime_->run(stop);
    scheduler_->stop();
    if (web_ != nullptr) web_->stop(kServerGrace);
    return ended;
  }

 private:
  template <class T>
  using Informers = std::vector<kube::Informer<T>*>;

  std::string watched_namespaces() const {
    std::string names;
    for (const std::string& ns : options_.watch_namespaces)
      names += (names.empty() ? "" : ",") + ns;
    return names.empty() ? "(all)" : names;
  }

  net::Status load_key(std::stop_token stop) {
    auto key = load_or_create_key(runtime_->client(), options_.namespace_, stop);
    if (!key.ok()) return key.error();
    hash_key_ = net::SecretString{net::derive_key(key->reveal(), "verification inputs")};
    return {};
  }

  // Cluster-wide, or one informer for each watched namespace; all of them fill one store.
  template <class T>
  Informers<T> add_informers(const std::shared_ptr<kube::Store<T>>& store,
                             const std::vector<std::string>& namespaces,
                             kube::InformerOptions options) {
    Informers<T> informers;
    for (const std::string& ns : namespaces) {
      options.namespace_ = ns;
      informers.push_back(&runtime_->add_informer<T>(options, store));
    }
    return informers;
  }

  void build_caches() {
    const std::vector<std::string> everywhere{""};
    const auto& watched =
        options_.watch_namespaces.empty() ? everywhere : options_.watch_namespaces;
    reconcilers::add_integration_indexes(*integrations_);
    // What people and tools write into an object's metadata is theirs, but for our own annotations
    // and labels; and the labels of Namespaces, by which Offerings choose.
    const std::string own = api::label_prefix;
    const kube::KeptMetadata offering{.label_prefix = own, .annotation_prefix = own};
    const kube::KeptMetadata integration{.label_prefix = own,
                                         .annotation_prefix = own,
                                         .finalizers = false,
                                         .owner_references = false};
    const kube::KeptMetadata secret = integration;
    const kube::KeptMetadata ns{
        .annotation_prefix = own, .finalizers = false, .owner_references = false};
    offering_informers_ = add_informers(
        offerings_, everywhere, {.kept = offering, .needed_for = "to serve any Integration"});
    namespace_informers_ =
        add_informers(namespaces_, everywhere,
                      {.kept = ns, .needed_for = "to know which namespaces an Offering is for"});
    integration_informers_ =
        add_informers(integrations_, watched,
                      {.kept = integration, .needed_for = "to serve the Integrations there"});
    secret_informers_ = add_informers(
        secrets_, watched,
        {.kept = secret, .needed_for = "to see when the credentials of Integrations change"});
  }

  void build_controllers() {
    net::Clock& clock = net::system_clock();
    kube::Client& client = runtime_->client();
    events_ = std::make_unique<kube::EventRecorder>(
        client, "oauth.integrations.dev/integration-operator", kube::hostname());
    scheduler_ = std::make_unique<oauth::CallScheduler>();
    desk_ = std::make_unique<reconcilers::VerificationDesk>(
        *scheduler_, *provider_http_, clock,
        [this](const kube::NamespacedName& key) { integration_controller_->queue().add(key); });
    offering_reconciler_ = std::make_unique<reconcilers::OfferingReconciler>(
        reconcilers::OfferingReconciler::Dependencies{.client = client,
                                                      .offerings = *offerings_,
                                                      .integrations = *integrations_,
                                                      .http = *provider_http_,
                                                      .events = *events_,
                                                      .clock = clock,
                                                      .public_url = options_.public_url,
                                                      .field_manager = kName,
                                                      .allow_http = options_.allow_http_providers});
    integration_reconciler_ = std::make_unique<reconcilers::IntegrationReconciler>(
        reconcilers::IntegrationReconciler::Dependencies{.client = client,
                                                         .integrations = *integrations_,
                                                         .offerings = *offerings_,
                                                         .secrets = *secrets_,
                                                         .namespaces = *namespaces_,
                                                         .desk = *desk_,
                                                         .events = *events_,
                                                         .clock = clock,
                                                         .public_url = options_.public_url,
                                                         .field_manager = kName,
                                                         .metrics = verdict_metrics_},
        [this] { return hash_key_; });
    const kube::ControllerOptions workers{.max_concurrent_reconciles =
                                              options_.max_concurrent_reconciles};
    offering_controller_ = &runtime_->add_controller("offering", *offering_reconciler_, workers);
    integration_controller_ =
        &runtime_->add_controller("integration", *integration_reconciler_, workers);
  }

  // The Integrations whose index of that name has one of `values`.
  kube::Keys users(const char* index, const std::string& value) const {
    kube::Keys keys;
    for (const auto& user : integrations_->by_index(index, value))
      keys.push_back(user->metadata.key());
    return keys;
  }

  // The series of Offerings that are gone go too, and those of hosts that none leads to any more.
  void tidy_metrics() {
    std::set<std::string> names, hosts;
    for (const auto& offering : offerings_->list()) {
      names.insert(offering->metadata.name);
      hosts.merge(hosts_of(*offering));
    }
    verdict_metrics_.keep_only(names);
    provider_metrics_.keep_only(hosts);
  }

  // Who is to be looked at again when what has changed.
  void watch() {
    kube::WorkQueue& offerings = offering_controller_->queue();
    kube::WorkQueue& integrations = integration_controller_->queue();
    for (auto* informer : offering_informers_) {
      informer->on_change([this](const auto& change, bool initial) {
        state_metrics_.changed(change.before.get(), change.after.get());
        if (!initial) tidy_metrics();
      });
      kube::watch(*informer, offerings);
      kube::watch(*informer, integrations, [this](const api::Offering& offering) {
        return users(reconcilers::integrations_by_offering, offering.metadata.name);
      });
    }
    for (auto* informer : integration_informers_) {
      informer->on_change([this](const auto& change, bool) {
        state_metrics_.changed(change.before.get(), change.after.get());
      });
      kube::watch(*informer, integrations);
      // An Offering cares whether it is used, not by what.
      kube::watch(
          *informer, offerings,
          [](const api::Integration& integration) {
            return kube::Keys{{"", integration.spec.offering}};
          },
          [](const api::Integration& before, const api::Integration& after) {
            return before.spec.offering != after.spec.offering;
          });
    }
    for (auto* informer : secret_informers_)
      kube::watch(*informer, integrations, [this](const kube::PartialSecret& secret) {
        return users(reconcilers::integrations_by_secret, secret.metadata.key().to_string());
      });
    for (auto* informer : namespace_informers_)
      kube::watch(
          *informer, integrations,
          [this](const kube::Namespace& ns) {
            return users(reconcilers::integrations_by_namespace, ns.metadata.name);
          },
          [](const kube::Namespace& before, const kube::Namespace& after) {
            return before.metadata.labels != after.metadata.labels;
          });
  }

  RunOptions options_;
  const net::Logger log_{"operator"};
  std::unique_ptr<kube::Runtime> runtime_;
  ProviderMetrics provider_metrics_{runtime_->registry()};
  StateMetrics state_metrics_{runtime_->registry()};
  reconcilers::VerdictMetrics verdict_metrics_{runtime_->registry()};
  std::unique_ptr<net::HttpClient> provider_http_;

  std::shared_ptr<kube::Store<api::Offering>> offerings_ =
      std::make_shared<kube::Store<api::Offering>>();
  std::shared_ptr<kube::Store<api::Integration>> integrations_ =
      std::make_shared<kube::Store<api::Integration>>();
  std::shared_ptr<kube::Store<kube::PartialSecret>> secrets_ =
      std::make_shared<kube::Store<kube::PartialSecret>>();
  std::shared_ptr<kube::Store<kube::Namespace>> namespaces_ =
      std::make_shared<kube::Store<kube::Namespace>>();
  Informers<api::Offering> offering_informers_;
  Informers<api::Integration> integration_informers_;
  Informers<kube::PartialSecret> secret_informers_;
  Informers<kube::Namespace> namespace_informers_;

  net::SecretString hash_key_;  // set before the controllers start
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<reconcilers::OfferingReconciler> offering_reconciler_;
  std::unique_ptr<reconcilers::IntegrationReconciler> integration_reconciler_;
  kube::Controller* offering_controller_ = nullptr;
  kube::Controller* integration_controller_ = nullptr;
  std::unique_ptr<reconcilers::VerificationDesk> desk_;
  std::unique_ptr<oauth::CallScheduler> scheduler_;  // ends before what its work calls
  std::unique_ptr<net::HttpServer> web_;
};

}  // namespace

net::Status run(const RunOptions& options, std::stop_token stop) {
  net::set_log_level(options.log_level);
  auto http = make_provider_client(options.provider_ca_file, options.allow_http_providers);
  if (!http.ok()) return http.error();
  auto runtime = kube::Runtime::create(runtime_options(options));
  if (!runtime.ok()) return runtime.error();
  Operator the_operator(options, std::move(*http), std::move(*runtime));
  if (net::Status served = the_operator.serve(); !served.ok()) return served;
  return the_operator.run(stop);
}

}  // namespace op
