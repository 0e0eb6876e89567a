#include "reconcilers/integration/credentials.h"

#include <algorithm>

#include "api/conditions.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/integration/messages.h"

namespace reconcilers {

namespace {

using kube::ConditionStatus;

CredentialsReading missing(const char* reason, IntegrationMessage id,
                           const IntegrationFacts& facts) {
  return {std::nullopt,
          {.type = api::condition::credentials_present,
           .status = ConditionStatus::False,
           .reason = reason,
           .message = text_of(id, facts)}};
}

// The operator reads keys other than the default ones only from a Secret whose label says that it
// holds credentials. Without this rule, a person who may create Integrations could have any value
// of any Secret sent to a provider, or published as a client id.
std::string key_that_needs_the_label(const api::CredentialsSecretRef& ref) {
  const api::CredentialsSecretRef defaults;
  if (ref.client_id_key != defaults.client_id_key) return ref.client_id_key;
  if (ref.client_secret_key != defaults.client_secret_key) return ref.client_secret_key;
  return "";
}

bool is_labelled(const kube::Secret& secret) {
  const auto label = secret.metadata.labels.find(api::credentials_label);
  return label != secret.metadata.labels.end() && label->second == "true";
}

}  // namespace

std::string what_is_wrong_with(std::string_view value) {
  if (value.size() > kMostCredentialBytes)
    return text_of(IntegrationMessage::IsTooLong, {.number = std::to_string(kMostCredentialBytes)});
  const auto bad = std::find_if(value.begin(), value.end(),
                                [](unsigned char c) { return c < 0x20 || c > 0x7e; });
  if (bad == value.end()) return "";
  const auto position = static_cast<std::size_t>(bad - value.begin());
  if (value.substr(position).find_first_not_of("\r\n") == std::string_view::npos)
    return text_of(IntegrationMessage::EndsWithNewline);
  if (static_cast<unsigned char>(*bad) == 0xef && value.substr(position, 3) == "\xef\xbb\xbf")
    return text_of(IntegrationMessage::HasByteOrderMark, {.number = std::to_string(position + 1)});
  return text_of(IntegrationMessage::HasForbiddenCharacter,
                 {.number = std::to_string(position + 1)});
}

CredentialsReading not_permitted(const api::Integration& integration, const std::string& refusal) {
  return {std::nullopt,
          {.type = api::condition::credentials_present,
           .status = ConditionStatus::Unknown,
           .reason = api::reason::not_permitted,
           .message = text_of(IntegrationMessage::SecretNotPermitted,
                              {.ns = integration.metadata.namespace_,
                               .secret = integration.spec.credentials_secret_ref.name,
                               .answer = as_sentence(refusal)})}};
}

CredentialsReading read_credentials(const api::Integration& integration,
                                    const kube::Secret* secret) {
  const api::CredentialsSecretRef& ref = integration.spec.credentials_secret_ref;
  if (secret == nullptr)
    return missing(api::reason::secret_not_found, IntegrationMessage::SecretNotFound,
                   {.ns = integration.metadata.namespace_,
                    .secret = ref.name,
                    .client_id_key = ref.client_id_key,
                    .client_secret_key = ref.client_secret_key});
  if (const std::string key = key_that_needs_the_label(ref); !key.empty() && !is_labelled(*secret))
    return missing(api::reason::key_not_allowed, IntegrationMessage::KeyNeedsTheLabel,
                   {.secret = ref.name, .key = key});

  Credentials credentials;
  for (const std::string& key : {ref.client_id_key, ref.client_secret_key}) {
    const auto value = secret->data.find(key);
    if (value == secret->data.end())
      return missing(api::reason::key_not_found, IntegrationMessage::KeyNotFound,
                     {.secret = ref.name, .key = key});
    if (value->second.empty())
      return missing(api::reason::key_not_found, IntegrationMessage::KeyEmpty,
                     {.secret = ref.name, .key = key});
    if (const std::string wrong = what_is_wrong_with(value->second.reveal()); !wrong.empty())
      return missing(api::reason::invalid_characters, IntegrationMessage::ValueWrong,
                     {.secret = ref.name, .key = key, .wrong = wrong});
  }
  credentials.client_id = secret->data.at(ref.client_id_key).reveal();
  credentials.secrets.push_back({ref.client_secret_key, secret->data.at(ref.client_secret_key)});

  std::string message = text_of(IntegrationMessage::CredentialsPresent, {.secret = ref.name});
  const auto previous = secret->data.find(api::previous_client_secret_key);
  if (previous != secret->data.end() && !previous->second.empty() &&
      ref.client_secret_key != api::previous_client_secret_key) {
    if (const std::string wrong = what_is_wrong_with(previous->second.reveal()); !wrong.empty())
      message += " " + text_of(IntegrationMessage::PreviousSecretIgnored,
                               {.key = previous->first, .wrong = wrong});
    else if (!(previous->second == credentials.secrets.front().value))
      credentials.secrets.push_back({previous->first, previous->second});
  }
  return {std::move(credentials),
          {.type = api::condition::credentials_present,
           .status = ConditionStatus::True,
           .reason = api::reason::present,
           .message = std::move(message)}};
}

}  // namespace reconcilers
