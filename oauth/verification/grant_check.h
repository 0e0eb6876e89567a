// May the client use the authorization code grant? Nobody connects through one that may not,
// however right its secret is.
#pragma once

#include <optional>
#include <string>

#include "oauth/verification/callback_check.h"
#include "oauth/verification/credentials_check.h"
#include "oauth/verification/probe.h"

namespace oauth {

struct GrantFinding {
  CredentialsOutcome outcome = CredentialsOutcome::GrantNotAllowed;  // or Unverifiable
  std::string message;
};

// What stands in the way of users although the credentials may be right; nothing where nothing was
// said. `credentials` are Verified or Unverifiable, and all are of the same probe. Where the secret
// was verified without an authorization code, one is sent: some servers take pushed requests of
// clients that get no codes (fosite). A refusal of the client in answer to that is Unverifiable:
// the secret is right, so that it is about something else. Blocks.
std::optional<GrantFinding> check_grant(Probe& probe, const CredentialsFinding& credentials,
                                        const CallbackFinding& callback);

}  // namespace oauth
