#include "operator/run.h"

#include <prometheus/registry.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/controller.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/fence.h"
#include "kube/informer.h"
#include "kube/leader_election.h"
#include "kube/manager.h"
#include "kube/metrics.h"
#include "net/crypto.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "oauth/call_scheduler.h"
#include "operator/keys.h"
#include "operator/probes.h"
#include "operator_version.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/offering/reconciler.h"

namespace op {

namespace {

constexpr const char* kName = "integration-operator";
// Together with the release of the lease, these keep the end within two seconds.
constexpr std::chrono::milliseconds kServerGrace{200};
constexpr std::chrono::milliseconds kEventsGrace{200};

std::string hostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

net::Result<std::unique_ptr<net::HttpClient>> provider_client(const RunOptions& options) {
  net::HttpClientOptions http;
  http.addresses = options.allow_http_providers ? net::AddressPolicy::LoopbackAllowed
                                                : net::AddressPolicy::NoLocal;
  http.proxy = net::ProxyOptions::from_environment();
  http.reuse_connections = false;
  http.user_agent = std::string{kName} + "/" + kOperatorVersion;
  if (!options.provider_ca_file.empty()) {
    std::ifstream file(options.provider_ca_file);
    std::ostringstream pem;
    pem << file.rdbuf();
    if (!file || pem.str().empty())
      return net::Error{net::ErrorCode::Invalid,
                        "--provider-ca-file: cannot read " + options.provider_ca_file};
    http.tls.ca_pem = pem.str();
  }
  auto client = net::make_http_client(std::move(http));
  if (!client.ok())
    return net::Error{client.error().code, "--provider-ca-file: " + client.error().message};
  return client;
}

// The queue keys that a change concerns: both sides of it, since an index value may have moved.
template <class T, class F>
void for_both(const typename kube::Store<T>::Change& change, F&& use) {
  if (change.before) use(*change.before);
  if (change.after) use(*change.after);
}

kube::Priority priority(bool initial) {
  return initial ? kube::Priority::Low : kube::Priority::Normal;
}

// One running operator. Members are in the order in which they need each other.
class Operator {
 public:
  Operator(const RunOptions& options, std::unique_ptr<net::HttpClient> provider_http)
      : options_(options),
        provider_http_(std::move(provider_http)),
        rest_metrics_(registry_),
        process_metrics_(registry_, "integration_operator", kOperatorVersion, kOperatorCommit) {}

  net::Status start() {
    auto config = kube::load_config(options_.kubeconfig);
    if (!config.ok()) return net::Error{net::ErrorCode::Invalid, config.error().message};
    if (options_.namespace_.empty()) options_.namespace_ = config->namespace_;
    auto client = kube::Client::create(
        std::move(*config),
        {.metrics = &rest_metrics_, .fence = options_.leader_elect ? &fence_ : nullptr});
    if (!client.ok()) return client.error();
    client_ = std::move(*client);
    kube::PartialSecret::keep_labels_with_prefix(api::label_prefix);
    build_caches();
    build_controllers();
    watch();
    return serve();
  }

  net::Status run(std::stop_token stop) {
    manager_.on_leading([this](std::stop_token leading) -> net::Status {
      auto key = load_or_create_key(*client_, options_.namespace_, leading);
      if (!key.ok()) return key.error();
      hash_key_ = net::SecretString{net::derive_key(key->reveal(), "verification inputs")};
      return {};
    });
    manager_.on_stepping_down([this] {
      scheduler_->stop();
      events_->flush(kEventsGrace);  // what is left then, the closed fence keeps from being written
    });
    log_.info("starting", {{"version", kOperatorVersion},
                           {"commit", kOperatorCommit},
                           {"cluster", client_->config().server},
                           {"namespace", options_.namespace_},
                           {"publicURL", options_.public_url}});
    const std::stop_callback unready(stop, [this] { ending_ = true; });
    net::Status ended = options_.leader_elect ? run_elected(stop) : manager_.run(stop, nullptr);
    scheduler_->stop();
    for (const auto& server : servers_) server->stop(kServerGrace);
    log_.info("stopped");
    return ended;
  }

 private:
  template <class T>
  using Informers = std::vector<std::unique_ptr<kube::Informer<T>>>;

