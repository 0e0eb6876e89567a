// The requests of the protocol, apart from sending them. Pure except for random values. Each may
// take 10 s and get an answer of 256 KiB.
#pragma once

#include <string>
#include <vector>

#include "net/http_client.h"
#include "net/secret_string.h"
#include "net/url.h"
#include "oauth/protocol/provider.h"

namespace oauth {

struct Client {
  std::string id;
  net::SecretString secret;
};

// A POST of a form to `endpoint`, authenticated in the provider's style: Basic with both parts
// form-encoded first (RFC 6749 2.3.1) unless Raw, or client_id and client_secret in the body
// (client_authentication.h). Accept: application/json.
net::HttpRequest client_request(const Provider& provider, const std::string& endpoint,
                                const Client& client, net::FormFields fields);

// Returns whether another basicEncoding would change the request.
bool encoding_matters(const Provider& provider, const Client& client);

// The parameters of an authorization request (RFC 6749 4.1.1, RFC 7636 4.3) besides client_id.
struct AuthorizationRequest {
  std::string redirect_uri;
  std::vector<std::string> scopes;
  std::string state;
  std::string nonce;           // sent where the scopes ask for OpenID Connect
  std::string code_challenge;  // S256; unused where the provider's pkce is None
};
net::FormFields authorization_fields(const Provider& provider, const AuthorizationRequest& request);

// The parts of any method's request. References only: for the duration of a call.
struct Question {
  const Provider& provider;
  const Client& client;
  const AuthorizationRequest& authorization;
};
// RFC 9126 2.1.
net::HttpRequest pushed_authorization_request(const Question& question);
// RFC 6749 4.1.3, with a code that no server can have issued.
net::HttpRequest made_up_code_request(const Question& question);
// RFC 6749 6, with a refresh token that no server can have issued.
net::HttpRequest made_up_refresh_token_request(const Question& question);
// RFC 7662 2.1 and RFC 7009 2.1, with a token that no server can have issued; without a
// token_type_hint, which some servers refuse.
net::HttpRequest introspection_request(const Question& question);
net::HttpRequest revocation_request(const Question& question);
// RFC 6749 4.4.2, with the Offering's clientCredentialsScope or none. An issued token is dropped.
net::HttpRequest client_credentials_request(const Question& question);

// Asks the authorization endpoint as a user's browser would, without cookies; not followed.
net::HttpRequest authorization_request(const Provider& provider, const std::string& client_id,
                                       const AuthorizationRequest& request);
// The same with prompt=none (OpenID Connect Core 3.1.2.1).
net::HttpRequest silent_authorization_request(const Provider& provider,
                                              const std::string& client_id,
                                              const AuthorizationRequest& request);

// Returns another value than `secret`, of the same length and the same kinds of characters.
net::SecretString made_up_secret(const net::SecretString& secret);
// Returns a URI that nobody can have registered. It equals the callback in every part that a server
// may check before it reads the client's list: the scheme, the host and the end of the path. (With
// another host, a server that refuses strange hosts would seem to know the registered callbacks.)
std::string made_up_redirect_uri(const std::string& redirect_uri);

// Describes the request for people: "POST https://login.example/token grant_type=authorization_code
// code=… redirect_uri=https://app.example/cb". It leaves out secret and random values, and the
// client id unless it may be shown.
std::string describe(const net::HttpRequest& request, bool shows_client_id);

// code_verifier and its S256 challenge (RFC 7636 4.1, 4.2).
std::string make_code_verifier();
std::string code_challenge(const std::string& verifier);

}  // namespace oauth
