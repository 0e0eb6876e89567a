// Which changes of other objects concern Integrations. Pure.
#pragma once

#include "api/offering.h"
#include "kube/core.h"

namespace reconcilers {

// Returns whether the change touches an input of offering_available(), of scopes_valid() or of a
// verification. Other changes (an annotation, a finalizer, the time of the next discovery)
// reconcile no Integration: an Offering may have 100,000 of them.
bool concerns_integrations(const api::Offering& before, const api::Offering& after);

bool concerns_integrations(const kube::Namespace& before, const kube::Namespace& after);

}  // namespace reconcilers
