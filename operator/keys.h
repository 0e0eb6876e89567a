// The operator's own key: one Secret in its namespace. Each purpose derives its own key from it
// (HKDF).
//
// The leader creates a missing Secret. A standby that needs the key before it serves waits until
// the leader has created the Secret:
//
//   auto key = await_key(runtime.client_of_every_replica(), ns, IfMissing::Wait, clock, stop);
#pragma once

#include <stop_token>
#include <string>

#include "kube/client.h"
#include "net/clock.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace op {

inline constexpr const char* keys_secret_name = "integration-operator-keys";

// The action for a missing Secret.
enum class IfMissing {
  Create,  // the leader's, with its fenced client
  Wait,    // any other replica's: it only reads
};

// Reads the key, once. If the Secret does not exist: creates it by POST, and after a 409 reads the
// faster replica's; or returns NotFound. An existing Secret without a key of 32 bytes is Invalid:
// it is never overwritten, since kept verdicts depend on it.
net::Result<net::SecretString> load_key(kube::Client& client, const std::string& ns,
                                        IfMissing missing, std::stop_token stop);

// Retries load_key() until it succeeds or `stop` is requested (Cancelled), after 1 s at first and
// at most each 30 s (each 2 s while it waits for the leader): a missing right may be granted at any
// time. Logs each kind of failure once. Only a Secret without a proper key ends it (Invalid): a
// person has to delete that one.
net::Result<net::SecretString> await_key(kube::Client& client, const std::string& ns,
                                         IfMissing missing, net::Clock& clock,
                                         std::stop_token stop);

// Identifies an install's key in logs, and reveals nothing else about it: 8 hexadecimal digits.
std::string fingerprint(const net::SecretString& key);

}  // namespace op
