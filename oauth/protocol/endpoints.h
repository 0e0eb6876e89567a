// The endpoints of a provider. One table describes each; all other code looks here.
#pragma once

#include <array>
#include <string>

#include "oauth/protocol/table.h"

namespace oauth {

// URLs; empty if the provider has none that is known.
struct Endpoints {
  std::string authorization;                 // RFC 6749 3.1
  std::string token;                         // RFC 6749 3.2
  std::string revocation;                    // RFC 7009
  std::string introspection;                 // RFC 7662
  std::string pushed_authorization_request;  // RFC 9126
  std::string user_info;                     // OpenID Connect Core 5.3
  bool operator==(const Endpoints&) const = default;
};

enum class Endpoint {
  Authorization,
  Token,
  Revocation,
  Introspection,
  PushedAuthorizationRequest,
  UserInfo,
};

struct EndpointTraits {
  Endpoint endpoint;
  const char* metadata_name;  // in a provider's metadata: RFC 8414 2, RFC 9126 5, OpenID Connect
                              // Discovery 3
  const char* field;          // in `endpoints` of an Offering's spec and status
  std::string Endpoints::*url;
  const char* kind;  // for messages, without an article: "token endpoint"
};

inline constexpr auto kEndpointTraits = std::to_array<EndpointTraits>({
    {.endpoint = Endpoint::Authorization,
     .metadata_name = "authorization_endpoint",
     .field = "authorization",
     .url = &Endpoints::authorization,
     .kind = "authorization endpoint"},
    {.endpoint = Endpoint::Token,
     .metadata_name = "token_endpoint",
     .field = "token",
     .url = &Endpoints::token,
     .kind = "token endpoint"},
    {.endpoint = Endpoint::Revocation,
     .metadata_name = "revocation_endpoint",
     .field = "revocation",
     .url = &Endpoints::revocation,
     .kind = "revocation endpoint"},
    {.endpoint = Endpoint::Introspection,
     .metadata_name = "introspection_endpoint",
     .field = "introspection",
     .url = &Endpoints::introspection,
     .kind = "introspection endpoint"},
    {.endpoint = Endpoint::PushedAuthorizationRequest,
     .metadata_name = "pushed_authorization_request_endpoint",
     .field = "pushedAuthorizationRequest",
     .url = &Endpoints::pushed_authorization_request,
     .kind = "pushed authorization request endpoint"},
    {.endpoint = Endpoint::UserInfo,
     .metadata_name = "userinfo_endpoint",
     .field = "userInfo",
     .url = &Endpoints::user_info,
     .kind = "user info endpoint"},
});
static_assert(kEndpointTraits.size() == count_of<Endpoint>(), "an Endpoint has no row");
static_assert(is_in_order(kEndpointTraits, &EndpointTraits::endpoint), "rows are not in order");
static_assert(kEndpointTraits.size() == sizeof(Endpoints) / sizeof(std::string),
              "a member of Endpoints has no row");

constexpr const EndpointTraits& traits(Endpoint endpoint) {
  return row_of(kEndpointTraits, endpoint);
}

}  // namespace oauth
