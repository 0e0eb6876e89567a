// Verifications under way, one for each Integration: started by a reconcile, run by the
// CallScheduler, picked up by the reconcile that the result itself causes. No worker ever waits for
// a provider.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/log.h"
#include "oauth/calls/call_scheduler.h"
#include "oauth/verification/sign_in_memory.h"
#include "oauth/verification/verifier.h"

namespace reconcilers {

// A verification to be made when its turn comes. Until then it holds no secret, and of the client
// id a keyed hash.
struct VerificationOrder {
  std::string hash;         // InputHash::full
  oauth::SignInKeys keys;   // of the same inputs
  std::string host;         // oauth::host_asked()
  int may_fail = 1;         // oauth::sign_ins_that_may_fail()
  bool trusted = false;     // the client was Verified for this Integration before
  bool on_request = false;  // a person asked for it, now
  std::string request;      // the person's request that is known (or empty): no answer answers a
                            // later one
  // Makes the request when its turn has come; an error where its inputs are not these any more.
  std::function<net::Result<oauth::VerificationRequest>(std::stop_token)> make_request;
};

// Thread-safe. Its work refers to it: stop the scheduler before it is destroyed.
class VerificationDesk {
 public:
  // Neither running_since nor report: nothing is known.
  struct State {
    std::optional<net::SystemTime> running_since;
    std::optional<oauth::VerificationReport> report;
    std::optional<net::SystemTime> answered;  // when the report came in
    std::string request;                      // VerificationOrder::request
    // Why it waits, and when it is asked at the earliest; at most one of them.
    std::optional<net::SystemTime> silent_until;    // the provider said Retry-After
    std::optional<net::SystemTime> sign_ins_until;  // too many sign-ins of this client have failed
  };
  // `done` is called with the key each time a result has come in, on a thread of the scheduler's.
  VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http, net::Clock& clock,
                   std::function<void(const kube::NamespacedName&)> done);

  // What is known of the verification of inputs `hash`. Work on other inputs of the same uid is
  // dropped, and so is its result: if they came back one day, it would be an old one.
  State state(const std::string& uid, const std::string& hash);
  // Replaces what is under way for that uid. Where the same was refused for another Integration a
  // moment ago, that is the answer. Work whose inputs are others when its turn comes is dropped,
  // and `done` called for it.
  void start(const std::string& uid, const kube::NamespacedName& key, VerificationOrder order);
  // Drops the result (it is in the status now), or the work, if it is for these inputs; all of it
  // without `hash`.
  void forget(const std::string& uid, const std::optional<std::string>& hash = std::nullopt);

 private:
  struct Entry {
    std::string hash;
    State state;
  };
  State told(const std::string& uid, Entry& entry) const;
  oauth::CallsMade run(const std::string& uid, const kube::NamespacedName& key,
                       const VerificationOrder& order, std::stop_token stop);
  oauth::VerificationReport ask(const std::string& uid, const VerificationOrder& order,
                                oauth::VerificationRequest request, std::stop_token stop);
  oauth::VerificationReport verify(const oauth::VerificationRequest& request, std::stop_token stop);
  void finish(const std::string& uid, const std::string& hash, oauth::VerificationReport report);
  void drop(const std::string& uid, const std::string& hash);

  oauth::CallScheduler& scheduler_;
  net::HttpClient& http_;
  net::Clock& clock_;
  std::function<void(const kube::NamespacedName&)> done_;
  const net::Logger log_{"verification"};
  oauth::SignInMemory memory_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by uid
};

}  // namespace reconcilers
