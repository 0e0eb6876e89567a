// The operator's own metrics, beside those of the runtime and of its controllers: docs/metrics.md
// explains them.
#pragma once

#include <prometheus/registry.h>

#include "kube/metrics.h"
#include "operator/provider_metrics.h"
#include "operator/state_metrics.h"
#include "reconcilers/common/shared.h"

namespace op {

// Refers to the registry, which outlives it.
class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry)
      : providers(registry), events(registry), web(registry, "web"), state_(registry) {}

  // Counts the caches' objects from now on, and removes the series of deleted objects. Call it
  // before the caches are filled; outlives their informers.
  void follow(reconcilers::Caches& caches);

  ProviderMetrics providers;
  kube::EventMetrics events;
  kube::HttpServerMetrics web;

 private:
  void keep_hosts_of(const kube::Store<api::Offering>& offerings);

  StateMetrics state_;
};

}  // namespace op
