// The operator's own key: one Secret in its namespace, made by whoever comes first. Each purpose
// derives its own key from it (HKDF).
#pragma once

#include <stop_token>
#include <string>

#include "kube/client.h"
#include "net/clock.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace op {

inline constexpr const char* keys_secret_name = "integration-operator-keys";

// Reads it, or makes it by POST and, where another replica was faster (409), reads the other's. An
// existing Secret without a key of 32 bytes is an error: it is never overwritten, since kept
// verdicts depend on it.
net::Result<net::SecretString> load_or_create_key(kube::Client& client, const std::string& ns,
                                                  std::stop_token stop);

// load_or_create_key(), retried until it succeeds or `stop` is requested (Cancelled), after 1 s at
// first and at most each 30 s: a right that is missing may be granted any time. Each kind of
// failure is logged once. Only a Secret without a proper key is an error (Invalid): it takes a
// person to delete it.
net::Result<net::SecretString> await_key(kube::Client& client, const std::string& ns,
                                         net::Clock& clock, std::stop_token stop);

// Tells one install's key from another's in logs, and says nothing else about it: 8 hexadecimal
// digits.
std::string fingerprint(const net::SecretString& key);

}  // namespace op
