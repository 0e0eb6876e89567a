// Draws `verify`'s conclusion, by the reconcilers' own decisions: the conditions that an
// Integration with these credentials would have in a cluster with this Offering. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "net/clock.h"
#include "net/result.h"
#include "net/secret_string.h"
#include "oauth/protocol/discovery.h"
#include "oauth/verification/verifier.h"
#include "operator/verify_options.h"
#include "reconcilers/integration/assess.h"

namespace op {

// One for each exit code; see docs/verify.md.
enum class Outcome {
  Verified,            // and the callback was not refused
  InvalidCredentials,  // it cannot be a client secret: no provider was asked
  CredentialsRejected,
  CallbackRejected,
  ScopesRejected,
  GrantNotAllowed,
  Unverifiable,
  Unreachable,
  OfferingNotReady,
};
inline constexpr std::array kOutcomes = {
    Outcome::Verified,         Outcome::InvalidCredentials, Outcome::CredentialsRejected,
    Outcome::CallbackRejected, Outcome::ScopesRejected,     Outcome::GrantNotAllowed,
    Outcome::Unverifiable,     Outcome::Unreachable,        Outcome::OfferingNotReady};
const char* to_string(Outcome outcome);
// For the help: half a sentence.
const char* meaning(Outcome outcome);
int exit_code(Outcome outcome);

// Returns the Offering with the endpoints and conditions that its controller would write.
// `discovered`: the result of its issuer's metadata; nothing if it names no issuer. Allowed
// namespaces are a matter of clusters: it assumes that this one is allowed.
api::Offering with_status(api::Offering offering,
                          std::optional<net::Result<oauth::Metadata>> discovered,
                          const std::string& callback_url, net::SystemTime now);

// The verification to do, and its Integration: pending, until there is a report.
struct Case {
  api::Offering offering;
  api::Integration integration;
  reconcilers::Picture picture;
};
// `offering`: of with_status(). The picture's CredentialsPresent reports an empty secret, or one
// with characters that no secret can have. `secret_name` is the name of the secret's source in
// messages.
Case make_case(const VerifyOptions& options, api::Offering offering,
               const net::SecretString& secret, const std::string& secret_name);

struct Conclusion {
  Outcome outcome = Outcome::Unverifiable;
  api::Phase phase = api::Phase::Draft;
  kube::Conditions conditions;  // Ready first; messages do not mention next checks: there are none
};
// `report` is empty if there was nothing to ask. Not for cancelled reports.
Conclusion conclude(const Case& the_case, const std::optional<oauth::VerificationReport>& report,
                    net::SystemTime now);

}  // namespace op
