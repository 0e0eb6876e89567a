// The Integration controller's memory of each Integration between two reconciles: decisions and
// hashes, never a secret.
#pragma once

#include <optional>
#include <string>

#include "api/integration.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/secret_string.h"
#include "oauth/verification/verifier.h"
#include "reconcilers/common/status_memory.h"
#include "reconcilers/integration/decide.h"

namespace reconcilers {

// Which Secret: uid and version are empty where there is none.
struct SecretIdentity {
  std::string uid, version;
  bool exists() const { return !uid.empty(); }
  bool operator==(const SecretIdentity&) const = default;
};

// The last look at a Secret, and what came of it. As long as it holds, the Secret is not read.
struct Look {
  SecretIdentity seen;  // in the cache of metadata
  SecretIdentity read;  // from the API server
  std::string inputs;   // a digest of all else that the hash is made of
  kube::Condition credentials_present;
  std::optional<oauth::InputHash> hash;
  // Only while its verification is under way, which has it, too: it may be a secret in the wrong
  // place.
  net::SecretString client_id;
  std::optional<net::SteadyTime> until;  // a look that was not permitted is repeated then

  bool holds(const SecretIdentity& seen_now, const std::string& inputs_now,
             net::SteadyTime now) const {
    if (inputs != inputs_now || (until && now >= *until)) return false;
    // The Secret that was read may be ahead of the cache.
    if (seen_now.exists() && seen_now.uid == read.uid &&
        !kube::older_resource_version(read.version, seen_now.version))
      return true;
    // A Secret that was there though the cache did not have it may have come and gone since.
    return seen_now == seen && (seen.exists() || !read.exists());
  }
};

// Of one Integration (one uid).
struct Known {
  StatusMemory<api::Integration> status;
  std::optional<Look> look;
  int refusals = 0;  // how often in a row the Secret could not be read for want of rights
  bool said_unknown_pause = false;  // the Event about it; until the annotation is another
  bool offering_absent = false;     // by the API server's word; until the cache has the Offering
  std::optional<Attempt> attempt;
};

}  // namespace reconcilers
