// Metrics of the present state: docs/metrics.md explains them. Every replica follows all objects,
// so each one reports this, whether it leads or not.
#pragma once

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "net/mutex.h"

namespace op {

// Thread-safe. Refers to the registry, which outlives it.
class StateMetrics {
 public:
  explicit StateMetrics(prometheus::Registry& registry);
  // integration_operator_integrations{offering,phase,reason} and
  // integration_operator_oldest_verified_timestamp_seconds{offering}. Called for every change: a
  // new object, a changed one, and a deleted one.
  void changed(const api::Integration* before, const api::Integration* after);
  // integration_operator_verification_interval_seconds{offering}. Likewise.
  void changed(const api::Offering* before, const api::Offering* after);

 private:
  using Group = std::array<std::string, 3>;  // offering, phase, reason
  static Group group_of(const api::Integration& integration);
  void add(const Group& group, double count) NET_REQUIRES(mutex_);
  void tell_oldest(const std::string& offering) NET_REQUIRES(mutex_);

  net::Mutex mutex_;
  prometheus::Family<prometheus::Gauge>& integrations_;
  prometheus::Family<prometheus::Gauge>& intervals_;
  prometheus::Family<prometheus::Gauge>& oldest_;
  std::map<Group, prometheus::Gauge*> groups_ NET_GUARDED_BY(mutex_);  // none of them is empty
  // The times of the last verifications of Integrations with a proof, in Unix time; by Offering.
  std::map<std::string, std::multiset<double>> verified_ NET_GUARDED_BY(mutex_);
};

}  // namespace op
