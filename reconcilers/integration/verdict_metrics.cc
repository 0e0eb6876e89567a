#include "reconcilers/integration/verdict_metrics.h"

#include <algorithm>
#include <chrono>

#include "api/conditions.h"

namespace reconcilers {

std::string verdict_reason(const oauth::VerificationReport& report, const Decision& decision) {
  if (decision.attempt)  // what was proven before stands, or there is nothing yet
    return report.credentials == oauth::CredentialsOutcome::Unverifiable
               ? api::reason::unverifiable
               : api::reason::provider_unreachable;
  return kube::find_condition(decision.status.conditions, api::condition::ready)->reason;
}

VerdictMetrics::VerdictMetrics(prometheus::Registry& registry)
    : verdicts_(prometheus::BuildCounter()
                    .Name("integration_operator_verdicts_total")
                    .Help("Verifications that have ended, by what they came to.")
                    .Register(registry)),
      last_verified_(prometheus::BuildGauge()
                         .Name("integration_operator_last_verified_timestamp_seconds")
                         .Help("When a provider last accepted an Integration's credentials, in "
                               "seconds since the Unix epoch.")
                         .Register(registry)) {}

void VerdictMetrics::verdict(const std::string& offering, oauth::Method method,
                             const std::string& reason) {
  const net::MutexLock lock(mutex_);
  prometheus::Counter*& counter = counters_[{offering, oauth::to_string(method), reason}];
  if (counter == nullptr)
    counter = &verdicts_.Add(
        {{"offering", offering}, {"method", oauth::to_string(method)}, {"reason", reason}});
  counter->Increment();
}

void VerdictMetrics::verified(const std::string& offering, net::SystemTime when) {
  const auto seconds = std::chrono::duration<double>(when.time_since_epoch()).count();
  const net::MutexLock lock(mutex_);
  prometheus::Gauge*& gauge = gauges_[offering];
  if (gauge == nullptr) gauge = &last_verified_.Add({{"offering", offering}});
  gauge->Set(std::max(gauge->Value(), seconds));
}

void VerdictMetrics::keep_only(const std::set<std::string>& offerings) {
  const net::MutexLock lock(mutex_);
  std::erase_if(counters_, [&](const auto& entry) {
    if (offerings.contains(entry.first[0])) return false;
    verdicts_.Remove(entry.second);
    return true;
  });
  std::erase_if(gauges_, [&](const auto& entry) {
    if (offerings.contains(entry.first)) return false;
    last_verified_.Remove(entry.second);
    return true;
  });
}

}  // namespace reconcilers
