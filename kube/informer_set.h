// The informers of one type that fill one cache: one of the whole cluster, or one for each of
// several namespaces. Indexes, handlers and watches are written once for all of them.
//
//   kube::InformerSet<kube::Lease> leases;
//   leases.store().add_index("holder", …);
//   kube::watch(leases, controller.queue());
//   runtime.add_informers(leases, {"shop", "crm"});
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "kube/informer.h"
#include "kube/store.h"
#include "net/clock.h"

namespace kube {

// Set it up from one thread, before any of its informers runs. Its informers keep the cache and the
// handlers alive.
template <KubeObject T>
class InformerSet {
 public:
  InformerSet() = default;
  InformerSet(const InformerSet&) = delete;
  InformerSet& operator=(const InformerSet&) = delete;

  using Object = T;
  using Change = typename Store<T>::Change;
  using Handler = typename Informer<T>::Handler;

  Store<T>& store() { return shared_->store; }
  const Store<T>& store() const { return shared_->store; }

  // Also of informers that are added later. Each informer calls it on a thread of its own, so it
  // may run several times at once, for objects of different namespaces. It must not block.
  void on_change(Handler handler) { shared_->handlers.push_back(std::move(handler)); }

  // Adds an informer of the namespace of `options`. No two may have the same one, and one of all
  // namespaces is the only one.
  std::shared_ptr<Informer<T>> add(Client& client, InformerOptions options, net::Clock& clock) {
    auto informer = std::make_shared<Informer<T>>(
        client, std::move(options), clock, std::shared_ptr<Store<T>>(shared_, &shared_->store));
    informer->on_change([shared = shared_](const Change& change, bool initial) {
      for (const Handler& handler : shared->handlers) handler(change, initial);
    });
    return informer;
  }

 private:
  struct Shared {
    Store<T> store;
    std::vector<Handler> handlers;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace kube
