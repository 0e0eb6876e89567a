// When a kept verdict is made again. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "kube/meta.h"
#include "net/clock.h"

namespace reconcilers {

// The kind of a verdict, which decides how long it is kept.
enum class VerdictKind {
  Good,                // verified, callback accepted or not checkable
  CredentialsRefused,  // a person mends the Secret (a new verification at once) or the provider's
                       // side; each try is a failed sign-in that may lock the client out, and so is
                       // an unverifiable one's control
  RegistrationRefused,  // callback, scopes or grant: mended at the provider, usually within
                        // minutes; no failed sign-in
};

// The kind that these conditions record; nothing if they hold no verdict.
std::optional<VerdictKind> verdict_kind(const kube::Conditions& conditions);

// How long a verdict is kept from when it was last given. `age`: from when it was first given to
// when it was last given.
//   RegistrationRefused: 15 s, doubling to 5 min, for 24 h; then `interval`
//   CredentialsRefused: 30 s, 2 min, 10 min; then `interval`
//   Good: `interval`, up to a tenth earlier by `uid`, so that what was verified together does not
//   stay together
net::Duration keep_for(VerdictKind kind, net::Duration age, net::Duration interval,
                       std::string_view uid);

}  // namespace reconcilers
