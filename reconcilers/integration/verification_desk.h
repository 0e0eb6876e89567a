// Verifications under way, one for each Integration (common/desk.h), and what verifications of
// different Integrations need not ask twice.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "oauth/calls/call_scheduler.h"
#include "oauth/verification/sign_in_memory.h"
#include "oauth/verification/verifier.h"
#include "reconcilers/common/desk.h"

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

// A Desk whose inputs are InputHash::full and whose cause is VerificationOrder::request.
// Thread-safe; the promises of Desk's caller hold here, too.
class VerificationDesk {
 public:
  using Work = Desk<VerificationOrder, oauth::VerificationReport>;
  using State = Work::State;
  static constexpr const char* kName = "verification";

  // `done` is called with the key each time a result has come in, on a thread of the scheduler's.
  VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http, net::Clock& clock,
                   std::function<void(const kube::NamespacedName&)> done);

  State state(const std::string& uid, const std::string& hash) { return desk_.state(uid, hash); }
  // Where the same was refused for another Integration a moment ago, that is the answer.
  void start(const std::string& uid, const kube::NamespacedName& key, VerificationOrder order);
  void forget(const std::string& uid, const std::optional<std::string>& hash = std::nullopt) {
    desk_.forget(uid, hash);
  }

 private:
  Work::Answer run(const std::string& uid, const VerificationOrder& order, std::stop_token stop);
  oauth::VerificationReport ask(const std::string& uid, const VerificationOrder& order,
                                oauth::VerificationRequest request, std::stop_token stop);

  net::HttpClient& http_;
  net::Clock& clock_;
  oauth::SignInMemory memory_;
  Work desk_;
};

}  // namespace reconcilers
