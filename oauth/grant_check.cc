#include "oauth/grant_check.h"

namespace oauth {
namespace {

std::string refused_by(const std::string& endpoint, const std::string& answer) {
  return "But " + endpoint + " answered " + answer +
         ": this client may not use the authorization code grant. Allow it in the provider's app "
         "settings.";
}

}  // namespace

std::optional<std::string> grant_refusal(Probe& probe, const CredentialsFinding& credentials,
                                         const CallbackFinding& callback) {
  if (callback.grant_not_allowed)
    return refused_by("the authorization endpoint", "unauthorized_client");
  const bool verified = credentials.outcome == CredentialsOutcome::Verified;
  if (!verified || credentials.code_was_asked || probe.rate_limited() ||
      probe.request().provider.endpoints.token.empty()) {
    return std::nullopt;
  }
  const Reading code = probe.ask(Method::AuthorizationCode, *credentials.secret);
  // The secret is right, so that unauthorized_client is not about it, whatever the status.
  if (code.credentials != CredentialsSign::GrantNotAllowed &&
      code.credentials != CredentialsSign::RefusedOrNotAllowed) {
    return std::nullopt;
  }
  return refused_by("the token endpoint", code.summary + " to an authorization code");
}

}  // namespace oauth
