#include "oauth/verification/sign_in_memory.h"

namespace oauth {

void SignInMemory::learn(const SignInKeys& keys, const std::string& asker,
                         const VerificationReport& report) {
  const net::SteadyTime now = clock_.steady();
  const net::MutexLock guard(mutex_);
  forget_old();
  if (report.credentials == CredentialsOutcome::Rejected) {
    Refusal refusal{report, asker, now};
    refusal.report.steps.clear();
    refusal.report.retry_after.reset();
    refusal.report.failed_sign_ins = 0;  // they have been counted
    refusals_.insert_or_assign(keys.sign_in, std::move(refusal));
  } else {
    refusals_.erase(keys.sign_in);
  }
  if (report.controls_made)
    controls_.insert_or_assign(keys.control,
                               KnownControl{{report.method, report.control_answer}, now});
}

std::optional<VerificationReport> SignInMemory::refusal(const std::string& sign_in,
                                                        const std::string& asker) {
  const net::MutexLock guard(mutex_);
  forget_old();
  const auto found = refusals_.find(sign_in);
  if (found == refusals_.end() || found->second.asker == asker) return std::nullopt;
  return found->second.report;
}

std::optional<Control> SignInMemory::control(const std::string& key) {
  const net::MutexLock guard(mutex_);
  forget_old();
  const auto found = controls_.find(key);
  return found == controls_.end() ? std::nullopt : std::optional(found->second.control);
}

void SignInMemory::forget_old() {
  const net::SteadyTime now = clock_.steady();
  std::erase_if(refusals_, [&](const auto& e) { return e.second.at + kRefusalKept <= now; });
  std::erase_if(controls_, [&](const auto& e) { return e.second.at + kControlKept <= now; });
}

}  // namespace oauth
