// Which changes of other objects concern Integrations. Pure.
#pragma once

#include "api/offering.h"
#include "kube/core.h"

namespace reconcilers {

// What offering_available(), scopes_valid() and the inputs of a verification look at. The rest (an
// annotation, a finalizer, when a failed discovery is tried again) costs nobody a look: an Offering
// may have 100,000 Integrations.
bool concerns_integrations(const api::Offering& before, const api::Offering& after);

bool concerns_integrations(const kube::Namespace& before, const kube::Namespace& after);

}  // namespace reconcilers
