#include "reconcilers/offering/controller.h"

#include "kube/watch.h"

namespace reconcilers {

OfferingController::OfferingController(Shared& shared)
    : desk_(shared.scheduler, shared.provider_http, shared.runtime.clock(),
            shared.allow_http_providers,
            [this](const kube::NamespacedName& key) { controller_.queue().add(key); }),
      reconciler_({.client = shared.runtime.client(),
                   .offerings = shared.caches.offerings.store(),
                   .integrations = shared.caches.integrations.store(),
                   .namespaces = shared.caches.namespaces.store(),
                   .desk = desk_,
                   .events = shared.events,
                   .clock = shared.runtime.clock(),
                   .public_url = shared.public_url,
                   .field_manager = shared.field_manager}),
      controller_(shared.runtime.add_controller(
          "offering", reconciler_,
          {.max_concurrent_reconciles = shared.max_concurrent_reconciles})) {
  fill_caches(shared);
  watch(shared);
}

void OfferingController::fill_caches(Shared& shared) {
  shared.runtime.add_informers(
      shared.caches.offerings, {},
      {.kept = {.label_prefix = api::label_prefix, .annotation_prefix = api::label_prefix},
       .needed_for = "to serve any Integration"});
  // All labels: Offerings choose Namespaces by them.
  shared.runtime.add_informers(shared.caches.namespaces, {},
                               {.kept = {.annotation_prefix = api::label_prefix,
                                         .finalizers = false,
                                         .owner_references = false},
                                .needed_for = "to know which namespaces an Offering is for"});
}

void OfferingController::watch(Shared& shared) {
  kube::watch(shared.caches.offerings, controller_.queue());
  // An Offering cares whether it is used, not by which Integration; but one that is being deleted
  // waits only for the Integrations it serves.
  kube::watch(
      shared.caches.integrations, controller_.queue(),
      [](const api::Integration& integration) {
        return kube::Keys{{"", integration.spec.offering}};
      },
      [&offerings = shared.caches.offerings.store()](const api::Integration&,
                                                     const api::Integration& after) {
        const auto offering = offerings.get({"", after.spec.offering});
        return offering && offering->metadata.being_deleted();
      });
}

}  // namespace reconcilers
