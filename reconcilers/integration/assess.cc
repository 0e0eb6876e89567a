#include "reconcilers/integration/assess.h"

#include <utility>

#include "api/conditions.h"
#include "reconcilers/integration/messages.h"
#include "reconcilers/integration/prerequisites.h"

namespace reconcilers {

namespace {

oauth::VerificationRequest to_request(const api::Integration& integration,
                                      const api::Offering& offering, Credentials credentials,
                                      std::string redirect_uri) {
  return {
      .provider = api::to_provider(offering),
      .client_id = std::move(credentials.client_id),
      .secrets = std::move(credentials.secrets),
      .redirect_uri = std::move(redirect_uri),
      .scopes = integration.spec.scopes,
      .control = std::nullopt,
  };
}

kube::Condition scopes_unknown() {
  return {.type = api::condition::scopes_valid,
          .status = kube::ConditionStatus::Unknown,
          .reason = api::reason::pending,
          .message = text_of(IntegrationMessage::ScopesUnknown)};
}

}  // namespace

Picture assess(const api::Integration& integration, const api::Offering* offering,
               const kube::Namespace* ns, CredentialsReading credentials,
               const std::string& callback_url, const net::SecretString& hash_key) {
  Picture picture;
  Assessment& assessment = picture.assessment;
  assessment.offering_available = offering_available(integration, offering, ns);
  assessment.scopes_valid = offering ? scopes_valid(integration, *offering) : scopes_unknown();
  if (offering) {
    assessment.callback_url = callback_url;
    assessment.on_unverifiable = offering->spec.verification.on_unverifiable;
    assessment.interval = offering->spec.verification.interval;
  }
  assessment.credentials_present = std::move(credentials.condition);

  const bool may_ask = assessment.offering_available.status == kube::ConditionStatus::True &&
                       assessment.scopes_valid.status == kube::ConditionStatus::True &&
                       credentials.credentials.has_value();
  if (may_ask) {
    picture.request = to_request(integration, *offering, std::move(*credentials.credentials),
                                 assessment.callback_url);
    assessment.client_id = picture.request->client_id;
    assessment.hash = oauth::hash_inputs(*picture.request, hash_key);
  }
  return picture;
}

}  // namespace reconcilers
