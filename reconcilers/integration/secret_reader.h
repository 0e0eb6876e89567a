// Secrets, read from the API server when they are needed, once for all who need them right now.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "kube/client.h"
#include "kube/core.h"
#include "net/clock.h"
#include "net/mutex.h"
#include "net/result.h"

namespace reconcilers {

// Thread-safe. Reads a Secret once for each of its versions, however many Integrations name it and
// however soon its verification has its turn: readers that come while it is read, or soon after,
// get the same answer. For that it is held until nobody used it for a second, for a minute at most,
// and no more than 64 Secrets of 8 MiB together; then it is wiped.
class SecretReader {
 public:
  using Pointer = std::shared_ptr<const kube::Secret>;  // null: there is no such Secret
  struct Wanted {
    kube::NamespacedName name;
    // As the cache of metadata shows it; empty if the cache does not have it. The reader gives
    // nothing older, and nothing from before the cache lost it.
    std::string uid, version;
  };

  SecretReader(kube::Client& client, net::Clock& clock);
  ~SecretReader();

  net::Result<Pointer> read(const Wanted& wanted, std::stop_token stop);
  // The Secret has changed: an earlier reading counts for nobody.
  void changed(const kube::NamespacedName& name);
  std::size_t held() const;

 private:
  struct Flight {
    bool landed = false;
    bool outdated = false;
    net::Result<Pointer> result = Pointer{};
  };
  struct Held {
    Pointer secret;
    std::size_t bytes = 0;
    net::SteadyTime read_at, used;
    net::SteadyTime until() const;
  };

  std::optional<Pointer> use_held(const Wanted& wanted) NET_REQUIRES(mutex_);
  void hold(const kube::NamespacedName& name, const Pointer& secret) NET_REQUIRES(mutex_);
  void drop_expired() NET_REQUIRES(mutex_);
  net::SteadyTime next_expiry() const NET_REQUIRES(mutex_);

  void expire(std::stop_token stop);

  kube::Client& client_;
  net::Clock& clock_;
  mutable net::Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<kube::NamespacedName, std::shared_ptr<Flight>> flights_ NET_GUARDED_BY(mutex_);
  std::map<kube::NamespacedName, Held> held_ NET_GUARDED_BY(mutex_);
  std::size_t bytes_ NET_GUARDED_BY(mutex_) = 0;  // of held_
  std::jthread expiring_;                         // the first to end
};

}  // namespace reconcilers
