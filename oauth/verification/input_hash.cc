#include <algorithm>

#include "net/crypto.h"
#include "net/text.h"
#include "oauth/verification/verifier.h"

namespace oauth {
namespace {

// Encodes values one after the other, each after its length, lists after their count: two different
// inputs never encode to the same bytes. Change the version with the meaning of a verdict.
class Encoder {
 public:
  explicit Encoder(std::string_view purpose) { add(purpose); }
  ~Encoder() { net::wipe(bytes_); }
  Encoder(const Encoder&) = default;
  Encoder& operator=(const Encoder&) = delete;

  void add(std::string_view text) {
    add_number(text.size());
    bytes_ += text;
  }
  void add_number(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(number >> shift);
  }
  void add(const std::map<std::string, std::string>& parameters) {
    add_number(parameters.size());
    for (const auto& [name, value] : parameters) {
      add(name);
      add(value);
    }
  }
  void add(const Rule& rule) {
    add(rule.http_status ? std::to_string(*rule.http_status) : "");
    add(rule.error_field);
    add(rule.error);
    add(rule.description_contains);
    add(to_string(rule.subject));
    add(to_string(rule.verdict));
    add(rule.message);
  }

  // 16 bytes are enough: nobody can find a second input for them.
  std::string mac(const net::SecretString& key) const {
    return net::base64url(net::hmac_sha256(key.reveal(), bytes_).substr(0, 16));
  }

 private:
  std::string bytes_;
};

constexpr std::string_view kInputs = "verification-inputs/3";

// Adds every endpoint that verify() may ask, and no other: another user info endpoint is no reason
// for a new verification. Each method adds the token endpoint, where the client's code grant is
// checked (grant_check.h).
void add_questions(const Provider& provider, Encoder& encoder) {
  const std::vector<Method> methods = methods_to_try(provider);
  encoder.add(to_string(provider.method));
  encoder.add_number(methods.size());
  for (const Method method : methods) {
    encoder.add(to_string(method));
    encoder.add(endpoint_of(method, provider.endpoints));
  }
  if (!methods.empty()) encoder.add(provider.endpoints.token);
  if (traits(provider.method).issues_token) encoder.add(provider.client_credentials_scope);
  encoder.add(provider.check_callback ? "callback" : "no callback");
  encoder.add(provider.check_callback ? provider.endpoints.authorization : "");
}

void add_ways(const Provider& provider, Encoder& encoder) {
  encoder.add(traits(provider.client_authentication).name);
  encoder.add(to_string(provider.basic_encoding));
  encoder.add(to_string(provider.pkce));
  encoder.add(provider.scope_separator);
  encoder.add(provider.authorization_parameters);
  encoder.add(provider.token_parameters);
  encoder.add_number(provider.rules.size());
  for (const Rule& rule : provider.rules) encoder.add(rule);
  encoder.add(provider.ca_bundle_pem);
}

void add_client(const VerificationRequest& request, Encoder& encoder) {
  encoder.add(request.client_id);
  encoder.add(request.redirect_uri);
  std::vector<std::string> scopes = request.scopes;  // a set: their order is no input
  std::sort(scopes.begin(), scopes.end());
  encoder.add_number(scopes.size());
  for (const std::string& scope : scopes) encoder.add(scope);
}

void add_secrets(const VerificationRequest& request, Encoder& encoder) {
  encoder.add_number(request.secrets.size());
  for (const NamedSecret& secret : request.secrets) {
    encoder.add(secret.key);
    encoder.add(secret.value.reveal());
  }
}

// Some providers accept a client id in any case, or with spaces around it: all these spellings
// share one account and its failed sign-ins.
std::string account_of(const std::string& client_id) { return net::lower(net::trimmed(client_id)); }

bool is_base64url(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

}  // namespace

InputHash hash_inputs(const VerificationRequest& request, const net::SecretString& key) {
  Encoder encoder(kInputs);
  add_questions(request.provider, encoder);
  add_ways(request.provider, encoder);
  add_client(request, encoder);
  InputHash hash;
  hash.base = encoder.mac(key);
  add_secrets(request, encoder);
  hash.full = encoder.mac(key);
  return hash;
}

SignInKeys sign_in_keys(const VerificationRequest& request, const net::SecretString& key) {
  SignInKeys keys;
  Encoder client("client");
  client.add(account_of(request.client_id));
  keys.client = client.mac(key);

  Encoder sign_in("sign-in");
  add_questions(request.provider, sign_in);
  add_ways(request.provider, sign_in);
  sign_in.add(request.client_id);
  sign_in.add(request.redirect_uri);
  Encoder control = sign_in;
  add_secrets(request, sign_in);
  keys.sign_in = sign_in.mac(key);
  // A pushed request also has the scopes, and its answer may be about them.
  const auto methods = methods_to_try(request.provider);
  if (!methods.empty() && traits(methods.front()).pushes) add_client(request, control);
  keys.control = control.mac(key);
  return keys;
}

InputHash parse_input_hash(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) return {};
  InputHash hash{text.substr(0, dot), text.substr(dot + 1)};
  if (!is_base64url(hash.base) || !is_base64url(hash.full)) return {};
  return hash;
}

}  // namespace oauth
