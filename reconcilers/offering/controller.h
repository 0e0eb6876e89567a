// All that reconciles Offerings, put together.
#pragma once

#include "kube/controller.h"
#include "reconcilers/common/shared.h"
#include "reconcilers/offering/discovery_desk.h"
#include "reconcilers/offering/reconciler.h"

namespace reconcilers {

// Adds itself to the runtime of `shared`, fills the caches of Offerings and of the Namespaces that
// they are for, and watches what concerns an Offering. Outlives run().
class OfferingController {
 public:
  explicit OfferingController(Shared& shared);

 private:
  void fill_caches(Shared& shared);
  void watch(Shared& shared);

  DiscoveryDesk desk_;
  OfferingReconciler reconciler_;
  kube::Controller& controller_;
};

}  // namespace reconcilers
