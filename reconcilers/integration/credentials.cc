#include "reconcilers/integration/credentials.h"

#include <algorithm>

#include "api/conditions.h"

namespace reconcilers {

namespace {

using kube::ConditionStatus;

CredentialsReading missing(const char* reason, std::string message) {
  return {std::nullopt,
          {.type = api::condition::credentials_present,
           .status = ConditionStatus::False,
           .reason = reason,
           .message = std::move(message)}};
}

std::string in_quotes(std::string_view text) { return "\"" + std::string{text} + "\""; }

// Keys other than the default ones are read only from a Secret that says that it holds credentials:
// else whoever may create Integrations could have any value of any Secret sent to a provider, or
// published as a client id.
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
    return "is longer than " + std::to_string(kMostCredentialBytes) +
           " characters, as no client id and no client secret is. Check what was written there";
  const auto bad = std::find_if(value.begin(), value.end(),
                                [](unsigned char c) { return c < 0x20 || c > 0x7e; });
  if (bad == value.end()) return "";
  const auto position = static_cast<std::size_t>(bad - value.begin());
  if (value.substr(position).find_first_not_of("\r\n") == std::string_view::npos)
    return "ends with a newline, which is not part of it. Write it without one: `printf %s VALUE`, "
           "`echo -n`, or `stringData` "
           "without a block scalar's last line feed (`|-`)";
  if (static_cast<unsigned char>(*bad) == 0xef && value.substr(position, 3) == "\xef\xbb\xbf")
    return "has a byte order mark at byte " + std::to_string(position + 1) +
           ": save it as plain text";
  return "has a character at byte " + std::to_string(position + 1) +
         " that OAuth does not allow there (only printable ASCII is): copy it from the provider "
         "again";
}

CredentialsReading not_permitted(const api::Integration& integration, const std::string& refusal) {
  const std::string ns = in_quotes(integration.metadata.namespace_);
  return {std::nullopt,
          {.type = api::condition::credentials_present,
           .status = ConditionStatus::Unknown,
           .reason = api::reason::not_permitted,
           .message = "The operator may not read Secret " +
                      in_quotes(integration.spec.credentials_secret_ref.name) + ": " + refusal +
                      (refusal.ends_with('.') ? "" : ".") +
                      " Ask the cluster's admins to give its ServiceAccount the verb `get` on "
                      "`secrets` in namespace " +
                      ns + ". It tries again at growing intervals of up to 5 minutes."}};
}

CredentialsReading read_credentials(const api::Integration& integration,
                                    const kube::Secret* secret) {
  const api::CredentialsSecretRef& ref = integration.spec.credentials_secret_ref;
  const std::string where = "Secret " + in_quotes(ref.name);
  if (secret == nullptr)
    return missing(api::reason::secret_not_found,
                   where + " does not exist in namespace " +
                       in_quotes(integration.metadata.namespace_) + ". Create it with the keys " +
                       in_quotes(ref.client_id_key) + " and " + in_quotes(ref.client_secret_key) +
                       "; it is picked up at once.");
  if (const std::string key = key_that_needs_the_label(ref); !key.empty() && !is_labelled(*secret))
    return missing(api::reason::key_not_allowed,
                   "Key " + in_quotes(key) + " is not read from " + where +
                       ", because the Secret does not say that it holds OAuth "
                       "credentials. Label it " +
                       api::credentials_label +
                       "=true, or use the keys client_id and client_secret.");

  Credentials credentials;
  for (const std::string& key : {ref.client_id_key, ref.client_secret_key}) {
    const auto value = secret->data.find(key);
    if (value == secret->data.end())
      return missing(api::reason::key_not_found, where + " has no key " + in_quotes(key) +
                                                     ". Add it; it is picked up at once.");
    if (value->second.empty())
      return missing(api::reason::key_not_found,
                     "Key " + in_quotes(key) + " of " + where +
                         " is empty. Fill it; it is picked up at once.");
    if (const std::string wrong = what_is_wrong_with(value->second.reveal()); !wrong.empty())
      return missing(api::reason::invalid_characters,
                     "The value of key " + in_quotes(key) + " of " + where + " " + wrong + ".");
  }
  credentials.client_id = secret->data.at(ref.client_id_key).reveal();
  credentials.secrets.push_back({ref.client_secret_key, secret->data.at(ref.client_secret_key)});

  std::string message = "Client id and secret are in " + where + ".";
  const auto previous = secret->data.find(api::previous_client_secret_key);
  if (previous != secret->data.end() && !previous->second.empty() &&
      ref.client_secret_key != api::previous_client_secret_key) {
    if (const std::string wrong = what_is_wrong_with(previous->second.reveal()); !wrong.empty())
      message +=
          " Key " + in_quotes(previous->first) + " is left out of account: it " + wrong + ".";
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
