// Which Integrations an Offering is for. Pure.
#pragma once

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"

namespace reconcilers {

// May Integrations of that namespace use the Offering? `ns` is null where it is not known.
bool is_allowed(const api::Offering& offering, const kube::Namespace* ns);

// An Integration that the Offering, which is being deleted, served before its deletion began: it is
// served until it is deleted itself.
bool was_served_before(const api::Integration& integration, const api::Offering& offering);

// Both: is this Integration one of those that a deletion of the Offering waits for?
bool serves(const api::Offering& offering, const api::Integration& integration,
            const kube::Namespace* ns);

}  // namespace reconcilers
