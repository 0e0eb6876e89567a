// All that reconciles Integrations, put together.
#pragma once

#include "kube/controller.h"
#include "kube/pacer.h"
#include "reconcilers/common/shared.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/integration/verdict_metrics.h"
#include "reconcilers/integration/verification_desk.h"

namespace reconcilers {

// Adds itself to the runtime of `shared`, fills the caches of Integrations and of Secrets in the
// watched namespaces, and watches what concerns an Integration. Outlives run().
class IntegrationController {
 public:
  explicit IntegrationController(Shared& shared);

 private:
  void fill_caches(Shared& shared);
  void watch(Shared& shared);
  void watch_offerings(Caches& caches);
  void watch_secrets(Caches& caches);
  void watch_namespaces(Caches& caches);
  void keep_metrics_of(const kube::Store<api::Offering>& offerings);

  VerdictMetrics metrics_;
  VerificationDesk desk_;
  IntegrationReconciler reconciler_;
  kube::Controller& controller_;
  kube::Pacer secret_pacer_;
};

}  // namespace reconcilers
