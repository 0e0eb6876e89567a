// Bearer tokens in requests to the API server.
#pragma once

#include <string_view>

#include "net/secret_string.h"

namespace kube {

// Whether `text` may follow "Bearer " (RFC 6750 2.1, read generously: any visible ASCII).
bool is_bearer_token(std::string_view text);

// The value of the Authorization header; empty for an empty token.
net::SecretString bearer(std::string_view token);

}  // namespace kube
