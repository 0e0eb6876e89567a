#include "operator/run.h"

#include <memory>
#include <set>
#include <utility>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/pacer.h"
#include "kube/runtime.h"
#include "kube/watch.h"
#include "net/crypto.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/router.h"
#include "oauth/calls/call_scheduler.h"
#include "operator/install_mark.h"
#include "operator/keys.h"
#include "operator/own_namespace.h"
#include "operator/provider_client.h"
#include "operator/provider_metrics.h"
#include "operator/state_metrics.h"
#include "operator/web.h"
#include "operator_version.h"
#include "reconcilers/integration/concerns.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/offering/reconciler.h"

namespace op {

namespace {

// For answers under way: the flow of a Connection waits for a provider. Kubernetes kills after 30 s
// (terminationGracePeriodSeconds). Without any, the port closes at once.
constexpr std::chrono::seconds kWebGrace{20};
// Together with the release of the lease, this keeps the end within two seconds.
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
    auto server = net::start_server(
        {.address = bind->address, .port = bind->port, .observer = &web_metrics_}, web_routes());
    if (!server.ok())
      return net::Error{net::ErrorCode::Invalid, "--web-bind-address: " + server.error().message};
    web_ = std::move(*server);
    return {};
  }

  // Forbidden: the lease was lost, since it may not be renewed any more.
  net::Status run(std::stop_token stop) {
    say_who_starts();
    if (net::Status free = mark_.await_free(stop); !free.ok()) return free;
    std::stop_source ending;  // on request, or when another install has taken the mark
    const std::stop_callback on_stop(stop, [&] { ending.request_stop(); });
    net::Status mark_lost;  // written before the stop that ends the run
    runtime_->manager().on_leading([&](std::stop_token leading) {
      return mark_.hold(leading, [&](const net::Error& error) {
        mark_lost = error;
        ending.request_stop();
      });
    });
    runtime_->manager().on_leading([this](std::stop_token leading) { return load_key(leading); });
    runtime_->manager().on_stepping_down([this] {
      scheduler_->stop();
      events_->flush(kEventsGrace);  // what is left then, the closed fence keeps from being written
      mark_.release();
    });
    net::Status ended = runtime_->run(ending.get_token());
    scheduler_->stop();
    if (web_ != nullptr) web_->stop(kWebGrace);
    mark_.release();  // no-op where it was released; else the fence keeps it from being written
    return mark_lost.ok() ? ended : mark_lost;
  }

 private:
  template <class T>
  using Informers = std::vector<kube::Informer<T>*>;

  void say_who_starts() const {
    std::string watched;
    for (const std::string& ns : options_.watch_namespaces)
      watched += (watched.empty() ? "" : ",") + ns;
    const kube::ClusterConfig& cluster = runtime_->client().config();
    log_.info("Starting the operator", {{"version", kOperatorVersion},
                                        {"host", kube::hostname()},
                                        {"namespace", options_.namespace_},
                                        {"watchNamespaces", watched.empty() ? "all" : watched},
                                        {"publicURL", options_.public_url},
                                        {"leaderElection", options_.leader_elect},
                                        {"cluster", cluster.server},
                                        {"kubeconfig", cluster.source}});
    if (options_.public_url.starts_with("http:"))
      log_.warn(
          "The public URL works on this machine only: no provider can send a user's browser there. "
          "Set --public-url",
          {{"publicURL", options_.public_url}});
  }

  net::Status load_key(std::stop_token stop) {
    auto key = await_key(runtime_->client(), options_.namespace_, net::system_clock(), stop);
    if (!key.ok()) return key.error();
    log_.info("The operator's key is loaded", {{"fingerprint", fingerprint(*key)}});
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
    const kube::KeptMetadata namespaced{.label_prefix = own,
                                        .annotation_prefix = own,
                                        .finalizers = false,
                                        .owner_references = false};
    const kube::KeptMetadata ns{
        .annotation_prefix = own, .finalizers = false, .owner_references = false};
    offering_informers_ = add_informers(
        offerings_, everywhere, {.kept = offering, .needed_for = "to serve any Integration"});
    namespace_informers_ =
        add_informers(namespaces_, everywhere,
                      {.kept = ns, .needed_for = "to know which namespaces an Offering is for"});
    integration_informers_ =
        add_informers(integrations_, watched,
                      {.kept = namespaced, .needed_for = "to serve the Integrations there"});
    secret_informers_ = add_informers(
        secrets_, watched,
        {.kept = namespaced, .needed_for = "to see when the credentials of Integrations change"});
  }

