// An informer keeps a Store in step with the API server (a Watcher's state machine, with its I/O)
// and tells handlers what changed.
//
//   kube::Informer<kube::Namespace> namespaces(client);
//
//   namespaces.on_change([&](const auto& change, bool initial) { queue.add(…); });
//
//   std::jthread thread([&](std::stop_token stop) { namespaces.run(stop); });
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kube/client.h"
#include "kube/store.h"
#include "kube/watcher.h"
#include "net/clock.h"
#include "net/log.h"

namespace kube {

struct InformerOptions {
  std::string namespace_ = {};  // empty: all namespaces
  std::string label_selector = {};
  std::string field_selector = {};  // e.g. metadata.name=…: what RBAC's resourceNames ask for
  int page_size = 500;
  std::chrono::seconds watch_timeout{290};  // timeoutSeconds; jittered down by up to a sixth
  // A stream without a byte for so long is taken for dead (a peer that vanished, a firewall that
  // forgot): the API server sends a bookmark about once a minute (apiserver's cacher.go,
  // bookmarkFrequency). Where it does not, the price is another watch from the same version, not
  // another list.
  net::Duration max_silence = std::chrono::seconds{75};
  net::Duration backoff_start =
      std::chrono::milliseconds{800};  // doubling to backoff_limit, with jitter,
  net::Duration backoff_limit =
      std::chrono::seconds{30};  // reset by an event, and by a watch that lived for two minutes
};

// The reflector's I/O loop without types: lists and watches one resource until stopped. Informer<T>
// is the typed face.
class Reflector {
 public:
  // How pages and events reach the typed cache. Called on the reflector's thread.
  struct Sink {
    std::function<void(const Json& item)>
        buffer;                  // decodes into the new list; may throw nlohmann's exceptions
    std::function<void()> drop;  // forget the new list
    std::function<void()> swap;  // make it the cache
    std::function<void(const Json& object)> upsert;  // may throw
    std::function<void(const Json& object)> erase;   // may throw
  };
  Reflector(Client& client, const Resource& resource, Accept accept, InformerOptions options,
            net::Clock& clock, Sink sink);
  // Blocks until stopped. An object that does not decode is logged and left out; nothing else is
  // lost by it.
  void run(std::stop_token stop);

 private:
  net::Status list(std::stop_token stop);   // one page
  net::Status watch(std::stop_token stop);  // one stream, to its end
  void select(ApiRequest& request) const;   // which objects it is about
  net::Status take_page(const Json& page);
  net::Status take_event(std::string_view line);
  void act(WatcherAction action, const Json* object);
  void take(const Json& object, const std::function<void(const Json&)>& consume);
  void back_off(const net::Error& error, std::stop_token stop);
  net::Duration delay_after(const net::Error& error);
  void recovered();
  Client& client_;
  const Resource& resource_;
  Accept accept_;
  InformerOptions options_;
  net::Clock& clock_;
  Sink sink_;
  Watcher watcher_;
  net::Duration backoff_;
  bool expired_ = false;  // the version was no longer kept, and no event has come since
  net::Logger log_;
};

// run() on one thread; everything else from any thread.
template <KubeObject T>
class Informer {
 public:
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
  bool has_synced() const { return synced_.load(); }
  // False if stopped first.
  bool wait_synced(std::stop_token stop) {
    std::unique_lock lock(sync_mutex_);
    return sync_changed_.wait(lock, stop, [this] { return has_synced(); });
  }
  void run(std::stop_token stop) { reflector_.run(stop); }

 private:
  typename Reflector::Sink sink() {
    return {
        .buffer = [this](const Json& item) { page_.push_back(item.get<T>()); },
        .drop = [this] { page_.clear(); },
        .swap =
            [this] {
              auto changes = store_->replace(std::exchange(page_, {}), namespace_);
              for (const Change& change : changes) notify(change, true);
              {
                std::lock_guard lock(sync_mutex_);
                synced_ = true;
              }
              sync_changed_.notify_all();
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
              // Only the name is looked at: what does not decode can be deleted all the same.
              const Json& metadata = object.at("metadata");
              const NamespacedName key{net::string_member(metadata, "namespace"),
                                       net::string_member(metadata, "name")};
              if (auto before = store_->erase(key)) notify({before, nullptr}, false);
            },
    };
  }
  void notify(const Change& change, bool initial) {
    for (const Handler& handler : handlers_) handler(change, initial);
  }

  std::shared_ptr<Store<T>> store_;
  std::string namespace_;
  std::vector<T> page_;
  std::vector<Handler> handlers_;
  std::atomic<bool> synced_{false};
  std::mutex sync_mutex_;
  std::condition_variable_any sync_changed_;
  Reflector reflector_;
};

}  // namespace kube
