// Secrets, read from the API server when they are needed, once for all who need them right now.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "kube/client.h"
#include "kube/core.h"
#include "net/clock.h"
#include "net/result.h"

namespace reconcilers {

// Thread-safe. A Secret that many Integrations share is read once for each of its versions: who
// comes while it is read gets the same answer, and so does who comes soon after. For that it is
// held until it was not used for a second, a minute at most, and 8 MiB of all of them; then it is
// wiped.
class SecretReader {
 public:
  using Pointer = std::shared_ptr<const kube::Secret>;  // null: there is no such Secret
  struct Wanted {
    kube::NamespacedName name;
    // What the cache of metadata shows; empty where it does not have it. Nothing older is given,
    // and nothing that was read before the cache lost it.
    std::string uid, version;
    bool shared = false;  // others will want it, too
  };

  SecretReader(kube::Client& client, net::Clock& clock);
  ~SecretReader();

  net::Result<Pointer> read(const Wanted& wanted, std::stop_token stop);
  // The Secret has changed: what was read before counts for nobody.
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

  // All with mutex_ held.
  std::optional<Pointer> use_held(const Wanted& wanted);
  void hold(const kube::NamespacedName& name, const Pointer& secret);
  void drop_expired();
  net::SteadyTime next_expiry() const;

  void expire(std::stop_token stop);

  kube::Client& client_;
  net::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<kube::NamespacedName, std::shared_ptr<Flight>> flights_;
  std::map<kube::NamespacedName, Held> held_;
  std::size_t bytes_ = 0;  // of held_
  std::jthread expiring_;  // the first to end
};

}  // namespace reconcilers
