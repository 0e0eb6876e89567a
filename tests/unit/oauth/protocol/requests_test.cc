#include "oauth/protocol/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "net/crypto.h"
#include "scripted_http.h"

namespace oauth {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Provider provider() {
  Provider p;
  p.endpoints.authorization = "https://login.example/authorize";
  p.endpoints.token = "https://login.example/token";
  p.endpoints.pushed_authorization_request = "https://login.example/par";
  p.ca_bundle_pem = "a bundle";
  return p;
}

Client client(std::string id = "app", std::string secret = "secret") {
  return {std::move(id), net::SecretString(std::move(secret))};
}

AuthorizationRequest to_the_callback() { return {.redirect_uri = "https://app.example/cb"}; }

std::string decoded_authorization(const net::HttpRequest& request) {
  const std::string header{request.headers.get("Authorization")};
  EXPECT_THAT(header, StartsWith("Basic "));
  const auto decoded = net::parse_base64(header.substr(6));
  return decoded.ok() ? *decoded : "";
}

TEST(ClientRequest, basic_encodes_both_parts_as_forms_first) {
  // RFC 6749 2.3.1 with Appendix B: ':' in an id cannot be taken for the separator. A space is %20,
  // which every decoder of '+' decodes, too.
  const auto request = client_request(provider(), "https://login.example/token",
                                      client("an id:1", "s %&+\xC2\xA3\xE2\x82\xAC/~"), {});
  EXPECT_EQ(decoded_authorization(request), "an%20id%3A1:s%20%25%26%2B%C2%A3%E2%82%AC%2F~");
}

TEST(ClientRequest, raw_basic_encodes_nothing) {
  Provider p = provider();
  p.basic_encoding = BasicEncoding::Raw;
  const auto request = client_request(p, p.endpoints.token, client("id", "a+b/c="), {});
  EXPECT_EQ(decoded_authorization(request), "id:a+b/c=");
}

TEST(ClientRequest, basic_keeps_the_secret_out_of_the_body) {
  const auto request =
      client_request(provider(), "https://login.example/token", client(), {{"a", "b"}});
  EXPECT_EQ(request.body, "a=b");
}

TEST(ClientRequest, post_puts_id_and_secret_into_the_body_and_sends_no_authorization) {
  Provider p = provider();
  p.client_authentication = ClientAuthentication::ClientSecretPost;
  const auto request = client_request(p, p.endpoints.token, client("app", "s&t"), {{"a", "b"}});
  EXPECT_EQ(request.body, "a=b&client_id=app&client_secret=s%26t");
  EXPECT_FALSE(request.headers.has("Authorization"));
}

TEST(ClientRequest, it_is_a_bounded_form_post_that_asks_for_json) {
  const auto request = client_request(provider(), "https://login.example/token", client(), {});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://login.example/token");
  EXPECT_EQ(request.headers.get("Accept"), "application/json");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.timeout, std::chrono::seconds{10});
  EXPECT_EQ(request.max_response_bytes, 256U << 10);
  EXPECT_EQ(request.ca_bundle_pem, "a bundle");
}

TEST(AuthorizationFields, have_what_the_flow_will_send) {
  const auto fields = authorization_fields(
      provider(), {"https://app.example/cb", {"openid", "api:read"}, "st", "no", "ch"});
  EXPECT_EQ(net::form_encode(fields),
            "response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid+api%3Aread"
            "&state=st&nonce=no&code_challenge=ch&code_challenge_method=S256");
}

TEST(AuthorizationFields, leave_out_nonce_scope_and_challenge_where_they_have_no_place) {
  Provider p = provider();
  p.pkce = Pkce::None;
  const auto fields = authorization_fields(p, {"https://app.example/cb", {}, "st", "no", "ch"});
  EXPECT_EQ(net::form_encode(fields),
            "response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=st");
}

TEST(AuthorizationFields, join_scopes_by_the_providers_separator) {
  Provider p = provider();
  p.scope_separator = ",";
  const auto fields = authorization_fields(p, {"https://app.example/cb", {"a", "b"}, "", "", ""});
  EXPECT_THAT(net::form_encode(fields), HasSubstr("scope=a%2Cb"));
}

TEST(AuthorizationFields, extra_parameters_never_repeat_the_protocols_own) {
  Provider p = provider();
  p.authorization_parameters = {{"access_type", "offline"}, {"state", "mine"}};
  const std::string form =
      net::form_encode(authorization_fields(p, {"https://app.example/cb", {}, "st", "", ""}));
  EXPECT_THAT(form, HasSubstr("access_type=offline"));
  EXPECT_THAT(form, HasSubstr("state=st"));
  EXPECT_THAT(form, Not(HasSubstr("mine")));
}

