// Readings of providers' metadata under way, one for each Offering (common/desk.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/offering.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"
#include "oauth/calls/call_scheduler.h"
#include "oauth/protocol/discovery.h"
#include "reconcilers/common/desk.h"

namespace reconcilers {

// A Desk whose inputs are the Offering's generation. Thread-safe; the promises of Desk's caller
// hold here, too.
class DiscoveryDesk {
 public:
  using Work = Desk<api::OfferingSpec, net::Result<oauth::Metadata>>;
  using State = Work::State;

  // `allow_http`: loopback issuers by plain http. `done` is called with the key each time a result
  // has come in, on a thread of the scheduler's.
  DiscoveryDesk(oauth::CallScheduler& scheduler, net::HttpClient& http, net::Clock& clock,
                bool allow_http, std::function<void(const kube::NamespacedName&)> done);

  // For this generation of that Offering.
  State state(const kube::ObjectMeta& offering);
  void start(const api::Offering& offering);
  void forget(const std::string& uid) { desk_.forget(uid); }

 private:
  Work desk_;
};

}  // namespace reconcilers
