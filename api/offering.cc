#include "api/offering.h"

#include <array>

#include "api/fields.h"

namespace api {

using fields::read;
using fields::read_enum;
using fields::write;
using kube::Json;

namespace {

constexpr std::array client_authentications = {oauth::ClientAuthentication::ClientSecretBasic,
                                               oauth::ClientAuthentication::ClientSecretPost};
const char* name_of(oauth::ClientAuthentication style) {
  switch (style) {
    case oauth::ClientAuthentication::ClientSecretBasic:
      return "ClientSecretBasic";
    case oauth::ClientAuthentication::ClientSecretPost:
      return "ClientSecretPost";
  }
  return "";
}

constexpr std::array basic_encodings = {oauth::BasicEncoding::FormEncoded,
                                        oauth::BasicEncoding::Raw};
const char* name_of(oauth::BasicEncoding encoding) {
  switch (encoding) {
    case oauth::BasicEncoding::FormEncoded:
      return "FormEncoded";
    case oauth::BasicEncoding::Raw:
      return "Raw";
  }
  return "";
}

constexpr std::array pkces = {oauth::Pkce::S256, oauth::Pkce::None};
const char* name_of(oauth::Pkce pkce) {
  switch (pkce) {
    case oauth::Pkce::S256:
      return "S256";
    case oauth::Pkce::None:
      return "None";
  }
  return "";
}

constexpr std::array on_unverifiables = {OnUnverifiable::Block, OnUnverifiable::Allow};
const char* name_of(OnUnverifiable reaction) {
  switch (reaction) {
    case OnUnverifiable::Block:
      return "Block";
    case OnUnverifiable::Allow:
      return "Allow";
  }
  return "";
}

constexpr std::array namespaces_froms = {NamespacesFrom::All, NamespacesFrom::Selector};
const char* name_of(NamespacesFrom from) {
  switch (from) {
    case NamespacesFrom::All:
      return "All";
    case NamespacesFrom::Selector:
      return "Selector";
  }
  return "";
}

constexpr std::array callback_checks = {true, false};
const char* callback_check_name(bool check) { return check ? "Auto" : "None"; }

const char* name_of(oauth::Method method) { return oauth::to_string(method); }

constexpr std::array verdicts = {oauth::Verdict::Verified, oauth::Verdict::Rejected,
                                 oauth::Verdict::Unverifiable, oauth::Verdict::Unreachable};
const char* name_of(oauth::Verdict verdict) { return oauth::to_string(verdict); }

constexpr std::array subjects = {oauth::Subject::Credentials, oauth::Subject::Callback,
                                 oauth::Subject::Scopes};
const char* name_of(oauth::Subject subject) { return oauth::to_string(subject); }

template <class Enum, std::size_t n>
void read_named(const Json& json, const char* key, const std::array<Enum, n>& values, Enum& value) {
  read_enum(
      json, key, values, [](Enum candidate) { return name_of(candidate); }, value);
}

oauth::Endpoints read_endpoints(const Json& json) {
  oauth::Endpoints endpoints;
  read(json, "authorization", endpoints.authorization);
  read(json, "token", endpoints.token);
  read(json, "revocation", endpoints.revocation);
  read(json, "introspection", endpoints.introspection);
  read(json, "pushedAuthorizationRequest", endpoints.pushed_authorization_request);
  read(json, "userInfo", endpoints.user_info);
  return endpoints;
}

Json write_endpoints(const oauth::Endpoints& endpoints) {
  Json json = Json::object();
  write(json, "authorization", endpoints.authorization);
  write(json, "token", endpoints.token);
  write(json, "revocation", endpoints.revocation);
  write(json, "introspection", endpoints.introspection);
  write(json, "pushedAuthorizationRequest", endpoints.pushed_authorization_request);
  write(json, "userInfo", endpoints.user_info);
  return json;
}

OfferingScopes read_scopes(const Json& json) {
  OfferingScopes scopes;
  read(json, "required", scopes.required);
  read(json, "optional", scopes.optional);
  read(json, "separator", scopes.separator);
  return scopes;
}

Json write_scopes(const OfferingScopes& scopes) {
  Json json = Json::object();
  write(json, "required", scopes.required);
  write(json, "optional", scopes.optional);
  write(json, "separator", scopes.separator);
  return json;
}

OfferingTokens read_tokens(const Json& json) {
  OfferingTokens tokens;
  read(json, "defaultLifetime", tokens.default_lifetime);
  read(json, "refreshBefore", tokens.refresh_before);
  return tokens;
}

Json write_tokens(const OfferingTokens& tokens) {
  Json json = Json::object();
  write(json, "defaultLifetime", tokens.default_lifetime);
  write(json, "refreshBefore", tokens.refresh_before);
  return json;
}

oauth::Rule read_rule(const Json& json) {
  oauth::Rule rule;
  read(json, "httpStatus", rule.http_status);
  read(json, "errorField", rule.error_field);
  read(json, "error", rule.error);
  read(json, "descriptionContains", rule.description_contains);
  read_named(json, "subject", subjects, rule.subject);
  read_named(json, "verdict", verdicts, rule.verdict);
  read(json, "message", rule.message);
  return rule;
}

Json write_rule(const oauth::Rule& rule) {
  Json json = Json::object();
  write(json, "httpStatus", rule.http_status);
  write(json, "errorField", rule.error_field);
  write(json, "error", rule.error);
  write(json, "descriptionContains", rule.description_contains);
  json["subject"] = name_of(rule.subject);
  json["verdict"] = name_of(rule.verdict);
  write(json, "message", rule.message);
  return json;
}

OfferingVerification read_verification(const Json& json) {
  OfferingVerification verification;
  read_named(json, "method", oauth::kMethods, verification.method);
  read(json, "clientCredentialsScope", verification.client_credentials_scope);
  read_enum(json, "callbackCheck", callback_checks, callback_check_name,
            verification.callback_check);
  read(json, "interval", verification.interval);
  read_named(json, "onUnverifiable", on_unverifiables, verification.on_unverifiable);
  for (const Json& rule : fields::object_at(json, "rules")) {
    verification.rules.push_back(read_rule(rule));
  }
  return verification;
}

Json write_verification(const OfferingVerification& verification) {
  Json json = Json::object();
  json["method"] = name_of(verification.method);
  write(json, "clientCredentialsScope", verification.client_credentials_scope);
  json["callbackCheck"] = callback_check_name(verification.callback_check);
  json["interval"] = net::format_duration(verification.interval);
  json["onUnverifiable"] = name_of(verification.on_unverifiable);
  for (const oauth::Rule& rule : verification.rules) json["rules"].push_back(write_rule(rule));
  return json;
}

AllowedNamespaces read_allowed_namespaces(const Json& json) {
  AllowedNamespaces allowed;
  read_named(json, "from", namespaces_froms, allowed.from);
  read(json, "selector", allowed.selector);
  return allowed;
}

Json write_allowed_namespaces(const AllowedNamespaces& allowed) {
  Json json = Json::object();
  json["from"] = name_of(allowed.from);
  // An empty selector is one that selects everything: it is not the same as none.
  if (allowed.from == NamespacesFrom::Selector) json["selector"] = allowed.selector;
  return json;
}

OfferingSpec read_spec(const Json& json) {
  OfferingSpec spec;
  read(json, "displayName", spec.display_name);
  read(json, "provider", spec.provider);
  read(json, "environment", spec.environment);
  read(json, "issuer", spec.issuer);
  spec.endpoints = read_endpoints(fields::object_at(json, "endpoints"));
  read(json, "allowedHosts", spec.allowed_hosts);
  read_named(json, "clientAuthentication", client_authentications, spec.client_authentication);
  read_named(json, "basicEncoding", basic_encodings, spec.basic_encoding);
  read_named(json, "pkce", pkces, spec.pkce);
  spec.scopes = read_scopes(fields::object_at(json, "scopes"));
  read(json, "authorizationParameters", spec.authorization_parameters);
  read(json, "tokenParameters", spec.token_parameters);
  read(json, "tokenResponseFields", spec.token_response_fields);
  read(json, "accountDisplay", spec.account_display);
  spec.tokens = read_tokens(fields::object_at(json, "tokens"));
  spec.verification = read_verification(fields::object_at(json, "verification"));
  read(json, "caBundle", spec.ca_bundle);
  spec.allowed_namespaces = read_allowed_namespaces(fields::object_at(json, "allowedNamespaces"));
  return spec;
}

Json write_spec(const OfferingSpec& spec) {
  Json json = Json::object();
  write(json, "displayName", spec.display_name);
  write(json, "provider", spec.provider);
  write(json, "environment", spec.environment);
  write(json, "issuer", spec.issuer);
  write(json, "endpoints", write_endpoints(spec.endpoints));
  write(json, "allowedHosts", spec.allowed_hosts);
  json["clientAuthentication"] = name_of(spec.client_authentication);
  json["basicEncoding"] = name_of(spec.basic_encoding);
  json["pkce"] = name_of(spec.pkce);
  json["scopes"] = write_scopes(spec.scopes);
  write(json, "authorizationParameters", spec.authorization_parameters);
  write(json, "tokenParameters", spec.token_parameters);
  write(json, "tokenResponseFields", spec.token_response_fields);
  json["accountDisplay"] = spec.account_display;
  write(json, "tokens", write_tokens(spec.tokens));
  json["verification"] = write_verification(spec.verification);
  write(json, "caBundle", spec.ca_bundle);
  json["allowedNamespaces"] = write_allowed_namespaces(spec.allowed_namespaces);
  return json;
}

OfferingStatus read_status(const Json& json) {
  OfferingStatus status;
  read(json, "observedGeneration", status.observed_generation);
  read(json, "conditions", status.conditions);
  status.endpoints = read_endpoints(fields::object_at(json, "endpoints"));
  read(json, "callbackURL", status.callback_url);
  read(json, "discoveryTime", status.discovery_time);
  return status;
}

}  // namespace

const kube::Resource& Offering::resource() {
  static const kube::Resource resource{"oauth.integrations.dev", "v1alpha1", "offerings",
                                       "Offering", false};
  return resource;
}

void from_json(const Json& json, Offering& offering) {
  read(json, "metadata", offering.metadata);
  offering.spec = read_spec(fields::object_at(json, "spec"));
  offering.status = read_status(fields::object_at(json, "status"));
}

void to_json(Json& json, const Offering& offering) {
  json = Json::object();
  json["apiVersion"] = Offering::resource().api_version();
  json["kind"] = Offering::resource().kind;
  json["metadata"] = offering.metadata;
  json["spec"] = write_spec(offering.spec);
  json["status"] = offering.status;
}

void to_json(Json& json, const OfferingStatus& status) {
  json = Json::object();
  json["observedGeneration"] = status.observed_generation;
  write(json, "conditions", status.conditions);
  write(json, "endpoints", write_endpoints(status.endpoints));
  write(json, "callbackURL", status.callback_url);
  write(json, "discoveryTime", status.discovery_time);
}

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
  provider.check_callback = spec.verification.callback_check;
  provider.rules = spec.verification.rules;
  provider.ca_bundle_pem = spec.ca_bundle;
  return provider;
}

}  // namespace api
