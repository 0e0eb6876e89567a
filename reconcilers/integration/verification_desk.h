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
#include "oauth/call_scheduler.h"
#include "oauth/verifier.h"

namespace reconcilers {

// Thread-safe. Its work refers to it: stop the scheduler before it is destroyed.
class VerificationDesk {
 public:
  // Neither running_since nor report: nothing is known.
  struct State {
    std::optional<net::SystemTime> running_since;
    std::optional<oauth::VerificationReport> report;
    std::optional<net::SystemTime> answered;  // when the report came in
    std::string request;                      // what start() was given
    // Until when the provider wants to be left alone by this client (Retry-After): it is asked
    // then.
    std::optional<net::SystemTime> silent_until;
  };
  // `done` is called with the key each time a result has come in, on a thread of the scheduler's.
  VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http, net::Clock& clock,
                   std::function<void(const kube::NamespacedName&)> done);

  // What is known of the verification of inputs `hash`. Work on other inputs of the same uid is
  // dropped, and so is its result: if they came back one day, it would be an old one.
  State state(const std::string& uid, const std::string& hash);
  // Replaces what is under way for that uid. `on_request`: the person's request that was known then
  // (or empty), since no answer answers a later one.
  void start(const std::string& uid, const kube::NamespacedName& key, const std::string& hash,
             const std::string& on_request, oauth::VerificationRequest request);
  // Drops the result (it is in the status now), or the work, if it is for these inputs; all of it
  // without `hash`.
  void forget(const std::string& uid, const std::optional<std::string>& hash = std::nullopt);

 private:
  struct Entry {
    std::string hash;
    State state;
    std::string host;  // with client_id: what Retry-After holds for
    std::string client_id;
  };
  State told(Entry& entry) const;
  oauth::VerificationReport verify(const oauth::VerificationRequest& request, std::stop_token stop);
  void finish(const std::string& uid, const std::string& hash, oauth::VerificationReport report);

  oauth::CallScheduler& scheduler_;
  net::HttpClient& http_;
  net::Clock& clock_;
  std::function<void(const kube::NamespacedName&)> done_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by uid
};

}  // namespace reconcilers
