#include "oauth/verification/grant_check.h"

#include "oauth/verification/messages.h"

namespace oauth {
namespace {

GrantFinding not_allowed(MessageId id, const std::string& answer) {
  return {.outcome = CredentialsOutcome::GrantNotAllowed, .message = text_quoting(id, answer)};
}

std::optional<GrantFinding> told_by_code(const Reading& code, const CallbackFinding& callback) {
  // The secret is right, so unauthorized_client is not about it, whatever the status.
  if (code.credentials == CredentialsSign::GrantNotAllowed ||
      code.credentials == CredentialsSign::RefusedOrNotAllowed || code.refuses_grant) {
    return not_allowed(MessageId::CodesNotAllowed, code.summary);
  }
  const bool explained = callback.outcome == CallbackOutcome::Rejected;
  if (code.credentials != CredentialsSign::Refused || explained) return std::nullopt;
  return GrantFinding{.outcome = CredentialsOutcome::Unverifiable,
                      .message = text_quoting(MessageId::CodesRefused, code.summary)};
}

}  // namespace

std::optional<GrantFinding> check_grant(Probe& probe, const CredentialsFinding& credentials,
                                        const CallbackFinding& callback) {
  // Users would come back with an error. Mostly the grant causes it, but other parameters may.
  if (!callback.grant_refused.empty())
    return not_allowed(MessageId::AuthorizationRefused, callback.grant_refused);
  if (credentials.outcome != CredentialsOutcome::Verified) return std::nullopt;
  if (credentials.code) return told_by_code(*credentials.code, callback);
  if (probe.rate_limited() || probe.request().provider.endpoints.token.empty()) return std::nullopt;
  const Reading code = probe.ask(Method::AuthorizationCode, *credentials.secret);
  if (is_failed_sign_in(code)) probe.count_failed_sign_in();
  return told_by_code(code, callback);
}

}  // namespace oauth
