// May the client use the authorization code grant? Nobody connects through one that may not,
// however right its secret is.
#pragma once

#include <optional>
#include <string>

#include "oauth/callback_check.h"
#include "oauth/credentials_check.h"
#include "oauth/probe.h"

namespace oauth {

// The provider's word that it may not, as a sentence; nothing where it did not say so.
// `credentials` are Verified or Unverifiable, and both are of the same probe. Asks only where the
// secret was verified without an authorization code: some servers take pushed requests of clients
// that get no codes (fosite). No answer means anything else here, since it has no control. Blocks.
std::optional<std::string> grant_refusal(Probe& probe, const CredentialsFinding& credentials,
                                         const CallbackFinding& callback);

}  // namespace oauth
