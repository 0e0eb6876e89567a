// The outcomes of verifications, as metrics. docs/metrics.md explains them. Their labels name
// Offerings and closed lists of ours, never an Integration, a client or a provider's word: as many
// series as there are Offerings, times the few methods and reasons that occur.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <set>
#include <string>

#include "net/clock.h"
#include "net/mutex.h"
#include "oauth/verification/verifier.h"
#include "reconcilers/integration/decide.h"

namespace reconcilers {

// The reason that a finished verification is counted under: that of Ready, or what kept it from
// giving a verdict. Pure.
std::string verdict_reason(const oauth::VerificationReport& report, const Decision& decision);

// Thread-safe. Refers to the registry, which outlives it.
class VerdictMetrics {
 public:
  explicit VerdictMetrics(prometheus::Registry& registry);
  // integration_operator_verdicts_total{offering,method,reason}: a verification has ended.
  void verdict(const std::string& offering, oauth::Method method, const std::string& reason);
  // integration_operator_last_verified_timestamp_seconds{offering}: an Integration's credentials
  // were Verified then; the latest such time counts.
  void verified(const std::string& offering, net::SystemTime when);
  // Removes the series of all other Offerings.
  void keep_only(const std::set<std::string>& offerings);

 private:
  using Verdict = std::array<std::string, 3>;  // offering, method, reason
  net::Mutex mutex_;
  prometheus::Family<prometheus::Counter>& verdicts_;
  prometheus::Family<prometheus::Gauge>& last_verified_;
  std::map<Verdict, prometheus::Counter*> counters_ NET_GUARDED_BY(mutex_);
  std::map<std::string, prometheus::Gauge*> gauges_ NET_GUARDED_BY(mutex_);
};

}  // namespace reconcilers