TEST(PushedAuthorizationRequest, has_the_client_id_once_with_either_authentication) {
  for (const auto way :
       {ClientAuthentication::ClientSecretBasic, ClientAuthentication::ClientSecretPost}) {
    Provider p = provider();
    p.client_authentication = way;
    const auto request =
        pushed_authorization_request({p, client(), {"https://app.example/cb", {}, "st", "", ""}});
    EXPECT_EQ(request.url, p.endpoints.pushed_authorization_request);
    const std::size_t first = request.body.find("client_id=app");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(request.body.find("client_id=", first + 1), std::string::npos);
  }
}

TEST(MadeUpCodeRequest, has_a_recognisable_random_code_the_callback_and_a_verifier) {
  const auto request = made_up_code_request({provider(), client(), to_the_callback()});
  EXPECT_EQ(field(request, "grant_type"), "authorization_code");
  EXPECT_THAT(field(request, "code"), testing::MatchesRegex("made-up-code-[A-Za-z0-9_-]*"));
  EXPECT_EQ(field(request, "code").size(), 13U + 32U);
  EXPECT_EQ(field(request, "redirect_uri"), "https://app.example/cb");
  EXPECT_EQ(field(request, "code_verifier").size(), 43U);
  EXPECT_NE(field(request, "code"),
            field(made_up_code_request({provider(), client(), to_the_callback()}), "code"));
}

TEST(MadeUpCodeRequest, has_no_verifier_without_pkce_and_has_the_extra_parameters) {
  Provider p = provider();
  p.pkce = Pkce::None;
  p.token_parameters = {{"audience", "api"}, {"code", "another"}};
  const auto request = made_up_code_request({p, client(), to_the_callback()});
  EXPECT_EQ(field(request, "code_verifier"), "");
  EXPECT_EQ(field(request, "audience"), "api");
  EXPECT_THAT(request.body, Not(HasSubstr("another")));
}

TEST(SilentAuthorizationRequest, asks_with_prompt_none_whatever_the_provider_wants_of_users) {
  Provider p = provider();
  p.endpoints.authorization = "https://login.example/authorize?tenant=1";
  p.authorization_parameters = {{"prompt", "consent"}};
  const auto request =
      silent_authorization_request(p, "app", {"https://app.example/cb", {}, "st", "", "ch"});
  EXPECT_EQ(request.method, "GET");
  EXPECT_THAT(request.url, StartsWith("https://login.example/authorize?tenant=1&response_type="));
  EXPECT_EQ(field(request, "prompt"), "none");
  EXPECT_EQ(field(request, "client_id"), "app");
  EXPECT_EQ(field(request, "redirect_uri"), "https://app.example/cb");
  EXPECT_THAT(request.url, Not(HasSubstr("consent")));
  EXPECT_FALSE(request.headers.has("Authorization"));
  EXPECT_FALSE(request.headers.has("Cookie"));
}

TEST(MadeUpSecret, has_the_shape_of_the_secret_and_is_another) {
  const std::string secret = "GOCSPX-aB3_xyz~09";
  const std::string made_up = made_up_secret(net::SecretString(secret)).reveal();
  ASSERT_EQ(made_up.size(), secret.size());
  EXPECT_NE(made_up, secret);
  for (std::size_t i = 0; i < secret.size(); ++i) {
    EXPECT_EQ(std::isdigit(made_up[i]) != 0, std::isdigit(secret[i]) != 0) << i;
    EXPECT_EQ(std::islower(made_up[i]) != 0, std::islower(secret[i]) != 0) << i;
    EXPECT_EQ(std::isupper(made_up[i]) != 0, std::isupper(secret[i]) != 0) << i;
    if (std::isalnum(secret[i]) == 0) {
      EXPECT_EQ(made_up[i], secret[i]) << i;
    }
  }
}

TEST(MadeUpSecret, of_a_hexadecimal_secret_is_hexadecimal) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const std::string made_up = made_up_secret(net::SecretString(secret)).reveal();
  EXPECT_EQ(made_up.find_first_not_of("0123456789abcdef"), std::string::npos);
}

// "%q7" cannot be decoded, but "%a7" could: the two would then differ in more than the secret.
TEST(MadeUpSecret, leaves_what_may_be_taken_for_percent_encoding_as_it_is) {
  const std::string secret = "aB3xq7%q7xyz01%zz%4";
  for (int i = 0; i < 50; ++i) {
    const std::string made_up = made_up_secret(net::SecretString(secret)).reveal();
    EXPECT_NE(made_up, secret);
    EXPECT_EQ(made_up.substr(6, 3), "%q7");
    EXPECT_EQ(made_up.substr(14), "%zz%4");
    EXPECT_NE(made_up_secret(net::SecretString("%q7")).reveal(), "%q7");
  }
}

