// What the engine knows of a provider: endpoints and ways. Plain data; where it comes from is the
// caller's matter.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oauth/protocol/verdict.h"

namespace oauth {

// Client authentication at the token endpoint and its like (RFC 6749 2.3.1). Never guessed: a wrong
// style looks like a wrong secret.
enum class ClientAuthentication { ClientSecretBasic, ClientSecretPost };
const char* to_string(ClientAuthentication style);  // the names that manifests use
// FormEncoded is the RFC's; Raw is for providers that do not decode the two parts.
enum class BasicEncoding { FormEncoded, Raw };
const char* to_string(BasicEncoding encoding);
// Proof Key for Code Exchange (RFC 7636).
enum class Pkce { S256, None };
const char* to_string(Pkce pkce);

struct Endpoints {
  std::string authorization;                 // RFC 6749 3.1
  std::string token;                         // RFC 6749 3.2
  std::string revocation;                    // RFC 7009
  std::string introspection;                 // RFC 7662
  std::string pushed_authorization_request;  // RFC 9126
  std::string user_info;                     // OpenID Connect Core 5.3
  bool operator==(const Endpoints&) const = default;
};

// How a provider is asked whether a client's credentials work.
enum class Method {
  Auto,                        // those below in turn, but for the last two
  PushedAuthorizationRequest,  // RFC 9126: client, callback and scopes in one call
  AuthorizationCode,           // the token endpoint, with a made-up code (RFC 6749 4.1.3)
  RefreshToken,                // the token endpoint, with a made-up refresh token (RFC 6749 6)
  Introspection,               // RFC 7662, with a made-up token
  Revocation,                  // RFC 7009, with a made-up token
  ClientCredentials,           // RFC 6749 4.4: issues a real token, which is dropped; by name alone
  None,                        // nothing is asked
};
inline constexpr std::array kMethods = {Method::Auto,
                                        Method::PushedAuthorizationRequest,
                                        Method::AuthorizationCode,
                                        Method::RefreshToken,
                                        Method::Introspection,
                                        Method::Revocation,
                                        Method::ClientCredentials,
                                        Method::None};
const char* to_string(Method method);  // the names that manifests and statuses use
std::optional<Method> parse_method(std::string_view name);
// Where its question goes: the token endpoint for those that have none of their own.
const std::string& endpoint_of(Method method, const Endpoints& endpoints);
const char* endpoint_field(Method method);  // as Offerings spell it: "endpoints.token"
const char* endpoint_kind(Method method);   // "token endpoint"

// A provider's own way of answering; looked at before the RFCs' defaults (classify.h).
struct Rule {
  std::optional<int> http_status;
  std::string error_field = "error";
  std::string error;                 // equal to the field's value (of a number or a boolean: to
                                     // its JSON text, "false"); empty: any
  std::string description_contains;  // substring of error_description (or of the whole text, where
                                     // it is no JSON)
  Subject subject = Subject::Credentials;
  Verdict verdict = Verdict::Unverifiable;
  std::string message;  // for the person who reads the condition
  bool operator==(const Rule&) const = default;
};

struct Provider {
  std::string issuer;  // empty where the endpoints were given by hand
  Endpoints endpoints;
  ClientAuthentication client_authentication = ClientAuthentication::ClientSecretBasic;
  BasicEncoding basic_encoding = BasicEncoding::FormEncoded;
  Pkce pkce = Pkce::S256;
  std::string scope_separator = " ";
  std::map<std::string, std::string> authorization_parameters;
  std::map<std::string, std::string> token_parameters;
  Method method = Method::Auto;
  std::string client_credentials_scope;  // of Method::ClientCredentials; empty: none is asked for
  bool check_callback = true;
  std::vector<Rule> rules;
  std::string ca_bundle_pem;
};

}  // namespace oauth
