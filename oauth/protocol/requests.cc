#include "oauth/protocol/requests.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/crypto.h"
#include "net/text.h"

namespace oauth {
namespace {

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kMostResponseBytes = 256 << 10;

bool has_field(const net::FormFields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const auto& field) { return field.first == name; });
}

// A provider's own parameters never repeat one of the protocol's (RFC 6749 3.1: each at most once).
void add_missing(net::FormFields& fields, const std::map<std::string, std::string>& parameters) {
  for (const auto& [name, value] : parameters) {
    if (!has_field(fields, name)) fields.emplace_back(name, value);
  }
}

net::HttpRequest request_to(const Provider& provider, std::string method, std::string url) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.timeout = kTimeout;
  request.max_response_bytes = kMostResponseBytes;
  request.ca_bundle_pem = provider.ca_bundle_pem;
  return request;
}

std::string made_up_token() { return "made-up-token-" + net::base64url(net::random_bytes(24)); }

std::size_t random_index(std::size_t size) {
  return static_cast<unsigned char>(net::random_bytes(1)[0]) % size;
}

// The characters that may replace one of the secret's; none: it stays as it is, since separators
// and the like belong to a secret's shape.
class Alphabet {
 public:
  explicit Alphabet(std::string_view secret) {
    // Letters of a hexadecimal secret stay hexadecimal.
    const bool hexadecimal = std::all_of(secret.begin(), secret.end(), [](char c) {
      return !is_letter(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    letters_ = hexadecimal ? 6 : 26;
  }

  std::string_view for_character(char c) const {
    if (c >= '0' && c <= '9') return "0123456789";
    if (c >= 'a' && c <= 'z') {
      return std::string_view("abcdefghijklmnopqrstuvwxyz").substr(0, letters_);
    }
    if (c >= 'A' && c <= 'Z') {
      return std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ").substr(0, letters_);
    }
    return {};
  }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  std::size_t letters_ = 26;
};

// The characters that may replace the one at `at`. The two after a '%' stay: a server that decodes
// unencoded text must fail at both secrets or at neither, or else it would refuse the control for
// another reason than the secret.
std::string_view choices(const std::string& text, std::size_t at, const Alphabet& alphabet) {
  const bool escaped = (at >= 1 && text[at - 1] == '%') || (at >= 2 && text[at - 2] == '%');
  return escaped ? std::string_view{} : alphabet.for_character(text[at]);
}

// Changes one character to another of its kind, so that the text surely differs.
void change_one(std::string& text, const Alphabet& alphabet) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view kind = choices(text, at, alphabet);
    if (kind.empty()) continue;
    text[at] = kind[(kind.find(text[at]) + 1) % kind.size()];
    return;
  }
  text += 'x';
}

net::HttpRequest authorization_page(const Provider& provider, const net::FormFields& fields) {
  net::HttpRequest get =
      request_to(provider, "GET", net::with_query(provider.endpoints.authorization, fields));
  get.headers.add("Accept", "text/html");
  return get;
}

net::HttpRequest token_request(const Question& question, net::FormFields fields) {
  add_missing(fields, question.provider.token_parameters);
  return client_request(question.provider, question.provider.endpoints.token, question.client,
                        std::move(fields));
}

net::FormFields fields_of(const Provider& provider, const std::string& client_id,
                          const AuthorizationRequest& request) {
  net::FormFields fields = authorization_fields(provider, request);
  std::erase_if(fields, [](const auto& field) { return field.first == "client_id"; });
  fields.emplace_back("client_id", client_id);
  return fields;
}

}  // namespace

net::HttpRequest client_request(const Provider& provider, const std::string& endpoint,
                                const Client& client, net::FormFields fields) {
  net::HttpRequest request = request_to(provider, "POST", endpoint);
  request.headers.add("Accept", "application/json");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  traits(provider.client_authentication).authenticate(provider, client, request, fields);
  request.body = net::form_encode(fields);
  for (auto& [name, value] : fields) net::wipe(value);
  return request;
}

bool encoding_matters(const Provider& provider, const Client& client) {
  return traits(provider.client_authentication).basic_encoding_matters &&
         (net::form_encode(client.id) != client.id ||
          net::form_encode(client.secret.reveal()) != client.secret.reveal());
}

net::FormFields authorization_fields(const Provider& provider,
                                     const AuthorizationRequest& request) {
  net::FormFields fields = {{"response_type", "code"}, {"redirect_uri", request.redirect_uri}};
  if (!request.scopes.empty()) {
    fields.emplace_back("scope", net::joined(request.scopes, provider.scope_separator));
  }
  if (!request.state.empty()) fields.emplace_back("state", request.state);
  const bool openid =
      std::find(request.scopes.begin(), request.scopes.end(), "openid") != request.scopes.end();
  if (openid && !request.nonce.empty()) fields.emplace_back("nonce", request.nonce);
  if (provider.pkce == Pkce::S256 && !request.code_challenge.empty()) {
    fields.emplace_back("code_challenge", request.code_challenge);
    fields.emplace_back("code_challenge_method", "S256");
  }
  add_missing(fields, provider.authorization_parameters);
  return fields;
}

