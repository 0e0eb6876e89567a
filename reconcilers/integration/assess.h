// The facts about an Integration before its provider is asked, and the request to the provider.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "net/secret_string.h"
#include "oauth/verification/verifier.h"
#include "reconcilers/integration/credentials.h"
#include "reconcilers/integration/decide.h"

namespace reconcilers {

// An Assessment and what a verification of it would ask.
struct Picture {
  Assessment assessment;
  std::optional<oauth::VerificationRequest> request;  // nothing where assessment.hash is nothing
};

// `offering` and `ns` are null where they do not exist. `hash_key` is the key of kept verdicts.
Picture assess(const api::Integration& integration, const api::Offering* offering,
               const kube::Namespace* ns, CredentialsReading credentials,
               const std::string& callback_url, const net::SecretString& hash_key);

}  // namespace reconcilers
