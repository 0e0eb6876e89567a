#include "api/offering.h"

#include "net/json_fields.h"

namespace api {

using kube::Json;

constexpr net::EnumNames<OnUnverifiable> kReactions{
    {{OnUnverifiable::Block, "Block"}, {OnUnverifiable::Allow, "Allow"}}};
const char* to_string(OnUnverifiable reaction) { return kReactions[reaction]; }

constexpr net::EnumNames<CallbackCheck> kCallbackChecks{
    {{CallbackCheck::Auto, "Auto"}, {CallbackCheck::None, "None"}}};
const char* to_string(CallbackCheck check) { return kCallbackChecks[check]; }

constexpr net::EnumNames<NamespacesFrom> kNamespacesFroms{
    {{NamespacesFrom::All, "All"}, {NamespacesFrom::Selector, "Selector"}}};
const char* to_string(NamespacesFrom from) { return kNamespacesFroms[from]; }

const kube::Resource& Offering::resource() {
  static const kube::Resource resource{"oauth.integrations.dev", "v1alpha1", "offerings",
                                       "Offering", false};
  return resource;
}

void from_json(const Json& json, Offering& offering) {
  offering = net::read_object<Offering>(json);
}

void to_json(Json& json, const Offering& offering) {
  json = net::write_object(offering);
  json["apiVersion"] = Offering::resource().api_version();
  json["kind"] = Offering::resource().kind;
}

void to_json(Json& json, const OfferingStatus& status) { json = net::write_object(status); }

oauth::Provider to_provider(const Offering& offering) {
  const OfferingSpec& spec = offering.spec;
  oauth::Provider provider;
  provider.issuer = spec.issuer;
  provider.endpoints = offering.status.endpoints;
  provider.client_authentication = spec.client_authentication;
  provider.basic_encoding = spec.basic_encoding;
  provider.pkce = spec.pkce;
  provider.scope_separator = spec.scopes.separator;
  provider.authorization_parameters = spec.authorization_parameters;
  provider.token_parameters = spec.token_parameters;
  provider.method = spec.verification.method;
  provider.client_credentials_scope = spec.verification.client_credentials_scope;
  provider.check_callback = spec.verification.callback_check == CallbackCheck::Auto;
  provider.rules = spec.verification.rules;
  provider.ca_bundle_pem = spec.ca_bundle;
  return provider;
}

}  // namespace api
