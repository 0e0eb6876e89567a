// Offering: a provider and an environment that a platform supports. The schema, with the meaning of
// each field, is crds/oauth.integrations.dev_offerings.yaml; docs/api.md is the tour.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/meta.h"
#include "net/clock.h"
#include "oauth/protocol/provider.h"

namespace api {

enum class OnUnverifiable { Block, Allow };
enum class NamespacesFrom { All, Selector };

struct OfferingScopes {
  std::vector<std::string> required;  // sets
  std::vector<std::string> optional;
  std::string separator = " ";
  bool operator==(const OfferingScopes&) const = default;
};

// About users' tokens, like token_response_fields and account_display: kept, and used by nothing
// yet.
struct OfferingTokens {
  std::optional<net::Duration> default_lifetime;  // for providers that send no expires_in
  std::optional<net::Duration> refresh_before;
  bool operator==(const OfferingTokens&) const = default;
};

struct OfferingVerification {
  oauth::Method method = oauth::Method::Auto;
  std::string client_credentials_scope;             // with the method ClientCredentials
  bool callback_check = true;                       // callbackCheck: Auto, or None
  net::Duration interval = std::chrono::hours{24};  // at least 10 m
  OnUnverifiable on_unverifiable = OnUnverifiable::Block;
  std::vector<oauth::Rule> rules;
  bool operator==(const OfferingVerification&) const = default;
};

struct AllowedNamespaces {
  NamespacesFrom from = NamespacesFrom::All;
  kube::LabelSelector selector;
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
// Throws only nlohmann's exceptions, whose messages name the field.
void from_json(const kube::Json& json, Offering& offering);
void to_json(kube::Json& json, const Offering& offering);
void to_json(kube::Json& json, const OfferingStatus& status);

// What the engine needs to know, from the spec and the effective endpoints of the status.
oauth::Provider to_provider(const Offering& offering);

// The finalizer that keeps an Offering while Integrations use it.
inline constexpr const char* offering_in_use_finalizer = "oauth.integrations.dev/in-use";

}  // namespace api
