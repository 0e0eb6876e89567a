// Client authentication at the token endpoint and its like (RFC 6749 2.3.1). One table
// (client_authentication.cc) describes each style: it authenticates a request and names the style
// in the hash of inputs, so that no style is sent or hashed as another.
#pragma once

#include "net/url.h"
#include "oauth/protocol/table.h"

namespace net {
struct HttpRequest;
}

namespace oauth {

struct Client;    // requests.h
struct Provider;  // provider.h

// Never guessed: a wrong style looks like a wrong secret.
enum class ClientAuthentication { ClientSecretBasic, ClientSecretPost };
inline constexpr auto kClientAuthentications = all_of<ClientAuthentication>();

struct ClientAuthenticationTraits {
  ClientAuthentication style;
  const char* name;             // in manifests
  bool basic_encoding_matters;  // BasicEncoding makes a difference to it
  // Adds the client's id and secret to the headers or to the form that will be the body.
  void (*authenticate)(const Provider& provider, const Client& client, net::HttpRequest& request,
                       net::FormFields& form);
};

// Thread-safe; the reference stays valid.
const ClientAuthenticationTraits& traits(ClientAuthentication style);
const char* to_string(ClientAuthentication style);

}  // namespace oauth
