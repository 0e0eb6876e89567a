#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "oauth/verification/verifier.h"

namespace oauth {
namespace {

const net::SecretString kKey("a key of the operator's");

VerificationRequest inputs() {
  VerificationRequest request;
  request.provider.endpoints.authorization = "https://login.example/authorize";
  request.provider.endpoints.token = "https://login.example/token";
  request.provider.endpoints.pushed_authorization_request = "https://login.example/par";
  request.client_id = "app";
  request.secrets = {{"client_secret", net::SecretString("one")}};
  request.redirect_uri = "https://app.example/cb";
  request.scopes = {"a", "b"};
  return request;
}

InputHash hash_with(const std::function<void(VerificationRequest&)>& change) {
  VerificationRequest request = inputs();
  change(request);
  return hash_inputs(request, kKey);
}

TEST(InputHash, is_the_same_for_the_same_inputs_and_another_under_another_key) {
  EXPECT_EQ(hash_inputs(inputs(), kKey).to_string(), hash_inputs(inputs(), kKey).to_string());
  EXPECT_NE(hash_inputs(inputs(), kKey).base,
            hash_inputs(inputs(), net::SecretString("another key")).base);
}

TEST(InputHash, every_input_but_the_secrets_changes_base_and_full) {
  const std::vector<std::function<void(VerificationRequest&)>> changes = {
      [](auto& r) { r.provider.endpoints.authorization += "2"; },
      [](auto& r) { r.provider.endpoints.token += "2"; },
      [](auto& r) { r.provider.endpoints.pushed_authorization_request += "2"; },
      [](auto& r) { r.provider.endpoints.pushed_authorization_request = ""; },
      [](auto& r) { r.provider.client_authentication = ClientAuthentication::ClientSecretPost; },
      [](auto& r) { r.provider.basic_encoding = BasicEncoding::Raw; },
      [](auto& r) { r.provider.pkce = Pkce::None; },
      [](auto& r) { r.provider.scope_separator = ","; },
      [](auto& r) {
        r.provider.authorization_parameters = {{"a", "b"}};
      },
      [](auto& r) {
        r.provider.token_parameters = {{"a", "b"}};
      },
      [](auto& r) { r.provider.endpoints.introspection = "https://login.example/introspect"; },
      [](auto& r) { r.provider.endpoints.revocation = "https://login.example/revoke"; },
      [](auto& r) { r.provider.method = Method::AuthorizationCode; },
      [](auto& r) { r.provider.method = Method::None; },
      [](auto& r) { r.provider.method = Method::ClientCredentials; },
      [](auto& r) {
        r.provider.method = Method::ClientCredentials;
        r.provider.client_credentials_scope = "api";
      },
      [](auto& r) { r.provider.check_callback = false; },
      [](auto& r) { r.provider.rules.push_back({.error = "x"}); },
      [](auto& r) { r.provider.rules.push_back({.error = "x", .verdict = Verdict::Rejected}); },
      [](auto& r) { r.provider.rules.push_back({.http_status = 400, .error = "x"}); },
      [](auto& r) { r.provider.ca_bundle_pem = "pem"; },
      [](auto& r) { r.client_id = "ap"; },
      [](auto& r) { r.redirect_uri += "/"; },
      [](auto& r) { r.scopes.push_back("c"); },
      [](auto& r) { r.scopes = {"a b"}; },
  };
  std::set<std::string> bases = {hash_inputs(inputs(), kKey).base};
  std::set<std::string> fulls = {hash_inputs(inputs(), kKey).full};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const InputHash hash = hash_with(changes[i]);
    EXPECT_TRUE(bases.insert(hash.base).second) << "change " << i;
    EXPECT_TRUE(fulls.insert(hash.full).second) << "change " << i;
  }
}

TEST(InputHash, what_no_request_is_made_of_changes_nothing) {
  const std::string before = hash_inputs(inputs(), kKey).to_string();
  const auto after = [](auto change) { return hash_with(change).to_string(); };
  EXPECT_EQ(after([](auto& r) { r.provider.endpoints.user_info = "https://x.example"; }), before);
  const auto by_code = [](VerificationRequest& r) {
    r.provider.method = Method::AuthorizationCode;
  };
  EXPECT_EQ(after([&](auto& r) {
              by_code(r);
              r.provider.endpoints.revocation = "https://x.example";
            }),
            after(by_code));
  EXPECT_EQ(after([](auto& r) { r.scopes = {"b", "a"}; }), before);
  EXPECT_EQ(after([](auto& r) { r.control = Control{Method::AuthorizationCode, ""}; }), before);
}

TEST(InputHash, secrets_change_full_alone) {
  const InputHash before = hash_inputs(inputs(), kKey);
  const std::vector<std::function<void(VerificationRequest&)>> changes = {
      [](auto& r) { r.secrets[0].value = net::SecretString("two"); },
      [](auto& r) { r.secrets[0].key = "other"; },
      [](auto& r) {
        r.secrets.push_back({"client_secret_previous", net::SecretString("two")});
      },
  };
  for (const auto& change : changes) {
    const InputHash after = hash_with(change);
    EXPECT_EQ(after.base, before.base);
    EXPECT_NE(after.full, before.full);
  }
}

TEST(InputHash, neighbours_cannot_lend_each_other_characters) {
  const auto a = hash_with([](auto& r) {
    r.client_id = "ab";
    r.redirect_uri = "c";
  });
  const auto b = hash_with([](auto& r) {
    r.client_id = "a";
    r.redirect_uri = "bc";
  });
  EXPECT_NE(a.base, b.base);
}

TEST(InputHash, its_text_is_read_back) {
  const InputHash hash = hash_inputs(inputs(), kKey);
  const InputHash read = parse_input_hash(hash.to_string());
  EXPECT_EQ(read.base, hash.base);
  EXPECT_EQ(read.full, hash.full);
  EXPECT_EQ(hash.base.size(), 22U);
}

TEST(InputHash, what_is_no_hash_has_empty_parts) {
  for (const std::string text : {"", ".", "abc", "abc.", ".abc", "a.b.c", "a b.c"}) {
    EXPECT_EQ(parse_input_hash(text).base, "") << text;
    EXPECT_EQ(parse_input_hash(text).full, "") << text;
  }
}

}  // namespace
}  // namespace oauth
