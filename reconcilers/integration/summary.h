// Ready, Stalled, Reconciling and the phase, from the other conditions. Pure.
#pragma once

#include "api/integration.h"
#include "api/offering.h"

namespace reconcilers {

// Sets Ready to the first condition that fails, its reason and message (in the order
// OfferingAvailable, ScopesValid, CredentialsPresent, CredentialsVerified, CallbackRegistered),
// Stalled if only a person can fix the cause, Reconciling if it may end by itself, and the phase:
// Configured exactly while Ready is True.
void summarize(api::IntegrationStatus& status, api::OnUnverifiable on_unverifiable,
               net::SystemTime now);

}  // namespace reconcilers
