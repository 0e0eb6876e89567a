#include "oauth/verification/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "says.h"
#include "scripted_http.h"

namespace oauth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Sign = CredentialsSign;

constexpr auto kPar = Method::PushedAuthorizationRequest;
constexpr auto kCode = Method::AuthorizationCode;
constexpr auto kSilent = ParameterSign::Silent;
constexpr auto kAccepted = ParameterSign::Accepted;
constexpr auto kRefused = ParameterSign::Refused;
const std::vector<Rule> kNoRules;

Answer read(const net::HttpResponse& response) {
  return read_answer(response, net::SystemTime{std::chrono::seconds{1'700'000'000}});
}

struct Case {
  const char* what;
  Method method;
  net::HttpResponse response;
  Sign credentials;
  ParameterSign callback = kSilent;
  ParameterSign scopes = kSilent;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const Answer answer = read(c.response);
    const Reading reading = classify(c.method, answer, kNoRules);
    EXPECT_EQ(reading.credentials, c.credentials) << c.what << ": " << reading.message;
    EXPECT_EQ(reading.callback, c.callback) << c.what;
    EXPECT_EQ(reading.scopes, c.scopes) << c.what;
    EXPECT_EQ(reading.rule, 0U) << c.what;
    EXPECT_THAT(reading.message, StartsWith(answer.summary())) << c.what;
    EXPECT_EQ(reading.message.back(), '.') << c.what;
  }
}

TEST(Classify, the_token_endpoint_is_read_by_rfc_6749) {
  expect_all({
      {"made-up code", kCode, error_response(400, "invalid_grant"), Sign::Accepted},
      {"made-up code, Auth0", kCode, error_response(403, "invalid_grant"), Sign::Accepted},
      {"made-up code, status 200", kCode, error_response(200, "invalid_grant"), Sign::Accepted},
      {"bad secret", kCode, error_response(401, "invalid_client"), Sign::Refused},
      {"bad secret, Salesforce", kCode, error_response(400, "invalid_client"), Sign::Refused},
      {"bad secret, status 200", kCode, error_response(200, "invalid_client"), Sign::Refused},
      {"bad secret, Keycloak", kCode,
       error_response(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
       Sign::Refused},
      {"bad secret, Keycloak of old", kCode,
       error_response(400, "unauthorized_client", "Invalid client secret"), Sign::Refused},
      {"grant off, Doorkeeper", kCode,
       error_response(401, "unauthorized_client",
                      "The client is not authorized to perform this request using this method."),
       Sign::RefusedOrNotAllowed},
      {"401 unauthorized_client without a word", kCode, error_response(401, "unauthorized_client"),
       Sign::RefusedOrNotAllowed},
      {"bad secret, Authlib", kCode,
       error_response(401, "invalid_client",
                      "The client cannot authenticate with methods: ['client_secret_basic', "
                      "'client_secret_post']"),
       Sign::Refused},
      {"another style, Hydra", kCode,
       error_response(401, "invalid_client",
                      "The OAuth 2.0 Client supports client authentication method "
                      "'client_secret_post', but method 'client_secret_basic' was requested."),
       Sign::Unclear},
      {"grant off", kCode, error_response(400, "unauthorized_client"), Sign::GrantNotAllowed},
      {"grant off, Auth0", kCode, error_response(403, "unauthorized_client"),
       Sign::GrantNotAllowed},
      {"made-up code, go-oauth2", kCode, error_response(401, "invalid_grant"), Sign::Accepted},
      {"Auth0 bad secret", kCode, error_response(401, "access_denied"), Sign::Unclear},
      {"made-up code, Dex", kCode,
       error_response(400, "invalid_request", "Invalid or expired code parameter."),
       Sign::Accepted},
      {"malformed", kCode, error_response(400, "invalid_request"), Sign::Accepted},
      {"no client_id", kCode, error_response(400, "invalid_request", "client_id is missing"),
       Sign::Unclear},
      {"expired secret", kCode,
       error_response(400, "invalid_request", "The client's secret has expired"), Sign::Unclear},
      {"scope", kCode, error_response(400, "invalid_scope"), Sign::Accepted},
      {"grant type", kCode, error_response(400, "unsupported_grant_type"), Sign::Unclear},
      {"redirect before code", kCode, error_response(400, "redirect_uri_mismatch"), Sign::Accepted},
      {"unknown error", kCode, error_response(400, "bad_verification_code"), Sign::Unclear},
      {"a token for a made-up code", kCode, json_response(200, R"({"access_token":"t"})"),
       Sign::Unclear},
  });
}

TEST(Classify, the_pushed_request_endpoint_is_read_by_rfc_9126) {
  const std::string created = R"({"request_uri":"urn:x","expires_in":60})";
  expect_all({
      {"created", kPar, json_response(201, created), Sign::Accepted, kAccepted, kAccepted},
      {"ok", kPar, json_response(200, created), Sign::Accepted, kAccepted, kAccepted},
      {"no request_uri", kPar, json_response(201, R"({"expires_in":60})"), Sign::Unclear},
      {"empty request_uri", kPar, json_response(201, R"({"request_uri":""})"), Sign::Unclear},
      {"error beside request_uri", kPar,
       json_response(200, R"({"request_uri":"urn:x","error":"invalid_request"})"), Sign::Unclear},
      {"another 2xx", kPar, json_response(202, created), Sign::Unclear},
      {"bad secret", kPar, error_response(401, "invalid_client"), Sign::Refused},
      {"bad secret, Keycloak", kPar,
       error_response(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
       Sign::Refused},
      {"401 unauthorized_client without a word", kPar, error_response(401, "unauthorized_client"),
       Sign::RefusedOrNotAllowed},
      {"401, but about the callback", kPar, error_response(401, "invalid_redirect_uri"),
       Sign::Unclear},
      {"grant off", kPar, error_response(400, "unauthorized_client"), Sign::GrantNotAllowed},
      {"its own code", kPar, error_response(400, "invalid_redirect_uri"), Sign::Accepted, kRefused},
      {"RFC 9126 2.3", kPar,
       error_response(400, "invalid_request", "The redirect_uri is not valid for the given client"),
       Sign::Accepted, kRefused},
      {"Keycloak", kPar, error_response(400, "invalid_request", "Invalid parameter: redirect_uri"),
       Sign::Accepted, kRefused},
      {"in words", kPar, error_response(400, "invalid_request", "Redirect URI not registered"),
       Sign::Accepted, kRefused},
      {"scope", kPar, error_response(400, "invalid_scope"), Sign::Accepted, kSilent, kRefused},
      {"scope, naming the redirect_uri", kPar,
       error_response(400, "invalid_scope", "for redirect_uri"), Sign::Accepted, kSilent, kRefused},
      {"malformed", kPar, error_response(400, "invalid_request", "state is missing"),
       Sign::Unclear},
      {"invalid_grant has no place here", kPar, error_response(400, "invalid_grant"),
       Sign::Unclear},
  });
}

TEST(Classify, a_made_up_refresh_token_is_read_like_a_made_up_code_but_for_the_grant) {
  constexpr auto kRefresh = Method::RefreshToken;
  expect_all({
      {"made up", kRefresh, error_response(400, "invalid_grant"), Sign::Accepted},
      {"made up, league of old", kRefresh,
       error_response(401, "invalid_request", "The refresh token is invalid."), Sign::Accepted},
      {"bad secret", kRefresh, error_response(401, "invalid_client"), Sign::Refused},
      {"no refresh tokens for this client", kRefresh, error_response(400, "unauthorized_client"),
       Sign::Accepted},
      {"none at all", kRefresh, error_response(400, "unsupported_grant_type"), Sign::Accepted},
      {"node-oidc-provider", kRefresh,
       error_response(400, "invalid_request",
                      "requested grant type is not allowed for this client"),
       Sign::Accepted},
      {"tokens for nothing", kRefresh, json_response(200, R"({"access_token":"t"})"),
       Sign::Unclear},
  });
}

TEST(Classify, introspection_is_read_by_rfc_7662) {
  constexpr auto kAsk = Method::Introspection;
  expect_all({
      {"not active", kAsk, json_response(200, R"({"active":false})"), Sign::Accepted},
      {"active, although made up", kAsk, json_response(200, R"({"active":true})"), Sign::Unclear},
      {"a word for a boolean", kAsk, json_response(200, R"({"active":"false"})"), Sign::Unclear},
      {"nothing about it", kAsk, json_response(200, "{}"), Sign::Unclear},
      {"an error with 200", kAsk,
       json_response(200, R"({"active":false,"error":"invalid_client"})"), Sign::Refused},
      {"bad secret", kAsk, error_response(401, "invalid_client"), Sign::Refused},
      {"bearer tokens wanted", kAsk, error_response(401, "invalid_token"), Sign::Unclear},
      {"401 without a word", kAsk, {401, {}, ""}, Sign::Unclear},
      {"not for this client", kAsk, error_response(403, "access_denied"), Sign::Unclear},
      {"a page", kAsk, html_response(200, "Welcome"), Sign::Unclear},
  });
}

TEST(Classify, revocation_is_read_by_rfc_7009) {
  constexpr auto kAsk = Method::Revocation;
  expect_all({
      {"nothing to revoke", kAsk, {200, {}, ""}, Sign::Accepted},
      {"nothing to revoke, said to be HTML", kAsk, html_response(200, ""), Sign::Accepted},
      {"nothing to revoke, in JSON", kAsk, json_response(200, "{}"), Sign::Accepted},
      {"an error with 200", kAsk, error_response(200, "invalid_client"), Sign::Refused},
      {"bad secret", kAsk, error_response(401, "invalid_client"), Sign::Refused},
      {"type of token", kAsk, error_response(400, "unsupported_token_type"), Sign::Accepted},
      {"Google", kAsk, error_response(400, "invalid_token"), Sign::Accepted},
      {"bearer tokens wanted", kAsk, error_response(401, "invalid_token"), Sign::Unclear},
      {"a page", kAsk, html_response(200, "Welcome"), Sign::Unclear},
      {"a page that is missing", kAsk, html_response(404, "Nothing"), Sign::Unclear},
  });
}

TEST(Classify, client_credentials_are_read_by_rfc_6749_4_4) {
  constexpr auto kAsk = Method::ClientCredentials;
  expect_all({
      {"a token", kAsk, json_response(200, R"({"access_token":"t0k3n","token_type":"bearer"})"),
       Sign::Accepted},
      {"no token", kAsk, json_response(200, R"({"token_type":"bearer"})"), Sign::Unclear},
      {"bad secret", kAsk, error_response(401, "invalid_client"), Sign::Refused},
      {"grant off, Box", kAsk,
       error_response(400, "unauthorized_client",
                      "This app may not use client_credentials with this client_id"),
       Sign::Accepted},
      {"scope, GitLab", kAsk, error_response(400, "invalid_scope"), Sign::Accepted},
      {"grant type", kAsk, error_response(400, "unsupported_grant_type"), Sign::Accepted},
      {"unprocessable", kAsk, json_response(422, "{}"), Sign::Unclear},
  });
}

Reading reading_of(const net::HttpResponse& response, const std::vector<Rule>& rules = {}) {
  return classify(kCode, read(response), rules);
}

TEST(Control, is_refused_by_a_refusal_or_by_a_401_that_the_own_secret_did_not_get) {
  const Reading own = reading_of(error_response(400, "invalid_grant"));
  EXPECT_TRUE(refuses_control(own, reading_of(error_response(400, "invalid_client"))));
  EXPECT_TRUE(refuses_control(own, reading_of(error_response(401, "access_denied"))));
  EXPECT_TRUE(refuses_control(own, reading_of({401, {}, ""})));
  EXPECT_FALSE(refuses_control(own, reading_of(error_response(400, "invalid_grant"))));
  EXPECT_FALSE(refuses_control(own, reading_of(error_response(400, "access_denied"))));
  EXPECT_FALSE(refuses_control(own, reading_of(html_response(403, "blocked"))));
}

TEST(Control, that_is_answered_401_like_the_own_secret_must_be_refused_by_name) {
  const Reading own = reading_of(error_response(401, "invalid_grant"));
  EXPECT_FALSE(refuses_control(own, reading_of(error_response(401, "invalid_grant"))));
  EXPECT_FALSE(refuses_control(own, reading_of(error_response(401, "access_denied"))));
  EXPECT_TRUE(refuses_control(own, reading_of(error_response(401, "invalid_client"))));
}

TEST(Control, whose_answer_a_rule_explains_is_read_by_the_rule) {
  const Reading own = reading_of(error_response(400, "invalid_grant"));
  const std::vector<Rule> rules = {{.http_status = 401, .verdict = Verdict::Unverifiable}};
  EXPECT_FALSE(refuses_control(own, reading_of(error_response(401, "access_denied"), rules)));
}

TEST(FailedSignIn, is_what_may_lock_a_client_out) {
  for (const auto& response :
       {error_response(401, "invalid_client"), error_response(401, "unauthorized_client"),
        error_response(401, "access_denied"), html_response(403, "no"),
        json_response(400, R"({"status":"BAD_CLIENT_SECRET"})"),
        error_response(200, "bad_client_secret")}) {
    EXPECT_TRUE(is_failed_sign_in(reading_of(response)));
  }
  for (const auto& response :
       {error_response(400, "invalid_grant"), html_response(404, "nothing"),
        html_response(429, "later"), error_response(400, "unauthorized_client"),
        json_response(200, R"({"access_token":"t"})")}) {
    EXPECT_FALSE(is_failed_sign_in(reading_of(response)));
  }
}

TEST(Classify, node_oidc_provider_is_read_as_it_means_it) {
  const auto error = [](int status, const char* code, const char* text) {
    return error_response(status, code, text);
  };
  expect_all({
      {"wrong secret", kPar, error(401, "invalid_client", "client authentication failed"),
       Sign::Refused},
      {"callback", kPar,
       error(400, "invalid_request",
             "redirect_uri did not match any of the client's registered redirect_uris"),
       Sign::Accepted, kRefused},
      {"no code grant, pushed", kPar,
       error(400, "invalid_request", "requested response_type is not allowed for this client"),
       Sign::GrantNotAllowed},
      {"no code grant, token", kCode,
       error(400, "invalid_request", "requested grant type is not allowed for this client"),
       Sign::GrantNotAllowed},
      {"made-up code", kCode, error(400, "invalid_grant", "grant request is invalid"),
       Sign::Accepted},
      {"bad encoding", kCode,
       error(400, "invalid_request",
             "client_id and client_secret in the authorization header are not properly encoded"),
       Sign::Unclear},
      {"pushed by GET", kPar, {404, {{"Content-Type", "text/plain"}}, "Not Found"}, Sign::Unclear},
  });
  const Answer scope = read(json_response(
      400, R"({"error":"invalid_scope","error_description":"not allowed","scope":"api:write"})"));
  EXPECT_THAT(classify(kPar, scope, kNoRules).message, HasSubstr("(api:write)"));
}

TEST(Classify, what_may_pass_is_unreachable_at_both_endpoints) {
  for (const Method method : {kPar, kCode}) {
    for (const int status : {408, 425, 429, 500, 502, 503, 504, 599}) {
      EXPECT_EQ(classify(method, read(html_response(status, "later")), kNoRules).credentials,
                Sign::Unreachable)
          << status;
      EXPECT_EQ(
          classify(method, read(error_response(status, "invalid_client")), kNoRules).credentials,
          Sign::Unreachable)
          << status;
    }
    for (const char* error : {"server_error", "temporarily_unavailable", "slow_down"}) {
      EXPECT_EQ(classify(method, read(error_response(400, error)), kNoRules).credentials,
                Sign::Unreachable)
          << error;
    }
  }
}

TEST(Classify, what_is_no_such_endpoint_is_unclear_and_names_the_field_to_check) {
  const std::vector<net::HttpResponse> responses = {
      html_response(200, "<html>Welcome"),
      html_response(404, "<html>Not found"),
      html_response(405, "<html>"),
      html_response(400, "invalid_client"),
      redirect_response("https://elsewhere.example/token"),
      json_response(302, R"({"error":"invalid_client"})"),
      json_response(404, R"({"message":"no such path"})"),
      {204, {}, ""},
      {400, {}, ""},
  };
  for (const net::HttpResponse& response : responses) {
    const Reading token = classify(kCode, read(response), kNoRules);
    EXPECT_EQ(token.credentials, Sign::Unclear) << token.message;
    EXPECT_THAT(token.message, testing::AnyOf(Says(MessageId::ReadNotSuchAnEndpoint),
                                              Says(MessageId::ReadNotSuchAnEndpointButJson)));
    EXPECT_THAT(token.message, HasSubstr("endpoints.token"));
    const Reading pushed = classify(kPar, read(response), kNoRules);
    EXPECT_EQ(pushed.credentials, Sign::Unclear) << pushed.message;
    EXPECT_THAT(pushed.message, HasSubstr("endpoints.pushedAuthorizationRequest"));
  }
}

TEST(Classify, garbage_never_says_anything_of_credentials) {
  std::mt19937 random(20240229);  // the same garbage each time
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "\"error\"",
                                           ":",
                                           "\"invalid_grant",
                                           "[",
                                           "\xFF",
                                           "\xC3",
                                           std::string(1, '\0'),
                                           "<html>",
                                           "null",
                                           ",",
                                           "\\u0000",
                                           "1e999",
                                           "\"request_uri",
                                           " ",
                                           "\xED\xA0\x80"};
  for (int i = 0; i < 3000; ++i) {
    std::string body;
    for (unsigned n = random() % 12; n > 0; --n) body += pieces[random() % pieces.size()];
    const int status = 200 + static_cast<int>(random() % 300);
    for (const Method method : {kPar, kCode}) {
      const Reading reading = classify(method, read({status, {}, body}), kNoRules);
      EXPECT_EQ(reading.credentials == Sign::Unclear || reading.credentials == Sign::Unreachable,
                true)
          << status << " " << reading.message;
    }
  }
}

TEST(Classify, nested_errors_and_errors_of_other_types_are_none) {
  for (const char* body :
       {R"({"error":null})", R"({"error":["invalid_client"]})",
        R"({"data":{"error":"invalid_grant"}})", R"([{"error":"invalid_grant"}])",
        R"({"Error":"invalid_grant"})", R"({"error":"invalid_grant "})"}) {
    EXPECT_EQ(classify(kCode, read(json_response(400, body)), kNoRules).credentials, Sign::Unclear)
        << body;
  }
}

TEST(Classify, a_description_is_quoted_as_printable_text_alone) {
  const Reading reading =
      classify(kCode, read(error_response(400, "invalid_grant", "a\x1b[31mb")), kNoRules);
  EXPECT_THAT(reading.message, StartsWith("400 invalid_grant \"a\xEF\xBF\xBD[31mb\": "));
}

TEST(Classify, a_body_with_tokens_is_never_quoted) {
  const Reading reading =
      classify(kCode, read(json_response(200, R"({"access_token":"t0k3n"})")), kNoRules);
  EXPECT_THAT(reading.message, testing::Not(HasSubstr("t0k3n")));
}

TEST(Classify, a_failed_transport_is_unreachable_and_says_how) {
  const Reading reading =
      classify(net::Error{net::ErrorCode::Tls, "the certificate of login.example has expired"});
  EXPECT_EQ(reading.credentials, Sign::Unreachable);
  EXPECT_EQ(reading.message,
            "no usable answer: the certificate of login.example has expired. Check the provider's "
            "certificate, and the Offering's caBundle.");
}

Reading with_rules(const net::HttpResponse& response, const std::vector<Rule>& rules,
                   Method method = kCode) {
  return classify(method, read(response), rules);
}

TEST(Rules, come_before_the_defaults) {
  const Reading reading = with_rules(
      error_response(400, "invalid_client"),
      {{.error = "invalid_client", .verdict = Verdict::Unverifiable, .message = "Wait."}});
  EXPECT_EQ(reading.credentials, Sign::Unclear);
  EXPECT_EQ(reading.rule, 1U);
  EXPECT_EQ(reading.message, "400 invalid_client: Wait.");
}

TEST(Rules, the_first_that_matches_wins) {
  const std::vector<Rule> rules = {
      {.http_status = 403, .error = "access_denied", .verdict = Verdict::Verified},
      {.error = "access_denied", .verdict = Verdict::Rejected},
      {.error = "access_denied", .verdict = Verdict::Unreachable}};
  EXPECT_EQ(with_rules(error_response(401, "access_denied"), rules).credentials, Sign::Refused);
  EXPECT_EQ(with_rules(error_response(403, "access_denied"), rules).credentials, Sign::Accepted);
}

TEST(Rules, each_verdict_has_its_sign) {
  const auto sign = [](Verdict verdict) {
    return with_rules(error_response(400, "x"), {{.error = "x", .verdict = verdict}}).credentials;
  };
  EXPECT_EQ(sign(Verdict::Verified), Sign::Accepted);
  EXPECT_EQ(sign(Verdict::Rejected), Sign::Refused);
  EXPECT_EQ(sign(Verdict::Unverifiable), Sign::Unclear);
  EXPECT_EQ(sign(Verdict::Unreachable), Sign::Unreachable);
}

TEST(Rules, read_another_field_also_where_it_is_a_number) {
  const auto hubspot = json_response(400, R"({"status":"BAD_AUTH_CODE","message":"unknown"})");
  EXPECT_EQ(with_rules(
                hubspot,
                {{.error_field = "status", .error = "BAD_AUTH_CODE", .verdict = Verdict::Verified}})
                .credentials,
            Sign::Accepted);
  const auto zoom = json_response(400, R"({"errorCode":4702})");
  EXPECT_EQ(with_rules(
                zoom, {{.error_field = "errorCode", .error = "4702", .verdict = Verdict::Rejected}})
                .credentials,
            Sign::Refused);
}

TEST(Rules, read_another_field_also_where_it_is_a_boolean) {
  const auto slack = json_response(200, R"({"ok":false,"error":"bad_client_secret"})");
  EXPECT_EQ(
      with_rules(slack, {{.error_field = "ok", .error = "false", .verdict = Verdict::Rejected}})
          .credentials,
      Sign::Refused);
  EXPECT_EQ(
      with_rules(slack, {{.error_field = "ok", .error = "true", .verdict = Verdict::Rejected}})
          .rule,
      0U);
}

TEST(Rules, say_what_unauthorized_client_means_here) {
  const auto answer = error_response(400, "unauthorized_client");
  const auto sign = [&](Verdict verdict) {
    return with_rules(answer,
                      {{.http_status = 400, .error = "unauthorized_client", .verdict = verdict}})
        .credentials;
  };
  EXPECT_EQ(with_rules(answer, {}).credentials, Sign::GrantNotAllowed);
  EXPECT_EQ(sign(Verdict::Verified), Sign::Accepted);
  EXPECT_EQ(sign(Verdict::Rejected), Sign::Refused);
}

TEST(Rules, look_for_a_part_of_the_description_beyond_what_is_shown_of_it) {
  const auto response = error_response(400, "invalid_grant", std::string(500, 'x') + "AADSTS70000");
  EXPECT_EQ(
      with_rules(response, {{.description_contains = "AADSTS70000", .verdict = Verdict::Rejected}})
          .credentials,
      Sign::Refused);
  EXPECT_EQ(with_rules(response,
                       {{.description_contains = "AADSTS7000215", .verdict = Verdict::Rejected}})
                .credentials,
            Sign::Accepted);
}

TEST(Rules, look_into_the_text_where_it_is_no_json) {
  EXPECT_EQ(with_rules(html_response(400, "<b>App disabled</b>"),
                       {{.description_contains = "App disabled", .verdict = Verdict::Rejected}})
                .credentials,
            Sign::Refused);
}

TEST(Rules, every_criterion_must_hold_and_a_rule_without_any_is_about_nothing) {
  EXPECT_EQ(with_rules(error_response(400, "invalid_grant"), {{}}).rule, 0U);
  EXPECT_EQ(with_rules(error_response(400, "invalid_grant"),
                       {{.http_status = 401, .error = "invalid_grant"}})
                .rule,
            0U);
  EXPECT_EQ(with_rules(error_response(400, "invalid_grant", "abc"),
                       {{.error = "invalid_grant", .description_contains = "ABC"}})
                .rule,
            0U);
}

TEST(Rules, about_the_callback_say_that_the_client_came_past_authentication) {
  const Reading reading =
      with_rules(error_response(400, "redirect_uri_mismatch"), {{.error = "redirect_uri_mismatch",
                                                                 .subject = Subject::Callback,
                                                                 .verdict = Verdict::Rejected}});
  EXPECT_EQ(reading.credentials, Sign::Accepted);
  EXPECT_EQ(reading.callback, kRefused);
  EXPECT_EQ(reading.scopes, kSilent);
}

TEST(Rules, that_leave_the_callback_open_leave_the_credentials_to_the_defaults) {
  const auto created = json_response(201, R"({"request_uri":"urn:x"})");
  const std::vector<Rule> rules = {
      {.http_status = 201, .subject = Subject::Callback, .verdict = Verdict::Unverifiable}};
  const Reading reading = with_rules(created, rules, kPar);
  EXPECT_EQ(reading.credentials, Sign::Accepted);
  EXPECT_EQ(reading.callback, kSilent);
}

const std::string kOurs = "https://app.example/cb";
const std::string kMadeUp = "https://app.example/made-up-1/cb";
const std::string kEndpoint = "https://login.example/authorize";

CallbackReading callbacks(const net::HttpResponse& ours, const net::HttpResponse& made_up,
                          const std::vector<Rule>& rules = {}) {
  return classify_callback(read(ours), kOurs, read(made_up), kMadeUp, rules, kEndpoint);
}

const net::HttpResponse kNamed =
    html_response(400, "invalid_redirect_uri: redirect_uri did not match any of the client&#39;s");
const net::HttpResponse kSignIn = html_response(200, "<form>Sign in</form>");

TEST(ClassifyCallback, a_firewall_that_stops_the_strange_host_proves_nothing_about_ours) {
  for (const int status : {401, 403}) {
    EXPECT_EQ(callbacks(redirect_response(kOurs), html_response(status, "Forbidden")).sign,
              CallbackSign::NotCheckable);
  }
}

TEST(ClassifyCallback, a_parameter_that_a_page_repeats_is_not_a_refusal_by_name) {
  for (const char* page :
       {R"(<input type="hidden" name="redirect_uri" value="x">)", R"({"redirect_uri": "x"})",
        R"(<input id='redirect_uri'>)", "&quot;redirect_uri&quot;:x"}) {
    const auto refused = html_response(400, page);
    EXPECT_EQ(callbacks(refused, refused).sign, CallbackSign::NotCheckable) << page;
  }
}

TEST(ClassifyCallback, a_redirect_to_ours_alone_is_accepted) {
  for (const auto& made_up :
       {kNamed, kSignIn, html_response(400, "no"), redirect_response("https://login.example/error"),
        redirect_response(kOurs + "?error=invalid_request")}) {
    EXPECT_EQ(callbacks(redirect_response(kOurs + "?error=login_required"), made_up).sign,
              CallbackSign::Accepted);
  }
  EXPECT_EQ(callbacks(redirect_response(kOurs + "#error=login_required"), kNamed).sign,
            CallbackSign::Accepted);
  EXPECT_EQ(callbacks(redirect_response(kOurs), kNamed).sign, CallbackSign::Accepted);
}

TEST(ClassifyCallback, a_redirect_to_both_proves_nothing) {
  const CallbackReading reading = callbacks(redirect_response(kOurs + "?error=login_required"),
                                            redirect_response(kMadeUp + "?error=login_required"));
  EXPECT_EQ(reading.sign, CallbackSign::NotCheckable);
  EXPECT_THAT(reading.message, Says(MessageId::CallbackOpen));
}

TEST(ClassifyCallback, a_redirect_to_nearly_ours_is_not_ours) {
  for (const std::string location :
       {"https://app.example/cb/?error=x", "https://app.example/cb2?error=x",
        "https://app.example.evil.example/cb", "http://app.example/cb?error=x", "/cb?error=x",
        "https://app.example/cb&error=x"}) {
    EXPECT_NE(callbacks(redirect_response(location), html_response(403, "no")).sign,
              CallbackSign::Accepted)
        << location;
  }
}

TEST(ClassifyCallback, a_callback_with_a_query_of_its_own_is_recognised) {
  const std::string ours = "https://app.example/cb?tenant=1";
  const auto sign = [&](const std::string& location) {
    return classify_callback(read(redirect_response(location)), ours, read(kNamed), kMadeUp, {})
        .sign;
  };
  EXPECT_EQ(sign(ours + "&error=login_required"), CallbackSign::Accepted);
  EXPECT_NE(sign(ours + "2&error=login_required"), CallbackSign::Accepted);
  EXPECT_NE(sign("https://app.example/cb?error=login_required"), CallbackSign::Accepted);
}

TEST(ClassifyCallback, an_error_that_comes_back_to_ours_still_proves_it_and_tells_of_scopes) {
  const CallbackReading refused =
      callbacks(redirect_response(kOurs + "?error=invalid_scope&state=x"), kNamed);
  EXPECT_EQ(refused.sign, CallbackSign::Accepted);
  EXPECT_EQ(refused.scopes, kRefused);
}

// The words of django-oidc-provider, pyop and better-auth among them.
TEST(ClassifyCallback, an_error_that_users_would_get_is_told_and_may_refuse_the_grant) {
  const auto to_ours = [](const std::string& error) {
    return callbacks(redirect_response(kOurs + "?error=" + error), kNamed);
  };
  for (const char* error :
       {"unauthorized_client", "unsupported_response_type",
        "invalid_request&error_description=Response%20type%20is%20not%20registered"}) {
    EXPECT_THAT(to_ours(error).grant_refused, HasSubstr("302 with error=")) << error;
    EXPECT_EQ(to_ours(error).sign, CallbackSign::Accepted);
  }
  EXPECT_EQ(to_ours("login_required").error, "");
  EXPECT_EQ(to_ours("invalid_scope").error, "");
  const CallbackReading malformed =
      to_ours("invalid_request&error_description=The+request+is+otherwise+malformed");
  EXPECT_EQ(malformed.error, "invalid_request");
  EXPECT_EQ(malformed.grant_refused, "");
  EXPECT_THAT(malformed.message, HasSubstr("\"The request is otherwise malformed\""));

  const auto own_page = redirect_response(
      "/error?error=unauthorized_client&error_description=client+is+not+authorized+to+use+the+"
      "authorization_code+grant");
  EXPECT_THAT(callbacks(own_page, own_page).grant_refused, HasSubstr("authorization_code grant"));
  const auto bare = redirect_response("/error?error=unauthorized_client");
  EXPECT_EQ(callbacks(bare, bare).grant_refused, "") << "it may be about the callback";
}

TEST(Classify, a_401_without_an_error_may_be_a_refusal_or_a_gateway_and_says_so) {
  const Reading reading = classify(kCode, read(html_response(401, "Please sign in")), kNoRules);
  EXPECT_EQ(reading.credentials, Sign::Unclear);
  EXPECT_THAT(reading.message, Says(MessageId::ReadUnexplained401));
  EXPECT_THAT(reading.message, HasSubstr("endpoints.token"));
}

TEST(ClassifyCallback, a_sign_in_page_is_accepted_only_where_the_other_is_refused_by_name) {
  for (const auto& page : {kSignIn, redirect_response("/login"),
                           redirect_response("https://login.example/interaction/1"),
                           redirect_response("https://identity.example/login"),
                           redirect_response("//identity.example/login")}) {
    EXPECT_EQ(callbacks(page, kNamed).sign, CallbackSign::Accepted);
    EXPECT_EQ(callbacks(page, html_response(403, "Blocked by a firewall")).sign,
              CallbackSign::NotCheckable);
    EXPECT_EQ(callbacks(page, kSignIn).sign, CallbackSign::NotCheckable);
  }
  EXPECT_EQ(callbacks(redirect_response("https://other.example/?error=x"), kNamed).sign,
            CallbackSign::NotCheckable);
}

TEST(ClassifyCallback, a_redirect_to_what_begins_like_the_made_up_one_proves_nothing) {
  EXPECT_EQ(callbacks(redirect_response(kOurs + "?error=login_required"),
                      redirect_response(kMadeUp + ";error=login_required"))
                .sign,
            CallbackSign::NotCheckable);
}

TEST(ClassifyCallback, a_refusal_that_names_the_redirect_uri_is_refused) {
  for (const auto& ours :
       {kNamed, html_response(400, "Error 400: redirect_uri_mismatch"),
        html_response(403, "The Redirect URI is not registered"),
        error_response(400, "invalid_request", "Invalid parameter: redirect_uri"),
        redirect_response("https://login.example/error?error=redirect_uri_mismatch")}) {
    EXPECT_EQ(callbacks(ours, kNamed).sign, CallbackSign::Refused);
  }
}

TEST(ClassifyCallback, a_page_that_only_quotes_the_request_does_not_name_the_redirect_uri) {
  for (const std::string text :
       {"Cannot GET /authorize?redirect_uri=https://app.example/cb",
        "next=%2Fauthorize%3Fredirect_uri%3Dhttps", "x=redirect_uri%253Dhttps"}) {
    EXPECT_EQ(callbacks(html_response(400, text), html_response(400, text)).sign,
              CallbackSign::NotCheckable)
        << text;
  }
}

TEST(ClassifyCallback, what_a_page_does_not_show_and_lists_of_parameters_are_no_refusal_by_name) {
  for (const char* page :
       {"<script>const known = ['redirect_uri', 'state'];</script>Something went wrong",
        "<style>.redirect_uri {}</style>Oops", "<!-- redirect_uri --> Oops",
        "<p title=\"redirect_uri\">Oops</p>", "Check client_id, redirect_uri and state",
        "invalid redirect_uri, scope or state"}) {
    const auto refused = html_response(400, page);
    EXPECT_EQ(callbacks(refused, refused).sign, CallbackSign::NotCheckable) << page;
  }
}

TEST(ClassifyCallback, pages_that_name_it_without_refusing_are_no_refusal) {
  const auto form = html_response(200, "<input name=redirect_uri>");
  EXPECT_EQ(callbacks(form, form).sign, CallbackSign::NotCheckable);
  const auto missing = html_response(404, "no page for redirect_uri");
  const CallbackReading reading = callbacks(missing, missing);
  EXPECT_EQ(reading.sign, CallbackSign::NotCheckable);
  EXPECT_THAT(reading.message, Says(MessageId::CallbackNotSuchAnEndpoint));
}

TEST(ClassifyCallback, the_same_refusal_without_a_name_proves_nothing) {
  const auto unknown = html_response(400, "invalid_client: client is invalid");
  EXPECT_EQ(callbacks(unknown, unknown).sign, CallbackSign::NotCheckable);
}

TEST(ClassifyCallback, ours_refused_where_the_made_up_one_is_let_in_contradicts_itself) {
  EXPECT_EQ(callbacks(kNamed, redirect_response(kMadeUp + "?error=login_required")).sign,
            CallbackSign::NotCheckable);
  EXPECT_EQ(callbacks(kNamed, kSignIn).sign, CallbackSign::NotCheckable);
}

TEST(ClassifyCallback, an_outage_at_either_is_unreachable) {
  const auto home = redirect_response(kOurs + "?error=login_required");
  EXPECT_EQ(callbacks(html_response(503, ""), kNamed).sign, CallbackSign::Unreachable);
  EXPECT_EQ(callbacks(html_response(500, ""), html_response(500, "")).sign,
            CallbackSign::Unreachable);
  EXPECT_EQ(callbacks(home, html_response(429, "")).sign, CallbackSign::Unreachable);
  EXPECT_EQ(callbacks(home, html_response(502, "")).sign, CallbackSign::Unreachable);
}

TEST(ClassifyCallback, a_server_that_fails_at_strange_callbacks_proves_nothing) {
  EXPECT_EQ(callbacks(redirect_response(kOurs), html_response(500, "")).sign,
            CallbackSign::NotCheckable);
}

TEST(ClassifyCallback, rules_about_the_callback_come_first) {
  const std::vector<Rule> rules = {{.description_contains = "wrong address",
                                    .subject = Subject::Callback,
                                    .verdict = Verdict::Rejected,
                                    .message = "Register it."}};
  const auto page = html_response(200, "<b>wrong address</b>");
  const CallbackReading reading = callbacks(page, page, rules);
  EXPECT_EQ(reading.sign, CallbackSign::Refused);
  EXPECT_THAT(reading.message, HasSubstr("Register it."));
  EXPECT_EQ(callbacks(kSignIn, page, rules).sign, CallbackSign::Accepted);
}

TEST(ClassifyCallback, a_rule_matches_the_parameters_of_a_redirect) {
  const auto error_page = redirect_response("https://login.example/oops?code=E12");
  EXPECT_EQ(callbacks(error_page, error_page,
                      {{.error_field = "code",
                        .error = "E12",
                        .subject = Subject::Callback,
                        .verdict = Verdict::Rejected}})
                .sign,
            CallbackSign::Refused);
}

TEST(ClassifyCallback, a_rule_that_accepts_needs_one_that_refuses_the_made_up_one) {
  const Rule accepts = {.description_contains = "Sign in",
                        .subject = Subject::Callback,
                        .verdict = Verdict::Verified};
  const Rule refuses = {
      .http_status = 403, .subject = Subject::Callback, .verdict = Verdict::Rejected};
  EXPECT_EQ(callbacks(kSignIn, kSignIn, {accepts}).sign, CallbackSign::NotCheckable);
  EXPECT_EQ(callbacks(kSignIn, html_response(403, ""), {accepts}).sign, CallbackSign::NotCheckable);
  EXPECT_EQ(callbacks(kSignIn, html_response(403, ""), {accepts, refuses}).sign,
            CallbackSign::Accepted);
}

TEST(ClassifyCallback, rules_about_credentials_have_no_say) {
  EXPECT_EQ(callbacks(kSignIn, kSignIn, {{.http_status = 200, .verdict = Verdict::Rejected}}).sign,
            CallbackSign::NotCheckable);
}

}  // namespace
}  // namespace oauth
