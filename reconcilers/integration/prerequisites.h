// The conditions that come before a question to the provider: the Offering and the scopes. Pure.
#pragma once

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "kube/meta.h"

namespace reconcilers {

// OfferingAvailable. `offering` and `ns` are null where they do not exist (or are not cached yet).
kube::Condition offering_available(const api::Integration& integration,
                                   const api::Offering* offering, const kube::Namespace* ns);

// The Offering was edited and its own controller has not judged the edit yet: its endpoints and its
// spec do not belong together. Its Integrations wait; the Offering's next status wakes them.
bool offering_in_transition(const api::Offering& offering);

// ScopesValid, as far as the Offering decides it.
kube::Condition scopes_valid(const api::Integration& integration, const api::Offering& offering);

}  // namespace reconcilers
