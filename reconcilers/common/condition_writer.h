// The conditions of a status that is being decided. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/meta.h"
#include "net/clock.h"
#include "reconcilers/common/events.h"

namespace reconcilers {

// Writes into `conditions`, which begin as they were before the decision and hold for this
// generation from then on. Both outlive the writer. Not thread-safe.
class ConditionWriter {
 public:
  ConditionWriter(const kube::Conditions& before, kube::Conditions& conditions,
                  std::int64_t generation, net::SystemTime now);

  void set(const std::string& type, kube::ConditionStatus status, std::string reason,
           std::string message);
  // A condition may be set more than once on the way to a decision. It is a transition only if its
  // status differs from the one before the decision.
  void set(kube::Condition condition);
  void remove(const std::string& type);

  // Null where there is none. The pointer holds until the next set() or remove().
  const kube::Condition* before(const std::string& type) const;
  const kube::Condition* now(const std::string& type) const;

  // The Event for the turn that a condition has taken: nothing while it is Unknown (a moment in
  // between), and nothing where status and reason are as before.
  std::optional<EventIntent> turn(const std::string& type) const;

 private:
  const kube::Conditions& before_;
  kube::Conditions& conditions_;
  const std::int64_t generation_;
  const net::SystemTime now_;
};

// The reason of a condition; empty where there is none.
std::string reason_of(const kube::Conditions& conditions, const std::string& type);

// The condition Ready; an empty one where there is none yet.
const kube::Condition& ready_of(const kube::Conditions& conditions);

// Sets or removes Stalled and Reconciling, which kstatus knows: they are there only while True, and
// never beside Ready True. `passes`: the obstacle may go away without a person.
void set_progress(kube::Conditions& conditions, const kube::Condition& ready, bool passes,
                  net::SystemTime now);

}  // namespace reconcilers
