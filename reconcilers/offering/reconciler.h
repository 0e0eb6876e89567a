// The Offering controller's effects: has the provider's metadata read, keeps the finalizer while
// Integrations use the Offering, writes the status.
#pragma once

#include <optional>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/controller.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/finalizer.h"
#include "kube/store.h"
#include "net/clock.h"
#include "reconcilers/common/per_uid.h"
#include "reconcilers/common/status_memory.h"
#include "reconcilers/common/status_writer.h"
#include "reconcilers/offering/decide.h"
#include "reconcilers/offering/discovery_desk.h"

namespace reconcilers {

class OfferingReconciler : public kube::Reconciler {
 public:
  struct Dependencies {
    kube::Client& client;
    const kube::Store<api::Offering>& offerings;
    const kube::Store<api::Integration>& integrations;  // with add_integration_indexes()
    const kube::Store<kube::Namespace>& namespaces;
    DiscoveryDesk& desk;
    kube::EventRecorder& events;
    net::Clock& clock;
    std::string public_url;
    std::string field_manager;
  };
  explicit OfferingReconciler(Dependencies dependencies);

  net::Result<kube::ReconcileResult> reconcile(const kube::NamespacedName& key,
                                               const kube::ReconcileContext& context) override;

 private:
  struct Failure {
    int count = 0;
    std::int64_t generation = 0;
    net::SystemTime tried{};
    net::SystemTime next{};
    // A try in the future comes from a wrong clock.
    bool holds(std::int64_t of_generation, net::SystemTime now) const {
      return generation == of_generation && tried <= now && now < next;
    }
  };
  struct Known {
    StatusMemory<api::Offering> status;
    std::optional<Failure> failure;  // of its discovery
  };
  using View = StatusMemory<api::Offering>::View;

  std::size_t served_by(const api::Offering& offering) const;
  net::Result<api::Offering> settle_finalizer(const api::Offering& offering, bool in_use,
                                              std::stop_token stop);
  // False where the answer is still to come.
  bool discover(const api::Offering& offering, Known& known, OfferingView& view);
  void remember_failure(const api::Offering& offering, Known& known, OfferingView& view) const;

  Dependencies use_;
  StatusWriter<api::Offering> writer_;
  PerUid<Known> memory_;
};

}  // namespace reconcilers
