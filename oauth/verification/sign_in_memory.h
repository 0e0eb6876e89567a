// Shares results between verifications of different Integrations, since each request may be a
// failed sign-in of the same client: a refusal, and a control.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "net/clock.h"
#include "net/mutex.h"
#include "oauth/verification/verifier.h"

namespace oauth {

// Thread-safe. Keys are those of sign_in_keys(). Nothing is kept for longer than the times below.
class SignInMemory {
 public:
  static constexpr std::chrono::minutes kRefusalKept{1};
  // As long as the failed sign-in of a control is counted (client_limits.h).
  static constexpr std::chrono::minutes kControlKept{10};

  explicit SignInMemory(net::Clock& clock) : clock_(clock) {}

  // `asker` has verified, with the result `report`.
  void learn(const SignInKeys& keys, const std::string& asker, const VerificationReport& report);
  // Returns the refusal that another asker got within the last minute. It never returns the asker's
  // own refusal: the asker's schedule decides about its retry.
  std::optional<VerificationReport> refusal(const std::string& sign_in, const std::string& asker);
  // Returns a control that failed, as it must, within the last ten minutes.
  std::optional<Control> control(const std::string& key);

 private:
  struct Refusal {
    VerificationReport report;
    std::string asker;
    net::SteadyTime at{};
  };
  struct KnownControl {
    Control control;
    net::SteadyTime at{};
  };
  void forget_old() NET_REQUIRES(mutex_);

  net::Clock& clock_;
  net::Mutex mutex_;
  std::map<std::string, Refusal> refusals_ NET_GUARDED_BY(mutex_);       // by SignInKeys::sign_in
  std::map<std::string, KnownControl> controls_ NET_GUARDED_BY(mutex_);  // by SignInKeys::control
};

}  // namespace oauth
