// Checks whether the client may use the authorization code grant. Without it no user can connect,
// even with the right secret.
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

// Returns the obstacle for users of a client whose credentials may be right; nothing if the
// provider named none. `credentials` are Verified or Unverifiable, and all are of the same probe.
// If the secret was verified without an authorization code, this sends one: some servers accept
// pushed requests of clients that get no codes (fosite). If that answer refuses the client, the
// result is Unverifiable: the secret is right, so the refusal is about something else. Blocks.
std::optional<GrantFinding> check_grant(Probe& probe, const CredentialsFinding& credentials,
                                        const CallbackFinding& callback);

}  // namespace oauth