  // Cluster-wide, or one informer for each watched namespace; all of them fill one store.
  template <class T>
  void add_informers(Informers<T>& informers, const std::shared_ptr<kube::Store<T>>& store,
                     const std::vector<std::string>& namespaces) {
    for (const std::string& ns : namespaces) {
      informers.push_back(std::make_unique<kube::Informer<T>>(
          *client_, kube::InformerOptions{.namespace_ = ns}, net::system_clock(), store));
      auto* informer = informers.back().get();
      manager_.add_source(
          {.name = T::resource().plural + (ns.empty() ? "" : " in " + ns),
           .run = [informer](std::stop_token stop) { informer->run(stop); },
           .wait_synced =
               [informer](std::stop_token stop) { return informer->wait_synced(stop); }});
    }
  }

  void build_caches() {
    const std::vector<std::string> everywhere{""};
    const auto& watched =
        options_.watch_namespaces.empty() ? everywhere : options_.watch_namespaces;
    reconcilers::add_integration_indexes(*integrations_);
    add_informers(offering_informers_, offerings_, everywhere);
    add_informers(namespace_informers_, namespaces_, everywhere);
    add_informers(integration_informers_, integrations_, watched);
    add_informers(secret_informers_, secrets_, watched);
  }

  void build_controllers() {
    net::Clock& clock = net::system_clock();
    events_ = std::make_unique<kube::EventRecorder>(
        *client_, "oauth.integrations.dev/integration-operator", hostname());
    scheduler_ = std::make_unique<oauth::CallScheduler>();
    desk_ = std::make_unique<reconcilers::VerificationDesk>(
        *scheduler_, *provider_http_, clock,
        [this](const kube::NamespacedName& key) { integration_controller_->queue().add(key); });
    offering_reconciler_ = std::make_unique<reconcilers::OfferingReconciler>(
        reconcilers::OfferingReconciler::Dependencies{.client = *client_,
                                                      .offerings = *offerings_,
                                                      .integrations = *integrations_,
                                                      .http = *provider_http_,
                                                      .events = *events_,
                                                      .clock = clock,
                                                      .public_url = options_.public_url,
                                                      .field_manager = kName,
                                                      .allow_http = options_.allow_http_providers});
    integration_reconciler_ = std::make_unique<reconcilers::IntegrationReconciler>(
        reconcilers::IntegrationReconciler::Dependencies{.client = *client_,
                                                         .integrations = *integrations_,
                                                         .offerings = *offerings_,
                                                         .secrets = *secrets_,
                                                         .namespaces = *namespaces_,
                                                         .desk = *desk_,
                                                         .events = *events_,
                                                         .clock = clock,
                                                         .public_url = options_.public_url,
                                                         .field_manager = kName},
        [this] { return hash_key_; });
    offering_controller_ = build_controller("offering", *offering_reconciler_);
    integration_controller_ = build_controller("integration", *integration_reconciler_);
  }

  std::unique_ptr<kube::Controller> build_controller(const std::string& name,
                                                     kube::Reconciler& reconciler) {
    const int workers = options_.max_concurrent_reconciles;
    controller_metrics_.push_back(
        std::make_unique<kube::ControllerMetrics>(registry_, name, workers));
    queue_metrics_.push_back(
        std::make_unique<kube::WorkQueueMetrics>(registry_, name, net::system_clock()));
    auto controller = std::make_unique<kube::Controller>(
        name, reconciler,
        kube::ControllerOptions{.max_concurrent_reconciles = workers,
                                .metrics = controller_metrics_.back().get(),
                                .queue_metrics = queue_metrics_.back().get()});
    manager_.add_controller(*controller);
    return controller;
  }

