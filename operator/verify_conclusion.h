// What `verify` concludes, by the reconcilers' own decisions: the conditions that an Integration
// with these credentials would have in a cluster with this Offering. Pure.
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
  InvalidCredentials,  // what cannot be a client secret: nobody was asked
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

// The Offering as its controller would have it: with endpoints and conditions. `discovered`: what
// its issuer's metadata said; nothing where it names no issuer. Which namespaces it allows is a
// matter of clusters: it is taken to allow this one.
api::Offering with_status(api::Offering offering,
                          std::optional<net::Result<oauth::Metadata>> discovered,
                          const std::string& callback_url, net::SystemTime now);

// What is to be asked, and the Integration that would ask it: pending, until there is a report.
struct Case {
  api::Offering offering;
  api::Integration integration;
  reconcilers::Picture picture;
};
// `offering`: of with_status(). An empty secret, or one with characters that no secret can have, is
// in the picture's CredentialsPresent. `secret_name` is what messages call where it came from.
Case make_case(const VerifyOptions& options, api::Offering offering,
               const net::SecretString& secret, const std::string& secret_name);

struct Conclusion {
  Outcome outcome = Outcome::Unverifiable;
  api::Phase phase = api::Phase::Draft;
  kube::Conditions conditions;  // Ready first; messages say nothing of next checks: there are none
};
// `report` is nothing where nothing was to be asked. Not for cancelled ones.
Conclusion conclude(const Case& the_case, const std::optional<oauth::VerificationReport>& report,
                    net::SystemTime now);

}  // namespace op
