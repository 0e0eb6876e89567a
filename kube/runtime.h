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
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kube/client.h"
#include "kube/controller.h"
#include "kube/fence.h"
#include "kube/informer.h"
#include "kube/manager.h"
#include "kube/meta.h"
#include "kube/metrics.h"
#include "kube/store.h"
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
};

// What events and leases call this process after: its machine's name, which in a Pod is the Pod's;
// "unknown" where it has none.
std::string hostname();
// What tells this process from all others that may hold a lease: "HOST_UUID", as client-go's users
// write it. Another one with each call.
std::string election_identity();

// Why what a reflector reads cannot be read now, for /readyz: the API server refuses it, or nothing
// came for three minutes. Empty: it can be.
std::string trouble_of(const ReaderState& state, net::SteadyTime now);

// Set up from one thread; run() once. What is added lives as long as the runtime.
class Runtime {
 public:
  // Invalid: the kubeconfig, or what it names, cannot be used; the message says where. Asks the
  // cluster nothing.
  static net::Result<std::unique_ptr<Runtime>> create(RuntimeOptions options);

  // With a lease, writes are sent only while it is surely held (Fence), else they are Cancelled.
  Client& client() { return *client_; }
  // For metrics of your own.
  prometheus::Registry& registry() { return registry_; }
  // For what is to be done between being elected and working, and between working and stepping
  // down; and for sources of changes that are no informers.
  Manager& manager() { return manager_; }

  // `store`: several informers of one type, each of a namespace of its own, may fill one cache. An
  // informer of one namespace holds nobody up: where the API server refuses to let it read, the
  // rest is served without what is in that namespace, and it goes on trying.
  template <KubeObject T>
  Informer<T>& add_informer(InformerOptions options = {},
                            std::shared_ptr<Store<T>> store = std::make_shared<Store<T>>()) {
    std::string name = T::resource().plural;
    const std::string ns = options.namespace_;
    if (!ns.empty()) name += " in " + ns;
    if (options.metrics == nullptr) options.metrics = &reflector_metrics_;
    auto informer = std::make_shared<Informer<T>>(*client_, std::move(options), net::system_clock(),
                                                  std::move(store));
    informers_.push_back(informer);
    manager_.add_source(
        {.name = std::move(name),
         .run = [informer](std::stop_token stop) { informer->run(stop); },
         .wait_synced =
             [informer, ns](std::stop_token stop) {
               return ns.empty() ? informer->wait_synced(stop) : informer->wait_settled(stop);
             },
         .group = ns,
         .trouble =
             [informer] { return trouble_of(informer->state(), net::system_clock().steady()); }});
    return *informer;
  }

  // `reconciler` outlives run(). The metrics of `options` are the runtime's, which it sets.
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
  net::Status run_elected(std::stop_token stop);
  std::string metrics();

  const RuntimeOptions options_;
  const net::Logger log_{"runtime"};
  prometheus::Registry registry_;
  RestMetrics rest_metrics_{registry_};
  ReflectorMetrics reflector_metrics_{registry_};
  ProcessMetrics process_metrics_;
  HttpServerMetrics probe_metrics_{registry_, "probes"};
  Fence fence_{net::system_clock()};
  std::unique_ptr<Client> client_;
  std::unique_ptr<Client> election_client_;  // null without an election
  std::vector<std::shared_ptr<void>> informers_;
  std::vector<Measured> controllers_;
  Manager manager_;
  std::unique_ptr<net::HttpServer> probes_;
  std::atomic<std::uint16_t> probe_port_{0};
};

}  // namespace kube
