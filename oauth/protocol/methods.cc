#include "oauth/protocol/methods.h"

#include <algorithm>

#include "oauth/protocol/requests.h"

namespace oauth {
namespace {

constexpr auto kMethodTraits = std::to_array<MethodTraits>({
    {.method = Method::Auto, .name = "Auto", .endpoint = Endpoint::Token},
    {.method = Method::PushedAuthorizationRequest,
     .name = "PushedAuthorizationRequest",
     .endpoint = Endpoint::PushedAuthorizationRequest,
     .request = pushed_authorization_request,
     .in_auto = true,
     .code_grant = true,
     .pushes = true},
    {.method = Method::AuthorizationCode,
     .name = "AuthorizationCode",
     .endpoint = Endpoint::Token,
     .request = made_up_code_request,
     .in_auto = true,
     .code_grant = true},
    {.method = Method::RefreshToken,
     .name = "RefreshToken",
     .endpoint = Endpoint::Token,
     .request = made_up_refresh_token_request,
     .in_auto = true},
    {.method = Method::Introspection,
     .name = "Introspection",
     .endpoint = Endpoint::Introspection,
     .request = introspection_request,
     .in_auto = true,
     .beside_the_flow = true},
    {.method = Method::Revocation,
     .name = "Revocation",
     .endpoint = Endpoint::Revocation,
     .request = revocation_request,
     .in_auto = true,
     .beside_the_flow = true},
    {.method = Method::ClientCredentials,
     .name = "ClientCredentials",
     .endpoint = Endpoint::Token,
     .request = client_credentials_request,
     .issues_token = true},
    {.method = Method::None, .name = "None", .endpoint = Endpoint::Token},
});
static_assert(kMethodTraits.size() == count_of<Method>(), "a Method has no row");
static_assert(is_in_order(kMethodTraits, &MethodTraits::method), "rows are not in order");

}  // namespace

const MethodTraits& traits(Method method) { return row_of(kMethodTraits, method); }

const char* to_string(Method method) { return traits(method).name; }

std::optional<Method> parse_method(std::string_view name) {
  const auto row =
      std::find_if(kMethodTraits.begin(), kMethodTraits.end(),
                   [&](const MethodTraits& candidate) { return name == candidate.name; });
  if (row == kMethodTraits.end()) return std::nullopt;
  return row->method;
}

const std::string& endpoint_of(Method method, const Endpoints& endpoints) {
  return endpoints.*traits(traits(method).endpoint).url;
}

std::string endpoint_field(Method method) {
  return std::string("endpoints.") + traits(traits(method).endpoint).field;
}

const char* endpoint_kind(Method method) { return traits(traits(method).endpoint).kind; }

}  // namespace oauth