  // Who is to be looked at again when what has changed.
  void watch() {
    kube::WorkQueue& offerings = offering_controller_->queue();
    kube::WorkQueue& integrations = integration_controller_->queue();
    const auto add_users = [this, &integrations](const char* index, const std::string& value,
                                                 bool initial) {
      for (const auto& user : integrations_->by_index(index, value))
        integrations.add(user->metadata.key(), priority(initial));
    };
    for (const auto& informer : offering_informers_)
      informer->on_change([=, &offerings](const auto& change, bool initial) {
        for_both<api::Offering>(change, [&](const api::Offering& offering) {
          offerings.add(offering.metadata.key(), priority(initial));
          add_users(reconcilers::integrations_by_offering, offering.metadata.name, initial);
        });
      });
    for (const auto& informer : integration_informers_)
      informer->on_change([=, &offerings, &integrations](const auto& change, bool initial) {
        for_both<api::Integration>(change, [&](const api::Integration& integration) {
          integrations.add(integration.metadata.key(), priority(initial));
          // An Offering cares whether it is used, not by what.
          if (!change.before || !change.after ||
              change.before->spec.offering != change.after->spec.offering)
            offerings.add({"", integration.spec.offering}, priority(initial));
        });
      });
    for (const auto& informer : secret_informers_)
      informer->on_change([=](const auto& change, bool initial) {
        for_both<kube::PartialSecret>(change, [&](const kube::PartialSecret& secret) {
          add_users(reconcilers::integrations_by_secret, secret.metadata.key().to_string(),
                    initial);
        });
      });
    for (const auto& informer : namespace_informers_)
      informer->on_change([=](const auto& change, bool initial) {
        if (change.before && change.after &&
            change.before->metadata.labels == change.after->metadata.labels)
          return;
        for_both<kube::Namespace>(change, [&](const kube::Namespace& ns) {
          add_users(reconcilers::integrations_by_namespace, ns.metadata.name, initial);
        });
      });
  }

  net::Status serve() {
    const auto listen = [this](const char* flag, const std::string& address,
                               net::HttpServer::Handler handler) -> net::Status {
      if (address.empty()) return {};
      auto bind = net::parse_bind_address(address);
      if (!bind.ok()) return bind.error();
      auto server = net::HttpServer::start({.address = bind->address, .port = bind->port},
                                           std::move(handler));
      if (!server.ok())
        return net::Error{net::ErrorCode::Invalid,
                          std::string{flag} + ": " + server.error().message};
      servers_.push_back(std::move(*server));
      return {};
    };
    const Probes probes{.ready = [this] { return !ending_ && manager_.ready(); },
                        .metrics = [this] { return metrics(); }};
    if (net::Status probed = listen("--health-probe-bind-address",
                                    options_.health_probe_bind_address, probe_handler(probes));
        !probed.ok())
      return probed;
    return listen("--web-bind-address", options_.web_bind_address, web_handler());
  }

  std::string metrics() {
    process_metrics_.refresh();
    for (const auto& queue : queue_metrics_) queue->refresh();
    return kube::expose(registry_);
  }

  net::Status run_elected(std::stop_token stop) {
    kube::LeaderMetrics metrics(registry_, kName);
    // Connections of its own, no fence, and less than half of the renew deadline for each request:
    // one that hangs must not cost the lease (controller-runtime does the same).
    auto config = client_->config();
    auto client = kube::Client::create(
        std::move(config), {.metrics = &rest_metrics_, .timeout = std::chrono::seconds{4}});
    if (!client.ok()) return client.error();
    kube::LeaderElector elector(
        **client,
        {.lease = {options_.namespace_, kName}, .identity = hostname() + "_" + net::random_uuid()},
        net::system_clock(), &metrics, &fence_);
    return manager_.run(stop, &elector);
  }

  RunOptions options_;
  net::Logger log_{"operator"};
  std::unique_ptr<net::HttpClient> provider_http_;
  prometheus::Registry registry_;
  kube::RestMetrics rest_metrics_;
  kube::ProcessMetrics process_metrics_;
  std::vector<std::unique_ptr<kube::ControllerMetrics>> controller_metrics_;
  std::vector<std::unique_ptr<kube::WorkQueueMetrics>> queue_metrics_;
  kube::Fence fence_{net::system_clock()};
  std::unique_ptr<kube::Client> client_;

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
  std::atomic<bool> ending_{false};
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<reconcilers::OfferingReconciler> offering_reconciler_;
  std::unique_ptr<reconcilers::IntegrationReconciler> integration_reconciler_;
  std::unique_ptr<kube::Controller> offering_controller_;
  std::unique_ptr<kube::Controller> integration_controller_;
  std::unique_ptr<reconcilers::VerificationDesk> desk_;
  std::unique_ptr<oauth::CallScheduler> scheduler_;  // ends before what its work calls
  kube::Manager manager_;
  std::vector<std::unique_ptr<net::HttpServer>> servers_;
};

}  // namespace

net::Status run(const RunOptions& options, std::stop_token stop) {
  net::set_log_level(options.log_level);
  auto http = provider_client(options);
  if (!http.ok()) return http.error();
  Operator the_operator(options, std::move(*http));
  if (net::Status started = the_operator.start(); !started.ok()) return started;
  return the_operator.run(stop);
}

}  // namespace op
