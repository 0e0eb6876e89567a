#include "reconcilers/integration/summary.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "api/conditions.h"
#include "reconcilers/common/condition_writer.h"
#include "reconcilers/integration/messages.h"
#include "reconcilers/integration/schedule.h"

namespace reconcilers {

namespace {

using kube::Condition;
using kube::ConditionStatus;
namespace reason = api::reason;

constexpr std::array kInOrder = {api::condition::offering_available, api::condition::scopes_valid,
                                 api::condition::credentials_present,
                                 api::condition::credentials_verified,
                                 api::condition::callback_registered};

// Reasons that may end without a person: a pipeline is about to apply an object, or a provider is
// down.
constexpr std::array kMayPass = {reason::offering_not_found,   reason::offering_not_ready,
                                 reason::offering_terminating, reason::secret_not_found,
                                 reason::key_not_found,        reason::not_permitted,
                                 reason::provider_unreachable, reason::pending};

bool may_pass(std::string_view why) {
  return std::find(kMayPass.begin(), kMayPass.end(), why) != kMayPass.end();
}

// Does this condition keep the Integration from being Configured? `judged`: the provider gave a
// verdict on it, which the conditions hold.
bool blocks(const Condition& condition, api::OnUnverifiable on_unverifiable, bool judged) {
  if (condition.status == ConditionStatus::True) return false;
  if (condition.reason == reason::not_checkable) return false;
  if (condition.reason == reason::not_permitted) return !judged;
  if (condition.reason == reason::unverifiable)
    return on_unverifiable == api::OnUnverifiable::Block;
  return true;
}

// Of a condition that nobody has judged: it is not taken for True.
Condition not_judged(const char* type) {
  return {.type = type,
          .status = ConditionStatus::Unknown,
          .reason = reason::pending,
          .message = text_of(IntegrationMessage::NotJudged, {.condition = type})};
}

Condition ready_by(const Condition& blocker) {
  return {.type = api::condition::ready,
          .status =
              blocker.reason == reason::pending ? ConditionStatus::Unknown : ConditionStatus::False,
          .reason = blocker.reason,
          .message = blocker.message};
}

Condition ready_configured(const kube::Conditions& conditions) {
  Condition ready{
      .type = api::condition::ready, .status = ConditionStatus::True, .reason = {}, .message = {}};
  if (!kube::is_true(conditions, api::condition::credentials_verified)) {
    ready.reason = reason::configured_unverified;
    ready.message = text_of(IntegrationMessage::ConfiguredUnverified);
  } else if (!kube::is_true(conditions, api::condition::callback_registered)) {
    ready.reason = reason::configured_callback_unproven;
    ready.message = text_of(IntegrationMessage::ConfiguredCallbackUnproven);
  } else {
    ready.reason = reason::configured;
    ready.message = text_of(IntegrationMessage::Configured);
  }
  return ready;
}

}  // namespace

void summarize(api::IntegrationStatus& status, api::OnUnverifiable on_unverifiable,
               net::SystemTime now) {
  std::optional<Condition> blocker;
  const bool judged = verdict_kind(status.conditions).has_value();
  for (const char* type : kInOrder) {
    const Condition* found = kube::find_condition(status.conditions, type);
    const Condition condition = found != nullptr ? *found : not_judged(type);
    if (!blocks(condition, on_unverifiable, judged)) continue;
    blocker = condition;
    break;
  }
  Condition ready = blocker ? ready_by(*blocker) : ready_configured(status.conditions);
  ready.observed_generation = status.observed_generation;
  kube::set_condition(status.conditions, ready, now);
  set_progress(status.conditions, ready, may_pass(ready.reason), now);
  status.phase = ready.status == ConditionStatus::True ? api::Phase::Configured : api::Phase::Draft;
}

}  // namespace reconcilers
