// The ways to ask a provider whether a client's credentials work. One table (methods.cc) describes
// each method; all other code looks there. An exhaustive table in oauth/verification/classify.cc
// says how to read a method's answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/protocol/endpoints.h"
#include "oauth/protocol/table.h"

namespace net {
struct HttpRequest;
}

namespace oauth {

struct Question;  // requests.h

enum class Method {
  Auto,                        // those with `in_auto`, in turn
  PushedAuthorizationRequest,  // RFC 9126: client, callback and scopes in one call
  AuthorizationCode,           // the token endpoint, with a made-up code (RFC 6749 4.1.3)
  RefreshToken,                // the token endpoint, with a made-up refresh token (RFC 6749 6)
  Introspection,               // RFC 7662, with a made-up token
  Revocation,                  // RFC 7009, with a made-up token
  ClientCredentials,           // RFC 6749 4.4: issues a real token, which is dropped; by name alone
  None,                        // sends no request
};
inline constexpr auto kMethods = all_of<Method>();

struct MethodTraits {
  Method method;
  const char* name;   // in manifests and statuses
  Endpoint endpoint;  // receives the request
  // Builds the request; null for Auto and None, which send none by themselves.
  net::HttpRequest (*request)(const Question&) = nullptr;
  bool in_auto = false;          // Auto tries it, in the order of the table
  bool code_grant = false;       // requests a part of the grant that users need: a client that may
                                 // not use it cannot be connected
  bool pushes = false;           // the answer is about the callback and the scopes, too
  bool beside_the_flow = false;  // its endpoint is no part of the grant, and may be closed to a
                                 // good client; the request is about a made-up token
  bool issues_token = false;     // a good client gets a real token by it
};

// Thread-safe; the reference stays valid.
const MethodTraits& traits(Method method);

const char* to_string(Method method);
std::optional<Method> parse_method(std::string_view name);
// Returns the URL of the method's endpoint; empty if it is not known.
const std::string& endpoint_of(Method method, const Endpoints& endpoints);
std::string endpoint_field(Method method);  // as Offerings spell it: "endpoints.token"
const char* endpoint_kind(Method method);   // "token endpoint"

}  // namespace oauth
