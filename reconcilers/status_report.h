// How the controllers report what they write into a status.
#pragma once

#include <chrono>
#include <string>

#include "api/conditions.h"
#include "kube/meta.h"

namespace reconcilers {

// How soon to look again where the cache does not show yet what the API server has.
inline constexpr std::chrono::seconds kCacheIsBehind{1};

// The condition Ready; an empty one where there is none yet.
inline const kube::Condition& ready_of(const kube::Conditions& conditions) {
  static const kube::Condition none;
  const kube::Condition* ready = kube::find_condition(conditions, api::condition::ready);
  return ready == nullptr ? none : *ready;
}

// The note of the Event StatusOverwritten. `object`: what `kubectl get` takes to find it.
inline std::string overwritten_note(const std::string& object) {
  return "Somebody else writes this status. The operator put its own back, which it does less and "
         "less often. Find the other writer: kubectl get " +
         object + " -o yaml --show-managed-fields. A second operator in the cluster does this.";
}

// The line of the log that goes with it.
inline constexpr const char* kOverwrittenLine =
    "somebody else writes this status: is there a second operator in the cluster?";

}  // namespace reconcilers