  void build_controllers() {
    net::Clock& clock = net::system_clock();
    kube::Client& client = runtime_->client();
    events_ =
        std::make_unique<kube::EventRecorder>(client, "oauth.integrations.dev/integration-operator",
                                              kube::hostname(), clock, &event_metrics_);
    scheduler_ = std::make_unique<oauth::CallScheduler>();
    desk_ = std::make_unique<reconcilers::VerificationDesk>(
        *scheduler_, *provider_http_, clock,
        [this](const kube::NamespacedName& key) { integration_controller_->queue().add(key); });
    discovery_desk_ = std::make_unique<reconcilers::DiscoveryDesk>(
        *scheduler_, *provider_http_, clock, options_.allow_http_providers,
        [this](const kube::NamespacedName& key) { offering_controller_->queue().add(key); });
    offering_reconciler_ = std::make_unique<reconcilers::OfferingReconciler>(
        reconcilers::OfferingReconciler::Dependencies{.client = client,
                                                      .offerings = *offerings_,
                                                      .integrations = *integrations_,
                                                      .namespaces = *namespaces_,
                                                      .desk = *discovery_desk_,
                                                      .events = *events_,
                                                      .clock = clock,
                                                      .public_url = options_.public_url,
                                                      .field_manager = kName});
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

  kube::Keys users(const char* index, const std::string& value) const {
    return integrations_->keys_by_index(index, value);
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

  // An Offering has gone, or leads to other hosts.
  static bool leaves_metrics(const api::Offering* before, const api::Offering* after) {
    if (before == nullptr) return false;
    return after == nullptr || hosts_of(*before) != hosts_of(*after);
  }

  // Who is to be looked at again when what has changed.
  void watch() {
    watch_offerings();
    watch_integrations();
    watch_secrets();
    watch_namespaces();
  }

  void watch_offerings() {
    for (auto* informer : offering_informers_) {
      informer->on_change([this](const auto& change, bool initial) {
        state_metrics_.changed(change.before.get(), change.after.get());
        if (!initial && leaves_metrics(change.before.get(), change.after.get())) tidy_metrics();
      });
      kube::watch(*informer, offering_controller_->queue());
      kube::watch_by_name(
          *informer, integration_controller_->queue(),
          [this](const kube::NamespacedName& offering) {
            return users(reconcilers::integrations_by_offering, offering.name);
          },
          [](const api::Offering& before, const api::Offering& after) {
            return reconcilers::concerns_integrations(before, after);
          });
    }
  }

  void watch_integrations() {
    for (auto* informer : integration_informers_) {
      informer->on_change([this](const auto& change, bool) {
        state_metrics_.changed(change.before.get(), change.after.get());
      });
      kube::watch(*informer, integration_controller_->queue());
      // An Offering cares whether it is used, not by what; but one that is being deleted waits for
      // those alone that it serves.
      kube::watch(
          *informer, offering_controller_->queue(),
          [](const api::Integration& integration) {
            return kube::Keys{{"", integration.spec.offering}};
          },
          [this](const api::Integration&, const api::Integration& after) {
            const auto offering = offerings_->get({"", after.spec.offering});
            return offering && offering->metadata.being_deleted();
          });
    }
  }

  // A Secret may be that of thousands of Integrations: one that changes without a pause is taken up
  // now and then.
  void watch_secrets() {
    for (auto* informer : secret_informers_) {
      informer->on_change([this](const auto& change, bool) {
        const auto& secret = change.after ? change.after : change.before;
        integration_reconciler_->secret_changed(secret->metadata.key());
      });
      kube::watch_by_name(
          *informer, integration_controller_->queue(),
          [this](const kube::NamespacedName& secret) {
            return users(reconcilers::integrations_by_secret, secret.to_string());
          },
          [](const auto&, const auto&) { return true; }, &secret_pacer_);
    }
  }

  void watch_namespaces() {
    for (auto* informer : namespace_informers_)
      kube::watch_by_name(
          *informer, integration_controller_->queue(),
          [this](const kube::NamespacedName& ns) {
            return users(reconcilers::integrations_by_namespace, ns.name);
          },
          [](const kube::Namespace& before, const kube::Namespace& after) {
            return reconcilers::concerns_integrations(before, after);
          });
  }

  RunOptions options_;
  const net::Logger log_{"operator"};
  std::unique_ptr<kube::Runtime> runtime_;
  ProviderMetrics provider_metrics_{runtime_->registry()};
  StateMetrics state_metrics_{runtime_->registry()};
  reconcilers::VerdictMetrics verdict_metrics_{runtime_->registry()};
  kube::EventMetrics event_metrics_{runtime_->registry()};
  kube::HttpServerMetrics web_metrics_{runtime_->registry(), "web"};
  InstallMark mark_{runtime_->client(), options_.namespace_, net::system_clock()};
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
  kube::Pacer secret_pacer_;
  kube::Controller* offering_controller_ = nullptr;
  kube::Controller* integration_controller_ = nullptr;
  std::unique_ptr<reconcilers::VerificationDesk> desk_;
  std::unique_ptr<reconcilers::DiscoveryDesk> discovery_desk_;
  std::unique_ptr<oauth::CallScheduler> scheduler_;  // ends before what its work calls
  std::unique_ptr<net::HttpServer> web_;
};

}  // namespace

namespace {

net::Status run_once(RunOptions options, std::stop_token stop) {
  auto http = make_provider_client(options.provider_ca_file, options.allow_http_providers);
  if (!http.ok()) return http.error();
  auto runtime = kube::Runtime::create(runtime_options(options));
  if (!runtime.ok()) return runtime.error();
  auto ns = own_namespace(options.namespace_, (*runtime)->client().config());
  if (!ns.ok()) return ns.error();
  options.namespace_ = std::move(*ns);
  Operator the_operator(options, std::move(*http), std::move(*runtime));
  if (net::Status served = the_operator.serve(); !served.ok()) return served;
  return the_operator.run(stop);
}

}  // namespace

net::Status run(const RunOptions& options, std::stop_token stop) {
  net::set_log_level(options.log_level);
  while (true) {
    net::Status ended = run_once(options, stop);
    if (ended.ok() || ended.error().code != net::ErrorCode::Forbidden || stop.stop_requested())
      return ended;
    net::Logger("operator")
        .error("Starting over as a candidate: a right is missing", {{"err", ended.error()}});
  }
}

}  // namespace op
