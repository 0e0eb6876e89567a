#include "operator/verify_conclusion.h"

#include <utility>

#include "api/conditions.h"
#include "net/crypto.h"
#include "reconcilers/common/status_text.h"
#include "reconcilers/integration/decide.h"
#include "reconcilers/offering/decide.h"

namespace op {

namespace {

using kube::Condition;
using kube::ConditionStatus;
namespace condition = api::condition;
namespace reason = api::reason;

// In reading order: the summary, then its parts.
constexpr std::array kShown = {condition::ready,
                               condition::offering_available,
                               condition::scopes_valid,
                               condition::credentials_present,
                               condition::credentials_verified,
                               condition::callback_registered};

reconcilers::CredentialsReading read_secret(const VerifyOptions& options,
                                            const net::SecretString& secret,
                                            const std::string& secret_name) {
  reconcilers::CredentialsReading reading;
  reading.condition = {.type = condition::credentials_present,
                       .status = ConditionStatus::False,
                       .reason = reason::invalid_characters,
                       .message = {}};
  if (secret.empty()) {
    reading.condition.reason = reason::key_not_found;
    reading.condition.message = "The client secret of " + secret_name + " is empty.";
  } else if (const std::string wrong = reconcilers::what_is_wrong_with(secret.reveal());
             !wrong.empty()) {
    reading.condition.message = "The client secret of " + secret_name + " " + wrong + ".";
  } else {
    reading.condition.status = ConditionStatus::True;
    reading.condition.reason = reason::present;
    reading.condition.message = "Client id and secret are there.";
    reading.credentials = {options.client_id, {{"client_secret", secret}}};
  }
  return reading;
}

std::string reason_of(const kube::Conditions& conditions, const char* type) {
  const Condition* found = kube::find_condition(conditions, type);
  return found == nullptr ? "" : found->reason;
}

// Ready's reason is the first one that keeps the Integration from being Configured.
Outcome outcome_of(const kube::Conditions& conditions, const api::Offering& offering) {
  const std::string why = reason_of(conditions, condition::ready);
  if (why == reason::configured || why == reason::configured_callback_unproven)
    return Outcome::Verified;
  if (why == reason::provider_unreachable) return Outcome::Unreachable;
  if (why == reason::grant_not_allowed) return Outcome::GrantNotAllowed;
  if (why == reason::missing_required_scopes || why == reason::scopes_not_offered ||
      why == reason::scopes_rejected_by_provider)
    return Outcome::ScopesRejected;
  if (why == reason::key_not_found || why == reason::invalid_characters)
    return Outcome::InvalidCredentials;
  if (why == reason::rejected)
    return reason_of(conditions, condition::credentials_verified) == reason::rejected
               ? Outcome::CredentialsRejected
               : Outcome::CallbackRejected;
  if (why == reason::offering_not_ready)
    return reason_of(offering.status.conditions, condition::ready) == reason::provider_unreachable
               ? Outcome::Unreachable
               : Outcome::OfferingNotReady;
  return Outcome::Unverifiable;  // also where the Offering lets it pass (ConfiguredUnverified)
}

}  // namespace

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Verified:
      return "Verified";
    case Outcome::InvalidCredentials:
      return "InvalidCredentials";
    case Outcome::CredentialsRejected:
      return "CredentialsRejected";
    case Outcome::CallbackRejected:
      return "CallbackRejected";
    case Outcome::ScopesRejected:
      return "ScopesRejected";
    case Outcome::GrantNotAllowed:
      return "GrantNotAllowed";
    case Outcome::Unverifiable:
      return "Unverifiable";
    case Outcome::Unreachable:
      return "Unreachable";
    case Outcome::OfferingNotReady:
      return "OfferingNotReady";
  }
  return "";
}

const char* meaning(Outcome outcome) {
  switch (outcome) {
    case Outcome::Verified:
      return "the provider accepts the credentials, and does not refuse the callback URL";
    case Outcome::InvalidCredentials:
      return "this cannot be a client secret (a newline at its end?); nobody was asked";
    case Outcome::CredentialsRejected:
      return "the provider does not accept this client id with this secret";
    case Outcome::CallbackRejected:
      return "the callback URL is not registered at the provider";
    case Outcome::ScopesRejected:
      return "the Offering or the provider refuses the scopes";
    case Outcome::GrantNotAllowed:
      return "the client may not use the authorization code grant";
    case Outcome::Unverifiable:
      return "the provider's answers prove nothing";
    case Outcome::Unreachable:
      return "no usable answer for now; try again later";
    case Outcome::OfferingNotReady:
      return "the issuer's metadata is not there, is wrong, or leads to other hosts";
  }
  return "";
}

int exit_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::Verified:
      return 0;
    case Outcome::InvalidCredentials:
      return 2;
    case Outcome::CredentialsRejected:
      return 3;
    case Outcome::CallbackRejected:
      return 4;
    case Outcome::ScopesRejected:
      return 5;
    case Outcome::GrantNotAllowed:
      return 6;
    case Outcome::Unverifiable:
      return 7;
    case Outcome::Unreachable:
      return 8;
    case Outcome::OfferingNotReady:
      return 9;
  }
  return 1;
}

api::Offering with_status(api::Offering offering,
                          std::optional<net::Result<oauth::Metadata>> discovered,
                          const std::string& callback_url, net::SystemTime now) {
  offering.spec.allowed_namespaces = {};
  offering.status = reconcilers::decide(offering,
                                        {.callback_url = callback_url,
                                         .discovered = std::move(discovered),
                                         .users = {},
                                         .next_try = std::nullopt},
                                        now)
                        .status;
  return offering;
}

Case make_case(const VerifyOptions& options, api::Offering offering,
               const net::SecretString& secret, const std::string& secret_name) {
  Case made;
  made.offering = std::move(offering);
  made.integration.metadata.generation = 1;
  made.integration.spec.offering = made.offering.metadata.name;
  made.integration.spec.scopes =
      options.scopes.empty() ? made.offering.spec.scopes.required : options.scopes;
  // The key has no use here: no verdict is kept.
  made.picture = reconcilers::assess(
      made.integration, &made.offering, nullptr, read_secret(options, secret, secret_name),
      options.callback_url, net::SecretString{net::random_bytes(32)});
  return made;
}

Conclusion conclude(const Case& the_case, const std::optional<oauth::VerificationReport>& report,
                    net::SystemTime now) {
  reconcilers::Progress progress;
  progress.report = report;
  const api::IntegrationStatus status =
      reconcilers::decide(the_case.integration, the_case.picture.assessment, progress, now).status;
  Conclusion conclusion{outcome_of(status.conditions, the_case.offering), status.phase, {}};
  for (const char* type : kShown) {
    const Condition* found = kube::find_condition(status.conditions, type);
    if (found == nullptr) continue;
    conclusion.conditions.push_back(*found);
    conclusion.conditions.back().message = reconcilers::without_tail(found->message);
  }
  return conclusion;
}

}  // namespace op
