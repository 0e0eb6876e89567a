// An informer keeps a Store in step with the API server (a Watcher's state machine, with its I/O)
// and reports changes to handlers.
//
//   kube::Informer<kube::Namespace> namespaces(client);
//
//   namespaces.on_change([&](const auto& change, bool initial) { queue.add(…); });
//
//   std::jthread thread([&](std::stop_token stop) { namespaces.run(stop); });
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kube/client.h"
#include "kube/reflector.h"
#include "kube/store.h"
#include "net/clock.h"
#include "net/mutex.h"

namespace kube {

// run() on one thread; everything else from any thread.
template <KubeObject T>
class Informer {
 public:
  using Object = T;
  using Change = typename Store<T>::Change;
  // `initial`: the change comes from a list, not from a watch: a restart, not somebody's edit.
  using Handler = std::function<void(const Change& change, bool initial)>;

  // `store`: several informers of one type, each of a namespace of its own, may fill one cache.
  explicit Informer(Client& client, InformerOptions options = {},
                    net::Clock& clock = net::system_clock(),
                    std::shared_ptr<Store<T>> store = std::make_shared<Store<T>>())
      : store_(std::move(store)),
        namespace_(options.namespace_),
        reflector_(client, T::resource(), accept_of<T>(), std::move(options), clock, sink()) {}

  Store<T>& store() { return *store_; }
  const Store<T>& store() const { return *store_; }
  // Before run(). Handlers run on run()'s thread, one after the other: they must not block.
  void on_change(Handler handler) { handlers_.push_back(std::move(handler)); }
  // The first list is in the store, and every handler has seen it.
  bool has_synced() const {
    const net::MutexLock lock(sync_mutex_);
    return progress_ == Progress::Synced;
  }
  // False if stopped first.
  bool wait_synced(std::stop_token stop) {
    net::MutexLock lock(sync_mutex_);
    return sync_changed_.wait(
        lock, stop, [this]() NET_REQUIRES(sync_mutex_) { return progress_ == Progress::Synced; });
  }
  // Waits until it has synced, or the API server has refused to let it read (Forbidden, NotFound).
  // False if stopped first.
  bool wait_settled(std::stop_token stop) {
    net::MutexLock lock(sync_mutex_);
    return sync_changed_.wait(
        lock, stop, [this]() NET_REQUIRES(sync_mutex_) { return progress_ != Progress::Begun; });
  }
  // Since when the store may lack changes: nothing while a watch is open and none of its lines was
  // lost, so that what is not in the store was not there a moment ago. Before the first list: since
  // it was made.
  std::optional<net::SteadyTime> stale_since() const { return reflector_.state().stale_since(); }
  // How the reading goes: when the last answer was had, and what the API server refuses.
  const ReaderState& state() const { return reflector_.state(); }
  void run(std::stop_token stop) { reflector_.run(stop); }

 private:
  // The furthest it has come: a store that has synced serves even where a later list is refused.
  enum class Progress { Begun, Refused, Synced };

  typename Reflector::Sink sink() {
    return {
        .buffer = [this](const Json& item) { page_.push_back(item.get<T>()); },
        .drop = [this] { page_.clear(); },
        .swap =
            [this] {
              auto changes = store_->replace(std::exchange(page_, {}), namespace_);
              for (const Change& change : changes) notify(change, true);
              settle(Progress::Synced);
            },
        .upsert =
            [this](const Json& object) {
              T fresh = object.get<T>();
              const NamespacedName key = fresh.metadata.key();
              auto before = store_->upsert(std::move(fresh));
              notify({before, store_->get(key)}, false);
            },
        .erase =
            [this](const Json& object) {
              // Only the name matters: an object that does not decode can be deleted, too.
              const auto metadata = object.find("metadata");
              if (metadata == object.end()) return;
              const NamespacedName key{net::string_member(*metadata, "namespace"),
                                       net::string_member(*metadata, "name")};
              if (auto before = store_->erase(key)) notify({before, nullptr}, false);
            },
        .refused = [this] { settle(Progress::Refused); },
    };
  }
  void settle(Progress reached) {
    {
      const net::MutexLock lock(sync_mutex_);
      progress_ = std::max(progress_, reached);
    }
    sync_changed_.notify_all();
  }
  void notify(const Change& change, bool initial) {
    for (const Handler& handler : handlers_) handler(change, initial);
  }

  std::shared_ptr<Store<T>> store_;
  std::string namespace_;
  std::vector<T> page_;
  std::vector<Handler> handlers_;
  mutable net::Mutex sync_mutex_;
  Progress progress_ NET_GUARDED_BY(sync_mutex_) = Progress::Begun;
  std::condition_variable_any sync_changed_;
  Reflector reflector_;
};

}  // namespace kube
