#include "oauth/verification/grant_check.h"

namespace oauth {
namespace {

GrantFinding refused_by(const std::string& endpoint, const std::string& answer) {
  return {.outcome = CredentialsOutcome::GrantNotAllowed,
          .message = "But " + endpoint + " answered " + answer +
                     ": this client may not use the authorization code grant. Allow it in the "
                     "provider's app settings."};
}

// Users would be sent back with an error. It is mostly the grant, but may be what else is sent.
GrantFinding refused_at_the_door(const std::string& answer) {
  return {.outcome = CredentialsOutcome::GrantNotAllowed,
          .message = "But the authorization endpoint answered " + answer +
                     ", which users would get, too: this client may not use the authorization code "
                     "grant, or may not send what the Offering has it send (pkce, "
                     "authorizationParameters). Allow it in the provider's app settings."};
}

std::optional<GrantFinding> told_by_code(const Reading& code, const CallbackFinding& callback) {
  // The secret is right, so that unauthorized_client is not about it, whatever the status.
  if (code.credentials == CredentialsSign::GrantNotAllowed ||
      code.credentials == CredentialsSign::RefusedOrNotAllowed || code.refuses_grant) {
    return refused_by("the token endpoint", code.summary + " to an authorization code");
  }
  const bool explained = callback.outcome == CallbackOutcome::Rejected;
  if (code.credentials != CredentialsSign::Refused || explained) return std::nullopt;
  return GrantFinding{
      .outcome = CredentialsOutcome::Unverifiable,
      .message = "But the token endpoint answered " + code.summary +
                 " to an authorization code, so that nobody could connect: perhaps this client may "
                 "not use the authorization code grant, or its callback URL is not registered. "
                 "Compare both with the provider's app settings."};
}

}  // namespace

std::optional<GrantFinding> check_grant(Probe& probe, const CredentialsFinding& credentials,
                                        const CallbackFinding& callback) {
  if (!callback.grant_refused.empty()) return refused_at_the_door(callback.grant_refused);
  if (credentials.outcome != CredentialsOutcome::Verified) return std::nullopt;
  if (credentials.code) return told_by_code(*credentials.code, callback);
  if (probe.rate_limited() || probe.request().provider.endpoints.token.empty()) return std::nullopt;
  const Reading code = probe.ask(Method::AuthorizationCode, *credentials.secret);
  if (is_failed_sign_in(code)) probe.count_failed_sign_in();
  return told_by_code(code, callback);
}

}  // namespace oauth
