// What a provider's words are about. Substrings alone, of texts of bounded length.
#pragma once

#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"

namespace oauth {

// Does a refusal's text name the redirect URI? Requests quoted back ("?redirect_uri=https…", as is
// or encoded) do not count: error pages of web frameworks quote what they do not know. Nor do the
// scripts of a page, and lists of parameters that blame none of them.
bool names_redirect_uri(std::string_view refusal);

// "requested grant type is not allowed for this client", "requested response_type is not allowed
// for this client": node-oidc-provider says with invalid_request what RFC 6749 5.2 has
// unauthorized_client for.
bool says_grant_not_allowed(const Answer& answer);

// One that speaks of the grant, or of the response type that leads to it.
bool speaks_of_grants(std::string_view words);
// An error that says by itself or by its description that this grant, or its response type, is not
// for this client ("Response type is not registered": pyop, with invalid_request), or not at all.
bool refuses_grant(std::string_view error, std::string_view words);

// A description that speaks of the client and how it authenticates, not of what was asked for.
bool speaks_of_authentication(const Answer& answer);
// One that speaks of authenticating, by whatever.
bool speaks_of_authenticating(const Answer& answer);
// One that says that the client id or its secret is wrong (Keycloak says so with
// unauthorized_client).
bool blames_the_credentials(const Answer& answer);
// ory/fosite and the SDKs of the Model Context Protocol refuse the wrong style of authentication
// so, before they look at the secret. (Authlib names the styles that it tried, too, but for wrong
// secrets.)
bool wants_another_style(const Answer& answer);

}  // namespace oauth
