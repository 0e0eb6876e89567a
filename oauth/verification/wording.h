// Reads the subject of a provider's words. By substrings alone, of texts of bounded length.
#pragma once

#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"

namespace oauth {

// Returns whether a refusal's text names the redirect URI. Requests quoted back
// ("?redirect_uri=https…", as is or encoded) do not count: error pages of web frameworks quote
// unknown input. The scripts of a page, and lists of parameters that blame none of them, do not
// count either.
bool names_redirect_uri(std::string_view refusal);

// "requested grant type is not allowed for this client", "requested response_type is not allowed
// for this client": node-oidc-provider says it with invalid_request instead of RFC 6749 5.2's
// unauthorized_client.
bool says_grant_not_allowed(const Answer& answer);

// The words are about the grant, or about its response type.
bool speaks_of_grants(std::string_view words);
// The error or its description says that this grant, or its response type, is not for this client
// ("Response type is not registered": pyop, with invalid_request), or not available at all.
bool refuses_grant(std::string_view error, std::string_view words);

// The description is about the client and its authentication, not about the rest of the request.
bool speaks_of_authentication(const Answer& answer);
// The words are about authentication in general.
bool speaks_of_authenticating(const Answer& answer);
// The answer says that the client id or its secret is wrong (Keycloak: with unauthorized_client).
bool blames_the_credentials(const Answer& answer);
// ory/fosite and the SDKs of the Model Context Protocol refuse the wrong style of authentication
// so, before they compare the secret. (Authlib also names the styles that it tried, but for wrong
// secrets.)
bool wants_another_style(const Answer& answer);

}  // namespace oauth
