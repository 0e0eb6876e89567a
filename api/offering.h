// Offering: a provider and an environment that a platform supports. The schema, with the meaning of
// each field, is crds/oauth.integrations.dev_offerings.yaml; docs/api.md is the tour.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/fields.h"
#include "oauth/protocol/provider.h"

namespace api {

enum class OnUnverifiable { Block, Allow };
const char* to_string(OnUnverifiable reaction);
enum class CallbackCheck { Auto, None };
const char* to_string(CallbackCheck check);
enum class NamespacesFrom { All, Selector };
const char* to_string(NamespacesFrom from);

struct OfferingScopes {
  std::vector<std::string> required;  // sets
  std::vector<std::string> optional;
  std::string separator = " ";
  bool operator==(const OfferingScopes&) const = default;
};

// About users' tokens, like token_response_fields and account_display: stored, but nothing uses it
// yet.
struct OfferingTokens {
  std::optional<net::Duration> default_lifetime;  // for providers that send no expires_in
  std::optional<net::Duration> refresh_before;
  bool operator==(const OfferingTokens&) const = default;
};

struct OfferingVerification {
  oauth::Method method = oauth::Method::Auto;
  std::string client_credentials_scope;  // with the method ClientCredentials
  CallbackCheck callback_check = CallbackCheck::Auto;
  net::Duration interval = std::chrono::hours{24};  // at least 10 m
  OnUnverifiable on_unverifiable = OnUnverifiable::Block;
  std::vector<oauth::Rule> rules;
  bool operator==(const OfferingVerification&) const = default;
};

struct AllowedNamespaces {
  NamespacesFrom from = NamespacesFrom::All;
  // With NamespacesFrom::Selector. An empty one selects every namespace, and none selects no
  // namespace.
  std::optional<kube::LabelSelector> selector;
  bool operator==(const AllowedNamespaces&) const = default;
};

struct OfferingSpec {
  std::string display_name;
  std::string provider;
  std::string environment;
  std::string issuer;  // empty: the endpoints are given
  oauth::Endpoints endpoints;
  std::vector<std::string> allowed_hosts;  // "host" or "host:port", lower case
  oauth::ClientAuthentication client_authentication =
      oauth::ClientAuthentication::ClientSecretBasic;
  oauth::BasicEncoding basic_encoding = oauth::BasicEncoding::FormEncoded;
  oauth::Pkce pkce = oauth::Pkce::S256;
  OfferingScopes scopes;
  std::map<std::string, std::string> authorization_parameters;
  std::map<std::string, std::string> token_parameters;
  std::vector<std::string> token_response_fields;
  bool account_display = false;
  OfferingTokens tokens;
  OfferingVerification verification;
  std::string ca_bundle;
  AllowedNamespaces allowed_namespaces;
  bool operator==(const OfferingSpec&) const = default;
};

struct OfferingStatus {
  std::int64_t observed_generation = -1;
  kube::Conditions conditions;  // Ready, Discovered
  oauth::Endpoints endpoints;   // the effective ones: discovered, overridden by the spec's
  std::string callback_url;
  std::optional<net::SystemTime> discovery_time;  // when the metadata was last read
  bool operator==(const OfferingStatus&) const = default;
};

struct Offering {
  kube::ObjectMeta metadata;
  OfferingSpec spec;
  OfferingStatus status;
  static const kube::Resource& resource();
};
// By the descriptions below. Throws only nlohmann's exceptions, whose messages name the field's
// path.
void from_json(const kube::Json& json, Offering& offering);
void to_json(kube::Json& json, const Offering& offering);
void to_json(kube::Json& json, const OfferingStatus& status);

// Returns the engine's view of the provider: from the spec and the effective endpoints of the
// status.
oauth::Provider to_provider(const Offering& offering);

// The finalizer that keeps an Offering while Integrations use it.
inline constexpr const char* offering_in_use_finalizer = "oauth.integrations.dev/in-use";

}  // namespace api

template <>
inline constexpr auto net::fields<oauth::Endpoints> = [](auto& endpoints, auto field) {
  for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits)
    field(endpoint.field, endpoints.*endpoint.url);
};

template <>
inline constexpr auto net::fields<oauth::Rule> = [](auto& rule, auto field) {
  field("httpStatus", rule.http_status);
  field("errorField", rule.error_field);
  field("error", rule.error);
  field("descriptionContains", rule.description_contains);
  field("subject", rule.subject);
  field("verdict", rule.verdict);
  field("message", rule.message);
};

template <>
inline constexpr auto net::fields<api::OfferingScopes> = [](auto& scopes, auto field) {
  field("required", scopes.required);
  field("optional", scopes.optional);
  field("separator", scopes.separator);
};

template <>
inline constexpr auto net::fields<api::OfferingTokens> = [](auto& tokens, auto field) {
  field("defaultLifetime", tokens.default_lifetime);
  field("refreshBefore", tokens.refresh_before);
};

template <>
inline constexpr auto net::fields<api::OfferingVerification> = [](auto& verification, auto field) {
  field("method", verification.method);
  field("clientCredentialsScope", verification.client_credentials_scope);
  field("callbackCheck", verification.callback_check);
  field("interval", verification.interval);
  field("onUnverifiable", verification.on_unverifiable);
  field("rules", verification.rules);
};

template <>
inline constexpr auto net::fields<api::AllowedNamespaces> = [](auto& allowed, auto field) {
  field("from", allowed.from);
  field("selector", allowed.selector);
};

template <>
inline constexpr auto net::fields<api::OfferingSpec> = [](auto& spec, auto field) {
  field("displayName", spec.display_name);
  field("provider", spec.provider);
  field("environment", spec.environment);
  field("issuer", spec.issuer);
  field("endpoints", spec.endpoints);
  field("allowedHosts", spec.allowed_hosts);
  field("clientAuthentication", spec.client_authentication);
  field("basicEncoding", spec.basic_encoding);
  field("pkce", spec.pkce);
  field("scopes", spec.scopes, Written::Always);
  field("authorizationParameters", spec.authorization_parameters);
  field("tokenParameters", spec.token_parameters);
  field("tokenResponseFields", spec.token_response_fields);
  field("accountDisplay", spec.account_display, Written::Always);
  field("tokens", spec.tokens);
  field("verification", spec.verification, Written::Always);
  field("caBundle", spec.ca_bundle);
  field("allowedNamespaces", spec.allowed_namespaces, Written::Always);
};

template <>
inline constexpr auto net::fields<api::OfferingStatus> = [](auto& status, auto field) {
  field("observedGeneration", status.observed_generation, Written::Always);
  field("conditions", status.conditions);
  field("endpoints", status.endpoints);
  field("callbackURL", status.callback_url);
  field("discoveryTime", status.discovery_time);
};

template <>
inline constexpr auto net::fields<api::Offering> = [](auto& offering, auto field) {
  field("metadata", offering.metadata, Written::Always);
  field("spec", offering.spec, Written::Always);
  field("status", offering.status, Written::Always);
};
