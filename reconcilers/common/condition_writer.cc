#include "reconcilers/common/condition_writer.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"

namespace reconcilers {

using kube::Condition;
using kube::ConditionStatus;

ConditionWriter::ConditionWriter(const kube::Conditions& before, kube::Conditions& conditions,
                                 std::int64_t generation, net::SystemTime now)
    : before_(before), conditions_(conditions), generation_(generation), now_(now) {
  conditions_ = before_;
  for (Condition& kept : conditions_) kept.observed_generation = generation_;
}

void ConditionWriter::set(const std::string& type, ConditionStatus status, std::string reason,
                          std::string message) {
  set({.type = type, .status = status, .reason = std::move(reason), .message = std::move(message)});
}

void ConditionWriter::set(Condition condition) {
  const std::string type = condition.type;
  condition.observed_generation = generation_;
  kube::set_condition(conditions_, std::move(condition), now_);
  const auto current = std::ranges::find(conditions_, type, &Condition::type);
  const Condition* was = before(type);
  if (was != nullptr && was->status == current->status)
    current->last_transition_time = was->last_transition_time;
}

void ConditionWriter::remove(const std::string& type) { kube::remove_condition(conditions_, type); }

const Condition* ConditionWriter::before(const std::string& type) const {
  return kube::find_condition(before_, type);
}

const Condition* ConditionWriter::now(const std::string& type) const {
  return kube::find_condition(conditions_, type);
}

std::optional<EventIntent> ConditionWriter::turn(const std::string& type) const {
  const Condition* was = before(type);
  const Condition* is = now(type);
  if (is == nullptr || is->status == ConditionStatus::Unknown) return std::nullopt;
  if (was != nullptr && was->status == is->status && was->reason == is->reason) return std::nullopt;
  const bool good = is->status == ConditionStatus::True;
  return EventIntent{good ? kube::EventType::Normal : kube::EventType::Warning, is->reason,
                     is->message};
}

std::string reason_of(const kube::Conditions& conditions, const std::string& type) {
  const Condition* found = kube::find_condition(conditions, type);
  return found == nullptr ? "" : found->reason;
}

const Condition& ready_of(const kube::Conditions& conditions) {
  static const Condition none;
  const Condition* ready = kube::find_condition(conditions, api::condition::ready);
  return ready == nullptr ? none : *ready;
}

void set_progress(kube::Conditions& conditions, const Condition& ready, bool passes,
                  net::SystemTime now) {
  for (const char* type : {api::condition::stalled, api::condition::reconciling}) {
    const bool holds =
        ready.status != ConditionStatus::True && passes == (type == api::condition::reconciling);
    if (!holds) {
      kube::remove_condition(conditions, type);
      continue;
    }
    Condition progress = ready;
    progress.type = type;
    progress.status = ConditionStatus::True;
    kube::set_condition(conditions, std::move(progress), now);
  }
}

}  // namespace reconcilers
