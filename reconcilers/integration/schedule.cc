#include "reconcilers/integration/schedule.h"

#include <algorithm>

#include "api/conditions.h"
#include "reconcilers/common/backoff.h"

namespace reconcilers {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

bool has_reason(const kube::Conditions& conditions, const char* type, const char* reason) {
  const kube::Condition* condition = kube::find_condition(conditions, type);
  return condition != nullptr && condition->reason == reason;
}

}  // namespace

std::optional<VerdictKind> verdict_kind(const kube::Conditions& conditions) {
  const auto credentials = [&](const char* reason) {
    return has_reason(conditions, api::condition::credentials_verified, reason);
  };
  if (credentials(api::reason::rejected)) return VerdictKind::CredentialsRefused;
  if (credentials(api::reason::grant_not_allowed)) return VerdictKind::RegistrationRefused;
  const bool unverifiable = credentials(api::reason::unverifiable);
  if (!unverifiable && !kube::is_true(conditions, api::condition::credentials_verified))
    return std::nullopt;
  if (has_reason(conditions, api::condition::callback_registered, api::reason::rejected) ||
      has_reason(conditions, api::condition::callback_registered,
                 api::reason::callback_url_changed) ||
      has_reason(conditions, api::condition::scopes_valid,
                 api::reason::scopes_rejected_by_provider))
    return VerdictKind::RegistrationRefused;
  if (unverifiable) return VerdictKind::CredentialsRefused;
  const kube::Condition* callback =
      kube::find_condition(conditions, api::condition::callback_registered);
  if (callback == nullptr || callback->reason == api::reason::pending) return std::nullopt;
  return VerdictKind::Good;
}

net::Duration keep_for(VerdictKind kind, net::Duration age, net::Duration interval,
                       std::string_view uid) {
  switch (kind) {
    case VerdictKind::RegistrationRefused:
      // Waits of 15, 30, 60, … s end at ages of 15, 45, 105, … s: the next wait is the age plus 15
      // s.
      if (age >= hours{24}) return interval;
      return std::clamp<net::Duration>(age + seconds{15}, seconds{15}, minutes{5});
    case VerdictKind::CredentialsRefused:
      // Tries at ages of 0, 30 s, 2.5 min and 12.5 min; the bounds lie between them, since calls
      // take time.
      if (age < seconds{15}) return seconds{30};
      if (age < seconds{90}) return minutes{2};
      if (age < minutes{8}) return minutes{10};
      return interval;
    case VerdictKind::Good:
      break;
  }
  return spread(interval, -0.1, uid);
}

}  // namespace reconcilers
