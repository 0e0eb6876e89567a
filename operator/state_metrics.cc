#include "operator/state_metrics.h"

#include <chrono>

#include "api/conditions.h"

namespace op {

StateMetrics::StateMetrics(prometheus::Registry& registry)
    : integrations_(prometheus::BuildGauge()
                        .Name("integration_operator_integrations")
                        .Help("Integrations, by their phase and the reason of Ready.")
                        .Register(registry)),
      intervals_(prometheus::BuildGauge()
                     .Name("integration_operator_verification_interval_seconds")
                     .Help("How long an Offering's good verdicts are kept.")
                     .Register(registry)) {}

// Whoever may create Integrations could make series at will, were a name counted that no Offering
// has.
StateMetrics::Group StateMetrics::group_of(const api::Integration& integration) {
  const kube::Condition* ready =
      kube::find_condition(integration.status.conditions, api::condition::ready);
  const std::string reason = ready == nullptr ? "None" : ready->reason;
  const bool found = ready != nullptr && reason != api::reason::offering_not_found;
  return {found ? integration.spec.offering : "None", to_string(integration.status.phase), reason};
}

void StateMetrics::add(const Group& group, double count) {
  prometheus::Gauge*& gauge = groups_[group];
  if (gauge == nullptr)
    gauge = &integrations_.Add({{"offering", group[0]}, {"phase", group[1]}, {"reason", group[2]}});
  gauge->Increment(count);
  if (gauge->Value() > 0) return;
  integrations_.Remove(gauge);
  groups_.erase(group);
}

void StateMetrics::changed(const api::Integration* before, const api::Integration* after) {
  const std::lock_guard lock(mutex_);
  if (after != nullptr) add(group_of(*after), 1);
  if (before != nullptr) add(group_of(*before), -1);
}

void StateMetrics::changed(const api::Offering* before, const api::Offering* after) {
  const std::lock_guard lock(mutex_);
  prometheus::Gauge& gauge =
      intervals_.Add({{"offering", (after != nullptr ? after : before)->metadata.name}});
  if (after == nullptr)
    intervals_.Remove(&gauge);
  else
    gauge.Set(std::chrono::duration<double>(after->spec.verification.interval).count());
}

}  // namespace op
