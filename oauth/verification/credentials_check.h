// Does the provider know this client, and does it look at the secret?
#pragma once

#include <optional>
#include <string>

#include "oauth/verification/probe.h"

namespace oauth {

struct CredentialsFinding {
  CredentialsOutcome outcome = CredentialsOutcome::Unverifiable;
  std::string message;
  Method method = Method::None;         // the one that decided, or was asked last
  const NamedSecret* secret = nullptr;  // the one that was verified, or asked last
  std::string refused_key_message;      // of an earlier secret, where a later one was verified
  std::optional<Reading> code;          // what an authorization code was answered, if it was asked
  bool control_made = false;            // in this check: the method was seen to refuse a secret
  std::string control_answer;           // how it did, Answer::summary(), where it was
  std::optional<Reading> reading;       // what `method` was answered with `secret`
  std::optional<Reading> pushed;        // what the pushed request with `secret` was answered
};

// Tries the request's secrets in order; the first that is not refused decides. Blocks.
CredentialsFinding check_credentials(Probe& probe);

// An authorization code was answered with a refusal, and so would be a callback that is not
// registered, or a grant that is off, at some providers (django-oidc-provider,
// @jmondi/oauth2-server): a refresh token has neither. Verified where that tells, else `refused` as
// it is. Asks at most two questions. Blocks.
CredentialsFinding reconsider_without_code(Probe& probe, const CredentialsFinding& refused);

}  // namespace oauth
