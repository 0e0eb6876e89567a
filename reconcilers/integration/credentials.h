// The client's credentials as they lie in the Secret. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/integration.h"
#include "kube/core.h"
#include "oauth/verifier.h"

namespace reconcilers {

struct Credentials {
  std::string client_id;
  std::vector<oauth::NamedSecret> secrets;  // the current one first
};

struct CredentialsReading {
  std::optional<Credentials> credentials;  // nothing where the condition is False
  kube::Condition condition;               // CredentialsPresent
};

// `secret` is null where the Secret does not exist.
CredentialsReading read_credentials(const api::Integration& integration,
                                    const kube::Secret* secret);

}  // namespace reconcilers
