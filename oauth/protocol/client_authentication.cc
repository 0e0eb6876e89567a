#include "oauth/protocol/client_authentication.h"

#include <algorithm>

#include "net/crypto.h"
#include "net/http_client.h"
#include "oauth/protocol/provider.h"
#include "oauth/protocol/requests.h"

namespace oauth {
namespace {

void authenticate_by_header(const Provider& provider, const Client& client,
                            net::HttpRequest& request, net::FormFields& /*form*/) {
  // A space as %20 and not as '+': form decoders accept both, and some servers only %20 (pyop).
  const auto encoded = [&](const std::string& text) {
    return provider.basic_encoding == BasicEncoding::Raw ? text : net::percent_encode(text);
  };
  std::string pair = encoded(client.id) + ":" + encoded(client.secret.reveal());
  request.headers.add("Authorization", "Basic " + net::base64(pair));
  net::wipe(pair);
}

void authenticate_by_body(const Provider& /*provider*/, const Client& client,
                          net::HttpRequest& /*request*/, net::FormFields& form) {
  const bool has_id = std::any_of(form.begin(), form.end(),
                                  [](const auto& field) { return field.first == "client_id"; });
  if (!has_id) form.emplace_back("client_id", client.id);
  form.emplace_back("client_secret", client.secret.reveal());
}

constexpr auto kTraits = std::to_array<ClientAuthenticationTraits>({
    {.style = ClientAuthentication::ClientSecretBasic,
     .name = "ClientSecretBasic",
     .basic_encoding_matters = true,
     .authenticate = authenticate_by_header},
    {.style = ClientAuthentication::ClientSecretPost,
     .name = "ClientSecretPost",
     .basic_encoding_matters = false,
     .authenticate = authenticate_by_body},
});
static_assert(kTraits.size() == count_of<ClientAuthentication>(),
              "a ClientAuthentication has no row");
static_assert(is_in_order(kTraits, &ClientAuthenticationTraits::style), "rows are not in order");

}  // namespace

const ClientAuthenticationTraits& traits(ClientAuthentication style) {
  return row_of(kTraits, style);
}

const char* to_string(ClientAuthentication style) { return traits(style).name; }

}  // namespace oauth
