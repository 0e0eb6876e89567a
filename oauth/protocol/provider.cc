#include "oauth/protocol/provider.h"

#include <algorithm>

namespace oauth {

// Without a default on purpose: what is added to one of these does not compile before it has a
// name.
const char* to_string(ClientAuthentication style) {
  switch (style) {
    case ClientAuthentication::ClientSecretBasic:
      return "ClientSecretBasic";
    case ClientAuthentication::ClientSecretPost:
      return "ClientSecretPost";
  }
  return "Unknown";
}

const char* to_string(BasicEncoding encoding) {
  switch (encoding) {
    case BasicEncoding::FormEncoded:
      return "FormEncoded";
    case BasicEncoding::Raw:
      return "Raw";
  }
  return "Unknown";
}

const char* to_string(Pkce pkce) {
  switch (pkce) {
    case Pkce::S256:
      return "S256";
    case Pkce::None:
      return "None";
  }
  return "Unknown";
}

const char* to_string(Method method) {
  switch (method) {
    case Method::Auto:
      return "Auto";
    case Method::PushedAuthorizationRequest:
      return "PushedAuthorizationRequest";
    case Method::AuthorizationCode:
      return "AuthorizationCode";
    case Method::RefreshToken:
      return "RefreshToken";
    case Method::Introspection:
      return "Introspection";
    case Method::Revocation:
      return "Revocation";
    case Method::ClientCredentials:
      return "ClientCredentials";
    case Method::None:
      return "None";
  }
  return "Unknown";
}

std::optional<Method> parse_method(std::string_view name) {
  const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                  [&](Method method) { return name == to_string(method); });
  if (found == kMethods.end()) return std::nullopt;
  return *found;
}

const std::string& endpoint_of(Method method, const Endpoints& endpoints) {
  switch (method) {
    case Method::PushedAuthorizationRequest:
      return endpoints.pushed_authorization_request;
    case Method::Introspection:
      return endpoints.introspection;
    case Method::Revocation:
      return endpoints.revocation;
    default:
      return endpoints.token;
  }
}

const char* endpoint_field(Method method) {
  switch (method) {
    case Method::PushedAuthorizationRequest:
      return "endpoints.pushedAuthorizationRequest";
    case Method::Introspection:
      return "endpoints.introspection";
    case Method::Revocation:
      return "endpoints.revocation";
    default:
      return "endpoints.token";
  }
}

const char* endpoint_kind(Method method) {
  switch (method) {
    case Method::PushedAuthorizationRequest:
      return "pushed authorization request endpoint";
    case Method::Introspection:
      return "introspection endpoint";
    case Method::Revocation:
      return "revocation endpoint";
    default:
      return "token endpoint";
  }
}

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Verified:
      return "Verified";
    case Verdict::Rejected:
      return "Rejected";
    case Verdict::Unverifiable:
      return "Unverifiable";
    case Verdict::Unreachable:
      return "Unreachable";
  }
  return "Unknown";
}

const char* to_string(Subject subject) {
  switch (subject) {
    case Subject::Credentials:
      return "Credentials";
    case Subject::Callback:
      return "Callback";
    case Subject::Scopes:
      return "Scopes";
  }
  return "Unknown";
}

}  // namespace oauth
