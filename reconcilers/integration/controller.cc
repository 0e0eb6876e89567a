#include "reconcilers/integration/controller.h"

#include <set>
#include <string>

#include "kube/watch.h"
#include "reconcilers/integration/concerns.h"

namespace reconcilers {

namespace {

// From the name of an object to the Integrations that an index has for it.
auto users_by(const char* index, const kube::InformerSet<api::Integration>& integrations) {
  return [index, &store = integrations.store()](const kube::NamespacedName& name) {
    return store.keys_by_index(index, name.to_string());
  };
}

}  // namespace

IntegrationController::IntegrationController(Shared& shared)
    : metrics_(shared.runtime.registry()),
      desk_(shared.scheduler, shared.provider_http, shared.runtime.clock(),
            [this](const kube::NamespacedName& key) { controller_.queue().add(key); }),
      reconciler_({.client = shared.runtime.client(),
                   .integrations = shared.caches.integrations.store(),
                   .offerings = shared.caches.offerings.store(),
                   .secrets = shared.caches.secrets.store(),
                   .namespaces = shared.caches.namespaces.store(),
                   .desk = desk_,
                   .events = shared.events,
                   .clock = shared.runtime.clock(),
                   .public_url = shared.public_url,
                   .field_manager = shared.field_manager,
                   .metrics = metrics_},
                  shared.hash_key),
      controller_(shared.runtime.add_controller(
          "integration", reconciler_,
          {.max_concurrent_reconciles = shared.max_concurrent_reconciles})),
      secret_pacer_(shared.runtime.clock()) {
  add_integration_indexes(shared.caches.integrations.store());
  fill_caches(shared);
  watch(shared);
}

void IntegrationController::fill_caches(Shared& shared) {
  // Of the annotations and labels in an object's metadata, only our own matter here.
  const kube::KeptMetadata kept{.label_prefix = api::label_prefix,
                                .annotation_prefix = api::label_prefix,
                                .finalizers = false,
                                .owner_references = false};
  shared.runtime.add_informers(shared.caches.integrations, shared.watch_namespaces,
                               {.kept = kept, .needed_for = "to serve the Integrations there"});
  shared.runtime.add_informers(
      shared.caches.secrets, shared.watch_namespaces,
      {.kept = kept, .needed_for = "to see when the credentials of Integrations change"});
}

void IntegrationController::watch(Shared& shared) {
  kube::watch(shared.caches.integrations, controller_.queue());
  watch_offerings(shared.caches);
  watch_secrets(shared.caches);
  watch_namespaces(shared.caches);
}

void IntegrationController::watch_offerings(Caches& caches) {
  caches.offerings.on_change(
      [this, &store = caches.offerings.store()](const auto& change, bool initial) {
        if (!initial && change.after == nullptr) keep_metrics_of(store);
      });
  kube::watch_by_name(caches.offerings, controller_.queue(),
                      users_by(integrations_by_offering, caches.integrations),
                      [](const api::Offering& before, const api::Offering& after) {
                        return concerns_integrations(before, after);
                      });
}

// A Secret may be that of thousands of Integrations: one that changes without a pause is taken up
// now and then.
void IntegrationController::watch_secrets(Caches& caches) {
  caches.secrets.on_change([this](const auto& change, bool) {
    reconciler_.secret_changed((change.after ? change.after : change.before)->metadata.key());
  });
  kube::watch_by_name(
      caches.secrets, controller_.queue(), users_by(integrations_by_secret, caches.integrations),
      [](const auto&, const auto&) { return true; }, &secret_pacer_);
}

void IntegrationController::watch_namespaces(Caches& caches) {
  kube::watch_by_name(caches.namespaces, controller_.queue(),
                      users_by(integrations_by_namespace, caches.integrations),
                      [](const kube::Namespace& before, const kube::Namespace& after) {
                        return concerns_integrations(before, after);
                      });
}

// The series of Offerings that are gone go, too.
void IntegrationController::keep_metrics_of(const kube::Store<api::Offering>& offerings) {
  std::set<std::string> names;
  for (const auto& offering : offerings.list()) names.insert(offering->metadata.name);
  metrics_.keep_only(names);
}

}  // namespace reconcilers
