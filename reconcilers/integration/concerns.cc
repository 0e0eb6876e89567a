#include "reconcilers/integration/concerns.h"

#include <string>
#include <utility>

#include "api/conditions.h"

namespace reconcilers {

namespace {

std::pair<kube::ConditionStatus, std::string> readiness(const api::Offering& offering) {
  const kube::Condition* ready =
      kube::find_condition(offering.status.conditions, api::condition::ready);
  if (ready == nullptr) return {kube::ConditionStatus::Unknown, ""};
  return {ready->status, ready->reason};
}

}  // namespace

bool concerns_integrations(const api::Offering& before, const api::Offering& after) {
  return before.metadata.uid != after.metadata.uid ||
         before.metadata.generation != after.metadata.generation ||
         before.metadata.being_deleted() != after.metadata.being_deleted() ||
         before.status.observed_generation != after.status.observed_generation ||
         before.status.endpoints != after.status.endpoints || readiness(before) != readiness(after);
}

bool concerns_integrations(const kube::Namespace& before, const kube::Namespace& after) {
  return before.metadata.labels != after.metadata.labels;
}

}  // namespace reconcilers
