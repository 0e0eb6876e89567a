// Readings of providers' metadata under way, one for each Offering: started by a reconcile, run by
// the CallScheduler, picked up by the reconcile that the result itself causes. No worker ever waits
// for an issuer.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "api/offering.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/log.h"
#include "net/result.h"
#include "oauth/calls/call_scheduler.h"
#include "oauth/protocol/discovery.h"

namespace reconcilers {

// Thread-safe. Its work refers to it: stop the scheduler before it is destroyed.
class DiscoveryDesk {
 public:
  // Neither: nothing is known.
  struct State {
    bool running = false;
    std::optional<net::Result<oauth::Metadata>> found;
  };
  // `allow_http`: loopback issuers by plain http. `done` is called with the key each time a result
  // has come in, on a thread of the scheduler's.
  DiscoveryDesk(oauth::CallScheduler& scheduler, net::HttpClient& http, net::Clock& clock,
                bool allow_http, std::function<void(const kube::NamespacedName&)> done);

  // What is known for this generation of that Offering. Work for another one is dropped, and so is
  // its result.
  State state(const kube::ObjectMeta& offering);
  // Replaces what is under way for that Offering.
  void start(const api::Offering& offering);
  // Drops the result (it is in the status now), or the work.
  void forget(const std::string& uid);

 private:
  struct Entry {
    std::int64_t generation = 0;
    State state;
  };
  net::Result<oauth::Metadata> discover(const api::OfferingSpec& spec, std::stop_token stop);
  void finish(const std::string& uid, std::int64_t generation, net::Result<oauth::Metadata> found);

  oauth::CallScheduler& scheduler_;
  net::HttpClient& http_;
  net::Clock& clock_;
  const bool allow_http_;
  std::function<void(const kube::NamespacedName&)> done_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by uid
  const net::Logger log_{"discovery"};
};

}  // namespace reconcilers
