// The client's credentials as they lie in the Secret. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/integration.h"
#include "kube/core.h"
#include "oauth/verification/verifier.h"

namespace reconcilers {

struct Credentials {
  std::string client_id;
  std::vector<oauth::NamedSecret> secrets;  // the current one first
};

struct CredentialsReading {
  std::optional<Credentials> credentials;  // nothing where the condition is False
  kube::Condition condition;               // CredentialsPresent
};

// Longer client ids and secrets are not read: status.clientID would not hold them, and each byte
// costs where a provider's words are searched for them.
inline constexpr std::size_t kMostCredentialBytes = 4096;

// Client ids and secrets are made of VSCHAR, %x20-7E (RFC 6749 A.1, A.2). Says what else is there,
// and where, without a word of the value itself: "ends with a newline, …"; empty where all is well.
std::string what_is_wrong_with(std::string_view value);

// Returns the reading of a Secret that the operator may not read. `refusal` is the API server's own
// word.
CredentialsReading not_permitted(const api::Integration& integration, const std::string& refusal);

// `secret` is null where the Secret does not exist.
CredentialsReading read_credentials(const api::Integration& integration,
                                    const kube::Secret* secret);

}  // namespace reconcilers
