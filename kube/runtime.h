// All that a process of controllers consists of, put together: client, informers, controllers with
// their metrics, leader election, probes (what ctrl.NewManager and its builder are in
// controller-runtime).
//
//   const kube::StopOnSignal stop;
//   auto runtime = kube::Runtime::create({.name = "motd", .probe_address = ":8080"});
//   if (!runtime.ok()) return fail(runtime.error());
//   auto& namespaces = (*runtime)->add_informer<kube::Namespace>();
//   MyReconciler reconciler((*runtime)->client(), namespaces.store());
//   auto& controller = (*runtime)->add_controller("motd", reconciler);
//   kube::watch(namespaces, controller.queue());
//   net::Status ended = (*runtime)->run(stop.token());
#pragma once

#include <prometheus/registry.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kube/client.h"
#include "kube/config.h"
#include "kube/controller.h"
#include "kube/fence.h"
#include "kube/informer.h"
#include "kube/informer_set.h"
#include "kube/manager.h"
#include "kube/meta.h"
#include "kube/metrics.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/log.h"
#include "net/result.h"

namespace kube {

struct RuntimeOptions {
  std::string name;                // the program's: in its user agent, metrics and logs
  std::string version = "0";       // likewise
  std::string commit = "unknown";  // of its sources, for its build_info
  std::string kubeconfig = {};     // empty: as load_config says
  std::string probe_address = {};  // "ADDRESS:PORT" or ":PORT" of /healthz, /readyz and /metrics;
                                   // empty: they are not served
  NamespacedName lease = {};       // for leader election; without a name there is none, without a
                                   // namespace it is the one that the kubeconfig or the Pod names
  // What a program with a configuration, a clock or a transport of its own replaces, as tests do.
  std::optional<ClusterConfig> cluster = {};  // used instead of a kubeconfig
  net::Clock* clock = &net::system_clock();   // of all that the runtime makes; outlives it
  // Makes the connections to the API server, for each client anew.
  Client::MakeHttp make_http = net::make_http_client;
};

// The name of this process in events and leases: its machine's name, which in a Pod is the Pod's;
// "unknown" where it has none.
std::string hostname();
// The identity of this process among all that may hold a lease: "HOST_UUID", as client-go's users
// write it. Another one with each call.
std::string election_identity();

// Why what a reflector reads cannot be read now, for /readyz: the API server refuses it, or nothing
// came for three minutes. Empty: it can be.
std::string trouble_of(const ReaderState& state, net::SteadyTime now);

// Set up from one thread; run() once. All that is added lives as long as the runtime.
class Runtime {
 public:
  // Invalid: the kubeconfig, or what it names, cannot be used; the message says where. Asks the
  // cluster nothing.
  static net::Result<std::unique_ptr<Runtime>> create(RuntimeOptions options);

  // The leader's, for reconcilers: with a lease, writes are sent only while it is surely held
  // (Fence), else they are Cancelled.
  Client& client() { return *client_; }
  // Writes on every replica, whether it leads or not: for what any replica serves, e.g. a request
  // of the web. Several replicas may write at once, among them a leader that has not yet noticed
  // its loss: each write needs a precondition that the API server checks (a resourceVersion, a
  // `test` of a JSON patch, a POST).
  Client& client_of_every_replica() { return *client_of_every_replica_; }
  // Is the lease held, and for how long? To be asked before work that no precondition of the API
  // server protects, e.g. a call to another service. Without an election it is always open.
  const Fence& fence() const { return fence_; }
  net::Clock& clock() const { return *options_.clock; }
  // For metrics of your own.
  prometheus::Registry& registry() { return registry_; }
  // For what is to be done between being elected and working, between working and stepping down,
  // and when this replica ends; and for sources of changes that are no informers.
  Manager& manager() { return manager_; }

  // An informer of one namespace holds nobody up: where the API server refuses to let it read, the
  // rest is served without what is in that namespace, and it goes on trying.
  template <KubeObject T>
  Informer<T>& add_informer(InformerOptions options = {}) {
    InformerSet<T> alone;
    return add_to(alone, std::move(options));
  }

  // Fills `set` from these namespaces, by an informer for each; without one, from the whole
  // cluster. The namespace of `options` is set here.
  template <KubeObject T>
  void add_informers(InformerSet<T>& set, const std::vector<std::string>& namespaces,
                     InformerOptions options = {}) {
    std::set<std::string> each(namespaces.begin(), namespaces.end());
    if (each.empty()) each.insert("");
    for (const std::string& ns : each) {
      options.namespace_ = ns;
      add_to(set, options);
    }
  }

  // `reconciler` outlives run(). The metrics and the clock of `options` are the runtime's, which it
  // sets.
  Controller& add_controller(const std::string& name, Reconciler& reconciler,
                             ControllerOptions options = {});

  // Begins to serve the probes, if they have an address. Invalid: it cannot be listened on. run()
  // does it, unless it was done before.
  net::Status serve();
  // Manager::run, with the probes served meanwhile.
  net::Status run(std::stop_token stop);
  // Where the probes are served, also where the system chose (":0"). From any thread; 0 before.
  std::uint16_t probe_port() const { return probe_port_.load(); }

 private:
  struct Measured {
    std::unique_ptr<ControllerMetrics> metrics;
    std::unique_ptr<WorkQueueMetrics> queue_metrics;
    std::unique_ptr<Controller> controller;
  };

  explicit Runtime(RuntimeOptions options);
  net::Status make_clients(const ClusterConfig& config);
  template <KubeObject T>
  Informer<T>& add_to(InformerSet<T>& set, InformerOptions options) {
    std::string name = T::resource().plural;
    const std::string ns = options.namespace_;
    if (!ns.empty()) name += " in " + ns;
    if (options.metrics == nullptr) options.metrics = &reflector_metrics_;
    auto informer = set.add(*client_, std::move(options), clock());
    informers_.push_back(informer);
    manager_.add_source(
        {.name = std::move(name),
         .run = [informer](std::stop_token stop) { informer->run(stop); },
         .wait_synced =
             [informer, ns](std::stop_token stop) {
               return ns.empty() ? informer->wait_synced(stop) : informer->wait_settled(stop);
             },
         .group = ns,
         .trouble = [this, informer] { return trouble_of(informer->state(), clock().steady()); }});
    return *informer;
  }
  net::Status run_elected(std::stop_token stop);
  std::string metrics();

  const RuntimeOptions options_;
  const net::Logger log_{"runtime"};
  prometheus::Registry registry_;
  RestMetrics rest_metrics_{registry_};
  ReflectorMetrics reflector_metrics_{registry_};
  ProcessMetrics process_metrics_;
  HttpServerMetrics probe_metrics_{registry_, "probes"};
  Fence fence_{*options_.clock};
  std::unique_ptr<Client> client_;
  std::unique_ptr<Client> client_of_every_replica_;
  std::unique_ptr<Client> election_client_;  // null without an election
  std::vector<std::shared_ptr<void>> informers_;
  std::vector<Measured> controllers_;
  Manager manager_;
  std::unique_ptr<net::HttpServer> probes_;
  std::atomic<std::uint16_t> probe_port_{0};
};

}  // namespace kube
