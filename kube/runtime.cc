#include "kube/runtime.h"

#include <unistd.h>

#include <chrono>

#include "kube/credentials.h"
#include "kube/leader_election.h"
#include "kube/probes.h"
#include "net/crypto.h"
#include "net/http_server.h"
#include "net/router.h"

namespace kube {
namespace {

constexpr std::chrono::milliseconds kServerGrace{200};
constexpr std::chrono::seconds kTimeout{30};
// Less than half of the renew deadline: a request that hangs must not cost the lease.
constexpr std::chrono::seconds kElectionTimeout{4};
// A bookmark comes about once a minute, and a silent watch is opened again after 75 s.
constexpr std::chrono::minutes kStalled{3};

}  // namespace

std::string hostname() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string election_identity() { return hostname() + "_" + net::random_uuid(); }

Runtime::Runtime(RuntimeOptions options)
    : options_(std::move(options)),
      process_metrics_(registry_, options_.name, options_.version, options_.commit) {}

net::Result<std::unique_ptr<Runtime>> Runtime::create(RuntimeOptions options) {
  const auto config = options.cluster ? net::Result<ClusterConfig>(*options.cluster)
                                      : load_config(options.kubeconfig);
  if (!config.ok()) return net::Error{net::ErrorCode::Invalid, config.error().message};
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(options)));
  if (net::Status made = runtime->make_clients(*config); !made.ok()) return made.error();
  return runtime;
}

net::Status Runtime::make_clients(const ClusterConfig& config) {
  auto credentials = Credentials::create(config, clock());
  if (!credentials.ok()) return credentials.error();
  const auto make = [&](std::unique_ptr<Client>& client, net::Duration timeout,
                        const Fence* fence) -> net::Status {
    auto made = Client::create(config, {.make_http = options_.make_http,
                                        .credentials = *credentials,
                                        .metrics = &rest_metrics_,
                                        .clock = options_.clock,
                                        .timeout = timeout,
                                        .user_agent = options_.name + "/" + options_.version,
                                        .fence = fence});
    if (!made.ok()) return made.error();
    client = std::move(*made);
    return {};
  };
  const bool elects = !options_.lease.name.empty();
  if (!elects) fence_.open_until(net::SteadyTime::max());
  if (net::Status made = make(client_, kTimeout, &fence_); !made.ok()) return made;
  if (net::Status made = make(client_of_every_replica_, kTimeout, nullptr); !made.ok()) return made;
  if (!elects) return {};
  // Connections of its own, so that no other request is in the way of a renewal.
  return make(election_client_, kElectionTimeout, nullptr);
}

std::string trouble_of(const ReaderState& state, net::SteadyTime now) {
  if (const auto refusal = state.refusal())
    return std::string{"the API server refuses to let this process read them ("} +
           net::to_string(refusal->code) + "); the log names the missing right";
  const net::Duration silence = now - state.last_progress();
  if (silence < kStalled) return {};
  return "nothing could be read for " +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence).count()) +
         " s; the log says why";
}

Controller& Runtime::add_controller(const std::string& name, Reconciler& reconciler,
                                    ControllerOptions options) {
  options.clock = options_.clock;
  Measured measured{
      .metrics =
          std::make_unique<ControllerMetrics>(registry_, name, options.max_concurrent_reconciles),
      .queue_metrics = std::make_unique<WorkQueueMetrics>(registry_, name, *options.clock),
      .controller = nullptr};
  options.metrics = measured.metrics.get();
  options.queue_metrics = measured.queue_metrics.get();
  measured.controller = std::make_unique<Controller>(name, reconciler, options);
  controllers_.push_back(std::move(measured));
  manager_.add_controller(*controllers_.back().controller);
  return *controllers_.back().controller;
}

net::Status Runtime::run(std::stop_token stop) {
  if (probes_ == nullptr) {
    if (net::Status served = serve(); !served.ok()) return served;
  }
  log_.info("Starting", {{"name", options_.name},
                         {"version", options_.version},
                         {"cluster", client_->config().server},
                         {"probePort", probe_port()}});
  net::Status ended = election_client_ == nullptr ? manager_.run(stop, nullptr) : run_elected(stop);
  if (probes_ != nullptr) probes_->stop(kServerGrace);
  log_.info("Stopped");
  return ended;
}

net::Status Runtime::serve() {
  if (options_.probe_address.empty()) return {};
  auto bind = net::parse_bind_address(options_.probe_address);
  if (!bind.ok()) return bind.error();
  net::HttpServerOptions options;
  options.address = bind->address;
  options.port = bind->port;
  options.max_body_bytes = 1 << 10;  // nobody has anything to send here
  options.threads = 2;               // collections are made one at a time
  options.answered_at_once = is_probe;
  options.observer = &probe_metrics_;
  auto server = net::start_server(std::move(options),
                                  probe_routes({.ready = [this] { return manager_.readiness(); },
                                                .metrics = [this] { return metrics(); }}));
  if (!server.ok()) return net::Error{net::ErrorCode::Invalid, server.error().message};
  probes_ = std::move(*server);
  probe_port_ = probes_->port();
  return {};
}

net::Status Runtime::run_elected(std::stop_token stop) {
  NamespacedName lease = options_.lease;
  if (lease.namespace_.empty()) lease.namespace_ = client_->config().namespace_;
  LeaderMetrics metrics(registry_, lease.name);
  LeaderElector elector(*election_client_, {.lease = lease, .identity = election_identity()},
                        clock(), &metrics, &fence_);
  return manager_.run(stop, &elector);
}

std::string Runtime::metrics() {
  process_metrics_.refresh();
  for (const Measured& measured : controllers_) measured.queue_metrics->refresh();
  return expose(registry_);
}

}  // namespace kube
