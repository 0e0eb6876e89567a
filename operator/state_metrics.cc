#include "operator/state_metrics.h"

#include <chrono>

#include "api/conditions.h"

namespace op {

namespace {

// Returns nothing for an Integration without a proof: Draft, Configured without a proof, or paused.
std::optional<double> verified_at(const api::Integration& integration) {
  const api::IntegrationStatus& status = integration.status;
  if (status.phase != api::Phase::Configured || !status.verification.time ||
      is_paused(integration) ||
      !kube::is_true(status.conditions, api::condition::credentials_verified))
    return std::nullopt;
  return std::chrono::duration<double>(status.verification.time->time_since_epoch()).count();
}

}  // namespace

StateMetrics::StateMetrics(prometheus::Registry& registry)
    : integrations_(prometheus::BuildGauge()
                        .Name("integration_operator_integrations")
                        .Help("Integrations, by their phase and the reason of Ready.")
                        .Register(registry)),
      intervals_(prometheus::BuildGauge()
                     .Name("integration_operator_verification_interval_seconds")
                     .Help("How long an Offering's good verdicts are kept.")
                     .Register(registry)),
      oldest_(prometheus::BuildGauge()
                  .Name("integration_operator_oldest_verified_timestamp_seconds")
                  .Help("When the Configured Integration that was verified longest ago was, in "
                        "seconds since the Unix epoch.")
                  .Register(registry)) {}

// An Offering that does not exist counts as "None": otherwise the creators of Integrations could
// make any number of series.
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

void StateMetrics::tell_oldest(const std::string& offering) {
  const auto times = verified_.find(offering);
  prometheus::Gauge& gauge = oldest_.Add({{"offering", offering}});
  if (times != verified_.end() && !times->second.empty()) return gauge.Set(*times->second.begin());
  oldest_.Remove(&gauge);
  if (times != verified_.end()) verified_.erase(times);
}

void StateMetrics::changed(const api::Integration* before, const api::Integration* after) {
  const net::MutexLock lock(mutex_);
  if (after != nullptr) add(group_of(*after), 1);
  if (before != nullptr) add(group_of(*before), -1);
  if (const auto time = after == nullptr ? std::nullopt : verified_at(*after))
    verified_[after->spec.offering].insert(*time);
  if (const auto time = before == nullptr ? std::nullopt : verified_at(*before)) {
    auto& times = verified_[before->spec.offering];
    if (const auto found = times.find(*time); found != times.end()) times.erase(found);
  }
  tell_oldest((after != nullptr ? after : before)->spec.offering);
}

void StateMetrics::changed(const api::Offering* before, const api::Offering* after) {
  const net::MutexLock lock(mutex_);
  prometheus::Gauge& gauge =
      intervals_.Add({{"offering", (after != nullptr ? after : before)->metadata.name}});
  if (after == nullptr)
    intervals_.Remove(&gauge);
  else
    gauge.Set(std::chrono::duration<double>(after->spec.verification.interval).count());
}

}  // namespace op