net::HttpRequest pushed_authorization_request(const Question& question) {
  const auto& [provider, client, authorization] = question;
  // client_id is a parameter of the authorization request itself, however the client authenticates.
  net::FormFields fields = authorization_fields(provider, authorization);
  if (!has_field(fields, "client_id")) fields.emplace_back("client_id", client.id);
  return client_request(provider, provider.endpoints.pushed_authorization_request, client,
                        std::move(fields));
}

net::HttpRequest made_up_code_request(const Question& question) {
  const auto& [provider, client, authorization] = question;
  net::FormFields fields = {{"grant_type", "authorization_code"},
                            // A fixed beginning explains it to a person who finds it in a log.
                            {"code", "made-up-code-" + net::base64url(net::random_bytes(24))},
                            {"redirect_uri", authorization.redirect_uri}};
  if (provider.pkce == Pkce::S256) fields.emplace_back("code_verifier", make_code_verifier());
  return token_request(question, std::move(fields));
}

net::HttpRequest made_up_refresh_token_request(const Question& question) {
  return token_request(question,
                       {{"grant_type", "refresh_token"}, {"refresh_token", made_up_token()}});
}

net::HttpRequest introspection_request(const Question& question) {
  return client_request(question.provider, question.provider.endpoints.introspection,
                        question.client, {{"token", made_up_token()}});
}

net::HttpRequest revocation_request(const Question& question) {
  return client_request(question.provider, question.provider.endpoints.revocation, question.client,
                        {{"token", made_up_token()}});
}

net::HttpRequest client_credentials_request(const Question& question) {
  net::FormFields fields = {{"grant_type", "client_credentials"}};
  if (!question.provider.client_credentials_scope.empty())
    fields.emplace_back("scope", question.provider.client_credentials_scope);
  return token_request(question, std::move(fields));
}

net::HttpRequest authorization_request(const Provider& provider, const std::string& client_id,
                                       const AuthorizationRequest& request) {
  return authorization_page(provider, fields_of(provider, client_id, request));
}

net::HttpRequest silent_authorization_request(const Provider& provider,
                                              const std::string& client_id,
                                              const AuthorizationRequest& request) {
  net::FormFields fields = fields_of(provider, client_id, request);
  std::erase_if(fields, [](const auto& field) { return field.first == "prompt"; });
  fields.emplace_back("prompt", "none");
  return authorization_page(provider, fields);
}

net::SecretString made_up_secret(const net::SecretString& secret) {
  const Alphabet alphabet(secret.reveal());
  std::string text = secret.reveal();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view kind = choices(text, at, alphabet);
    if (!kind.empty()) text[at] = kind[random_index(kind.size())];
  }
  if (text == secret.reveal()) change_one(text, alphabet);
  return net::SecretString(std::move(text));
}

std::string made_up_redirect_uri(const std::string& redirect_uri) {
  const auto url = net::parse_url(redirect_uri);
  const std::string segment = "/made-up-" + net::hex(net::random_bytes(8));
  if (!url.ok()) return redirect_uri + segment;
  return url->scheme + "://" + url->authority() + segment + url->path;
}

std::string describe(const net::HttpRequest& request, bool shows_client_id) {
  // The values of these are neither secret nor random.
  constexpr std::array<std::string_view, 8> kShown = {
      "grant_type", "response_type", "redirect_uri",          "scope",
      "prompt",     "resource",      "code_challenge_method", "audience"};
  const std::size_t question = request.url.find('?');
  const bool in_url = request.method == "GET" && question != std::string::npos;
  std::string text =
      request.method + " " + (in_url ? request.url.substr(0, question) : request.url);
  auto fields = net::parse_form(in_url ? request.url.substr(question + 1) : request.body);
  if (!fields.ok()) return text;
  for (auto& [name, value] : *fields) {
    const bool shown = std::find(kShown.begin(), kShown.end(), name) != kShown.end() ||
                       (shows_client_id && name == "client_id");
    text += " " + name + "=" + (shown ? value : "\xE2\x80\xA6");
    net::wipe(value);
  }
  return text;
}

std::string make_code_verifier() { return net::base64url(net::random_bytes(32)); }

std::string code_challenge(const std::string& verifier) {
  return net::base64url(net::sha256(verifier));
}

}  // namespace oauth