TEST(MadeUpSecret, is_another_even_where_there_is_little_to_change) {
  for (const std::string secret : {"1", "a", "-", "~~~", ""}) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_NE(made_up_secret(net::SecretString(secret)).reveal(), secret);
    }
  }
}

TEST(MadeUpRedirectUri, differs_from_the_callback_in_a_part_of_the_path_that_nobody_can_guess) {
  const std::string made_up = made_up_redirect_uri("http://app.example:8081/oauth/callback/x?y=z");
  EXPECT_THAT(made_up,
              testing::MatchesRegex("http://app.example:8081/made-up-[0-9a-f]*/oauth/callback/x"));
  EXPECT_NE(made_up, made_up_redirect_uri("http://app.example:8081/oauth/callback/x?y=z"));
  EXPECT_TRUE(net::parse_url(made_up).ok());
}

TEST(MadeUpTokens, are_recognisable_and_sent_where_each_method_wants_them) {
  Provider p = provider();
  p.endpoints.introspection = "https://login.example/introspect";
  p.endpoints.revocation = "https://login.example/revoke";
  p.token_parameters = {{"audience", "api"}};
  const auto refresh = made_up_refresh_token_request({p, client(), {}});
  EXPECT_EQ(refresh.url, p.endpoints.token);
  EXPECT_EQ(field(refresh, "grant_type"), "refresh_token");
  EXPECT_THAT(field(refresh, "refresh_token"), StartsWith("made-up-token-"));
  EXPECT_EQ(field(refresh, "audience"), "api");

  const auto introspection = introspection_request({p, client(), {}});
  EXPECT_EQ(introspection.url, p.endpoints.introspection);
  EXPECT_THAT(introspection.body, testing::MatchesRegex("token=made-up-token-[A-Za-z0-9_-]*"));
  const auto revocation = revocation_request({p, client(), {}});
  EXPECT_EQ(revocation.url, p.endpoints.revocation);
  EXPECT_THAT(revocation.body, testing::MatchesRegex("token=made-up-token-[A-Za-z0-9_-]*"));
  EXPECT_NE(revocation.body, revocation_request({p, client(), {}}).body);
}

TEST(ClientCredentialsRequest, asks_for_no_scope_but_the_offerings) {
  Provider p = provider();
  p.token_parameters = {{"resource", "https://api.example"}};
  EXPECT_EQ(client_credentials_request({p, client(), {}}).body,
            "grant_type=client_credentials&resource=https%3A%2F%2Fapi.example");
  p.client_credentials_scope = "https://api.example/.default";
  EXPECT_EQ(client_credentials_request({p, client(), {}}).body,
            "grant_type=client_credentials&scope=https%3A%2F%2Fapi.example%2F.default"
            "&resource=https%3A%2F%2Fapi.example");
}

TEST(Describe, tells_what_was_asked_and_nothing_secret_or_random) {
  Provider p = provider();
  p.client_authentication = ClientAuthentication::ClientSecretPost;
  const std::string dots = "\xE2\x80\xA6";
  EXPECT_EQ(describe(made_up_code_request({p, client("app", "s3cr3t"), to_the_callback()}), true),
            "POST https://login.example/token grant_type=authorization_code code=" + dots +
                " redirect_uri=https://app.example/cb code_verifier=" + dots +
                " client_id=app client_secret=" + dots);
  const auto silent =
      silent_authorization_request(p, "app", {"https://app.example/cb", {"a"}, "st", "", ""});
  EXPECT_EQ(describe(silent, true),
            "GET https://login.example/authorize response_type=code "
            "redirect_uri=https://app.example/cb scope=a state=" +
                dots + " client_id=app prompt=none");
  EXPECT_EQ(describe(silent, false),
            "GET https://login.example/authorize response_type=code "
            "redirect_uri=https://app.example/cb scope=a state=" +
                dots + " client_id=" + dots + " prompt=none");
}

TEST(Pkce, the_challenge_is_that_of_rfc_7636_appendix_b) {
  EXPECT_EQ(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, verifiers_are_43_unreserved_characters_and_never_the_same) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const std::string verifier = make_code_verifier();
    EXPECT_EQ(verifier.size(), 43U);
    EXPECT_TRUE(seen.insert(verifier).second);
  }
}

}  // namespace
}  // namespace oauth
