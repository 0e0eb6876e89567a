#include "reconcilers/common/serving.h"

#include "api/conditions.h"

namespace reconcilers {

bool is_allowed(const api::Offering& offering, const kube::Namespace* ns) {
  const api::AllowedNamespaces& allowed = offering.spec.allowed_namespaces;
  if (allowed.from == api::NamespacesFrom::All) return true;
  return ns != nullptr && allowed.selector && allowed.selector->matches(ns->metadata.labels);
}

bool was_served_before(const api::Integration& integration, const api::Offering& offering) {
  if (kube::is_true(integration.status.conditions, api::condition::offering_available)) return true;
  return integration.metadata.creation_timestamp &&
         *integration.metadata.creation_timestamp < *offering.metadata.deletion_timestamp;
}

bool serves(const api::Offering& offering, const api::Integration& integration,
            const kube::Namespace* ns) {
  return is_allowed(offering, ns) &&
         (!offering.metadata.being_deleted() || was_served_before(integration, offering));
}

}  // namespace reconcilers
