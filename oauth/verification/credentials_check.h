// Checks whether the provider knows this client and compares its secret.
#pragma once

#include <optional>
#include <string>

#include "oauth/verification/probe.h"

namespace oauth {

struct CredentialsFinding {
  CredentialsOutcome outcome = CredentialsOutcome::Unverifiable;
  std::string message;
  Method method = Method::None;         // the one that decided, or was used last
  const NamedSecret* secret = nullptr;  // the one that was verified, or used last
  std::string refused_key_message;      // of an earlier secret, if a later one was verified
  std::optional<Reading> code;          // the answer to an authorization code, if one was sent
  bool control_made = false;            // in this check: the method was seen to refuse a secret
  std::string control_answer;           // the refusal, Answer::summary(), if there was one
  std::optional<Reading> reading;       // the answer to `method` with `secret`
  std::optional<Reading> pushed;        // the answer to the pushed request with `secret`
};

// Tries the request's secrets in order; the first one that is not refused decides. Blocks.
CredentialsFinding check_credentials(Probe& probe);

// An authorization code was refused. Some providers (django-oidc-provider, @jmondi/oauth2-server)
// also refuse it for an unregistered callback or a disabled grant, and a refresh token has neither.
// Returns Verified if a refresh token proves the secret, `refused` as it is otherwise. Sends at
// most two requests. Blocks.
CredentialsFinding reconsider_without_code(Probe& probe, const CredentialsFinding& refused);

}  // namespace oauth
