// Real authorization servers (dev/servers); the engine was not written for most of them. Each row
// has the server's answers to a person with curl, and the engine's verdicts: the truth, or not
// proven. The person sends other requests than the engine, so the table is no echo of the engine.
#include <gtest/gtest.h>

#include <memory>

#include "net/crypto.h"
#include "net/json.h"
#include "net/url.h"
#include "oauth/protocol/discovery.h"
#include "oauth/verification/verifier.h"
#include "support/authorization_server.h"

namespace {

using oauth::CallbackOutcome;
using oauth::CredentialsOutcome;
using oauth::Method;
using support::AuthorizationServer;

// From dev/servers/clients.json, except for the wrong values.
struct Client {
  const char* id;
  const char* secret;
};
constexpr Client kRight{"app", "s3cr3t-of-the-app"};
constexpr Client kWrong{"app", "s3cr3t-of-the-abb"};
constexpr Client kUnknown{"nobody", "s3cr3t-of-the-app"};
constexpr Client kSigns{"signs", "s3cr3t+with/signs=&100%"};
constexpr Client kWrongSigns{"signs", "s3cr3t+with/signs=&200%"};
constexpr Client kRobot{"robot", "s3cr3t-of-the-robot"};       // without authorization codes
constexpr Client kMobile{"mobile", "whatever-anybody-types"};  // public: it has no secret
const std::string kRegistered = "https://app.example/oauth/callback/offering";
const std::string kUnregistered = "https://app.example/oauth/callback/another";

struct Verdict {
  const char* curl;  // what the server answers: "400 invalid_grant"
  CredentialsOutcome outcome;
};
struct CallbackVerdict {
  const char* curl;
  CallbackOutcome outcome;
};
struct Asked {
  Method method;
  Verdict right, wrong, unknown;
};
// All methods that the server has an endpoint for, and Auto's result.
struct Row {
  const char* server;
  CredentialsOutcome right, wrong, unknown;
  std::vector<Asked> by_name;
  CallbackVerdict registered, unregistered;
  bool decodes_basic;  // RFC 6749 2.3.1
};

constexpr auto kVerified = CredentialsOutcome::Verified;
constexpr auto kRejected = CredentialsOutcome::Rejected;
constexpr auto kUnverifiable = CredentialsOutcome::Unverifiable;
constexpr auto kUnreachable = CredentialsOutcome::Unreachable;
constexpr auto kAccepted = CallbackOutcome::Accepted;
constexpr auto kRefused = CallbackOutcome::Rejected;
constexpr auto kNotCheckable = CallbackOutcome::NotCheckable;

// The server answers `right` to the right secret, and refuses all others.
Asked as_it_should(Method method, const char* right) {
  constexpr Verdict kRefusal{"401 invalid_client", kRejected};
  return {method, {right, kVerified}, kRefusal, kRefusal};
}

const std::vector<Row> kRows = {
    {.server = "oidc-provider",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::PushedAuthorizationRequest, "201 request_uri"),
                 as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 as_it_should(Method::Introspection, "200 active=false"),
                 as_it_should(Method::Revocation, "200"),
                 as_it_should(Method::ClientCredentials, "400 invalid_request")},
     .registered = {"303 to the callback", kAccepted},
     .unregistered = {"400", kRefused},
     .decodes_basic = true},
    {.server = "oidc-provider-without-par",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 as_it_should(Method::Introspection, "200 active=false"),
                 as_it_should(Method::Revocation, "200"),
                 as_it_should(Method::ClientCredentials, "400 invalid_request")},
     .registered = {"303 to the callback", kAccepted},
     .unregistered = {"400", kRefused},
     .decodes_basic = true},
    {.server = "authlib",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 as_it_should(Method::Introspection, "200 active=false"),
                 as_it_should(Method::Revocation, "200"),
                 as_it_should(Method::ClientCredentials, "400 unauthorized_client")},
     .registered = {"200", kAccepted},
     .unregistered = {"400 invalid_request", kRefused},
     .decodes_basic = true},
    {.server = "django-oauth-toolkit",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 // An empty page with 403 may be a firewall's.
                 {Method::Introspection,
                  {"200 active=false", kUnverifiable},
                  {"403", kUnverifiable},
                  {"403", kUnverifiable}},
                 as_it_should(Method::Revocation, "200"),
                 as_it_should(Method::ClientCredentials, "400 unauthorized_client")},
     .registered = {"302 to the callback", kAccepted},
     .unregistered = {"400", kRefused},
     .decodes_basic = true},
    {.server = "node-oauth2-server",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 as_it_should(Method::ClientCredentials, "400 unauthorized_client")},
     // It asks for the user after it has checked the callback, but no answer says so.
     .registered = {"401", kNotCheckable},
     .unregistered = {"400 invalid_client", kRefused},
     .decodes_basic = false},
    {.server = "fosite",
     .right = kVerified,
     .wrong = kRejected,
     .unknown = kRejected,
     .by_name = {as_it_should(Method::PushedAuthorizationRequest, "201 request_uri"),
                 as_it_should(Method::AuthorizationCode, "400 invalid_grant"),
                 as_it_should(Method::RefreshToken, "400 invalid_grant"),
                 // 401 with a word that no RFC knows: only the made-up secret gets it, so it works
                 // as a control; but it does not name the client.
                 {Method::Introspection,
                  {"200 active=false", kVerified},
                  {"401 request_unauthorized", kUnverifiable},
                  {"401 request_unauthorized", kUnverifiable}},
                 as_it_should(Method::Revocation, "200"),
                 as_it_should(Method::ClientCredentials, "400 unauthorized_client")},
     .registered = {"200", kAccepted},
     .unregistered = {"400 invalid_request", kRefused},
     .decodes_basic = true},
    {.server = "go-oauth2",
     .right = kVerified,
     .wrong = kRejected,
     // It fails at unknown clients, and nobody can distinguish that from an outage.
     .unknown = kUnreachable,
     .by_name = {{Method::AuthorizationCode,
                  {"401 invalid_grant", kVerified},
                  {"401 invalid_client", kRejected},
                  {"500 server_error", kUnreachable}},
                 // It checks the token first.
                 {Method::RefreshToken,
                  {"401 invalid_grant", kUnverifiable},
                  {"401 invalid_grant", kUnverifiable},
                  {"401 invalid_grant", kUnverifiable}},
                 {Method::ClientCredentials,
                  {"200 access_token", kVerified},
                  {"401 invalid_client", kRejected},
                  {"500 server_error", kUnreachable}}},
     // It checks the callback after the sign-in.
     .registered = {"200", kNotCheckable},
     .unregistered = {"200", kNotCheckable},
     .decodes_basic = false},
    {.server = "zitadel",
     .right = kVerified,
     .wrong = kRejected,
     // It checks codes first, fails at unknown clients, and answers 401 in plain text. Its
     // revocation endpoint also answers invalid_client to public clients.
     .unknown = kUnverifiable,
     .by_name = {{Method::AuthorizationCode,
                  {"400 invalid_grant", kUnverifiable},
                  {"400 invalid_grant", kUnverifiable},
                  {"400 invalid_grant", kUnverifiable}},
                 {Method::RefreshToken,
                  {"400 invalid_grant", kVerified},
                  {"401 invalid_client", kRejected},
                  {"500 server_error", kUnreachable}},
                 {Method::Introspection,
                  {"200 active=false", kVerified},
                  {"401", kUnverifiable},
                  {"401", kUnverifiable}},
                 as_it_should(Method::Revocation, "200"),
                 // invalid_client to a good client without the right to this grant: no reason to
                 // reject it.
                 {Method::ClientCredentials,
                  {"401 invalid_client", kUnverifiable},
                  {"401 invalid_client", kUnverifiable},
                  {"401 invalid_client", kUnverifiable}}},
     .registered = {"302 to the callback", kAccepted},
     .unregistered = {"400", kRefused},
     .decodes_basic = true},
};

const char* name_of(CredentialsOutcome outcome) {
  constexpr std::array kNames = {"Verified", "Rejected", "GrantNotAllowed", "Unverifiable",
                                 "Unreachable"};
  return kNames.at(static_cast<std::size_t>(outcome));
}
const char* name_of(CallbackOutcome outcome) {
  constexpr std::array kNames = {"Accepted", "Rejected", "NotCheckable", "Unknown"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

// A server and its endpoints, as the operator would learn them.
class Known {
 public:
  explicit Known(const std::string& name, net::HttpClient& http) : server_(name) {
    if (server_.issuer().empty()) {
      endpoints = {.authorization = server_.endpoint("authorization"),
                   .token = server_.endpoint("token"),
                   .revocation = server_.endpoint("revocation"),
                   .introspection = server_.endpoint("introspection"),
                   .pushed_authorization_request = server_.endpoint("pushedAuthorizationRequest"),
                   .user_info = {}};
      return;
    }
    const auto metadata =
        oauth::discover(server_.issuer(), "", true, http, net::system_clock(), {});
    EXPECT_TRUE(metadata.ok()) << metadata.error().message;
    if (metadata.ok()) endpoints = metadata->endpoints;
  }
  oauth::Endpoints endpoints;

 private:
  AuthorizationServer server_;
};

class Servers : public testing::TestWithParam<Row> {
 protected:
  static void TearDownTestSuite() { known_.clear(); }
  void SetUp() override {
    auto& known = known_[GetParam().server];
    if (!known) known = std::make_unique<Known>(GetParam().server, *http_);
    provider_.endpoints = known->endpoints;
  }

  oauth::VerificationReport verify(Method method, const Client& client,
                                   const std::string& callback = kRegistered) {
    provider_.method = method;
    oauth::VerificationRequest request;
    request.provider = provider_;
    request.client_id = client.id;
    request.secrets.push_back({"client_secret", net::SecretString{client.secret}});
    request.redirect_uri = callback;
    request.scopes = {"openid"};
    return oauth::verify(request, *http_, net::system_clock(), {});
  }

  // Returns the answer as curl would show it.
  std::string curl(const net::HttpRequest& request) {
    const auto response = http_->send(request, {});
    if (!response.ok()) return response.error().message;
    std::string told = std::to_string(response->status);
    if (response->headers.get("Location").starts_with(kRegistered))
      return told + " to the callback";
    const auto json = net::parse_json(response->body);
    if (!json.ok()) return told;
    if (json->contains("error")) return told + " " + net::string_member(*json, "error");
    if (json->contains("active")) return told + " active=" + json->at("active").dump();
    for (const char* member : {"access_token", "request_uri"})
      if (json->contains(member)) told += std::string{" "} + member;
    return told;
  }
  std::string curl(Method method, const Client& client) {
    net::FormFields form;
    if (method == Method::AuthorizationCode)
      form = {{"grant_type", "authorization_code"},
              {"code", "no-such-code"},
              {"redirect_uri", kRegistered},
              {"code_verifier", std::string(43, 'v')}};
    if (method == Method::RefreshToken)
      form = {{"grant_type", "refresh_token"}, {"refresh_token", "no-such-token"}};
    if (method == Method::ClientCredentials) form = {{"grant_type", "client_credentials"}};
    if (method == Method::Introspection || method == Method::Revocation)
      form = {{"token", "no-such-token"}};
    if (method == Method::PushedAuthorizationRequest) form = authorization(client, kRegistered);
    net::HttpRequest request;
    request.method = "POST";
    request.url = oauth::endpoint_of(method, provider_.endpoints);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Authorization",
                        "Basic " + net::base64(std::string{client.id} + ":" + client.secret));
    request.body = net::form_encode(form);
    return curl(request);
  }
  std::string curl_to_authorization_endpoint(const std::string& callback) {
    net::FormFields query = authorization(kRight, callback);
    query.emplace_back("prompt", "none");
    net::HttpRequest request;
    request.url = net::with_query(provider_.endpoints.authorization, query);
    return curl(request);
  }

  oauth::Provider provider_;

 private:
  static net::FormFields authorization(const Client& client, const std::string& callback) {
    return {{"response_type", "code"},
            {"client_id", client.id},
            {"redirect_uri", callback},
            {"scope", "openid"},
            {"state", "0123456789abcdef"},
            // RFC 7636 appendix B.
            {"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
            {"code_challenge_method", "S256"}};
  }

  // The operator makes its own client for providers so.
  std::unique_ptr<net::HttpClient> http_ = std::move(*net::make_http_client(
      {.addresses = net::AddressPolicy::LoopbackAllowed, .reuse_connections = false}));
  static inline std::map<std::string, std::unique_ptr<Known>> known_;
};

std::string told_of(Method method, const Client& client, const oauth::VerificationReport& report) {
  std::string text = std::string{oauth::to_string(method)} + " of " + client.id + " (" +
                     client.secret + "): " + name_of(report.credentials) + ", callback " +
                     name_of(report.callback) + "\n  " + report.credentials_message + "\n  " +
                     report.callback_message;
  for (const oauth::Step& step : report.steps)
    text += "\n    " + step.request + " -> " + step.answer + " => " + step.conclusion;
  return text;
}

TEST_P(Servers, answer_as_the_table_says_and_every_method_concludes_as_it_says) {
  for (const Asked& asked : GetParam().by_name) {
    for (const auto& [client, expected] :
         {std::pair{kRight, asked.right}, {kWrong, asked.wrong}, {kUnknown, asked.unknown}}) {
      EXPECT_EQ(curl(asked.method, client), expected.curl)
          << oauth::to_string(asked.method) << " of " << client.id << ", " << client.secret;
      const auto report = verify(asked.method, client);
      EXPECT_EQ(report.credentials, expected.outcome) << told_of(asked.method, client, report);
    }
  }
}

TEST_P(Servers, that_have_an_endpoint_for_a_method_have_it_in_the_table) {
  for (const Method method : oauth::kMethods) {
    if (method == Method::Auto || method == Method::None) continue;
    const auto& rows = GetParam().by_name;
    const bool there = std::any_of(rows.begin(), rows.end(),
                                   [&](const Asked& asked) { return asked.method == method; });
    EXPECT_EQ(there, !oauth::endpoint_of(method, provider_.endpoints).empty())
        << oauth::to_string(method);
  }
}

TEST_P(Servers, are_concluded_on_by_auto) {
  for (const auto& [client, expected] : {std::pair{kRight, GetParam().right},
                                         {kWrong, GetParam().wrong},
                                         {kUnknown, GetParam().unknown}}) {
    const auto report = verify(Method::Auto, client);
    EXPECT_EQ(report.credentials, expected) << told_of(Method::Auto, client, report);
  }
}

TEST_P(Servers, tell_of_callbacks_what_the_table_says) {
  for (const auto& [callback, expected] :
       {std::pair{kRegistered, GetParam().registered}, {kUnregistered, GetParam().unregistered}}) {
    EXPECT_EQ(curl_to_authorization_endpoint(callback), expected.curl) << callback;
    const auto report = verify(Method::Auto, kRight, callback);
    EXPECT_EQ(report.callback, expected.outcome) << told_of(Method::Auto, kRight, report);
  }
}

// Returns a false statement of the report; empty if all are true. It need not be the whole truth.
std::string falsehood_in(const oauth::VerificationReport& report, const Client& client,
                         const std::string& callback) {
  const bool is_app =
      client.id == std::string{kRight.id} && client.secret == std::string{kRight.secret};
  const bool is_robot = client.id == std::string{kRobot.id};
  switch (report.credentials) {
    case CredentialsOutcome::Verified:
      if (!is_app && !is_robot) return "nobody can use these credentials";
      break;
    case CredentialsOutcome::Rejected:
      if (is_app || is_robot) return "these credentials are right";
      break;
    case CredentialsOutcome::GrantNotAllowed:
      if (!is_robot) return "nothing is known of grants here";
      break;
    default:
      break;
  }
  const bool accepted = report.callback == CallbackOutcome::Accepted;
  if (accepted && callback != kRegistered) return "the callback is not registered";
  if (report.callback == CallbackOutcome::Rejected && callback == kRegistered && !is_robot)
    return "the callback is registered";
  // Configured, but nobody could connect.
  if (accepted && report.credentials == CredentialsOutcome::Verified && is_robot)
    return "this client has no authorization codes";
  return {};
}

TEST_P(Servers, never_bring_about_a_verdict_that_is_not_true) {
  for (const Method method : oauth::kMethods) {
    for (const Client& client : {kRight, kWrong, kUnknown, kRobot, kMobile}) {
      for (const std::string& callback : {kRegistered, kUnregistered}) {
        const auto report = verify(method, client, callback);
        EXPECT_EQ(falsehood_in(report, client, callback), "") << told_of(method, client, report);
      }
    }
  }
}

// RFC 6749 2.3.1: some servers do not decode a client's encoding.
TEST_P(Servers, are_told_to_be_raw_where_they_do_not_decode) {
  const auto encoded = verify(Method::Auto, kSigns);
  if (GetParam().decodes_basic) {
    EXPECT_EQ(encoded.credentials, kVerified) << told_of(Method::Auto, kSigns, encoded);
  } else {
    EXPECT_EQ(encoded.credentials, kUnverifiable) << told_of(Method::Auto, kSigns, encoded);
    EXPECT_NE(encoded.credentials_message.find("basicEncoding to Raw"), std::string::npos);
    provider_.basic_encoding = oauth::BasicEncoding::Raw;
    const auto raw = verify(Method::Auto, kSigns);
    EXPECT_EQ(raw.credentials, kVerified) << told_of(Method::Auto, kSigns, raw);
  }
  EXPECT_EQ(verify(Method::Auto, kWrongSigns).credentials, kRejected);
}

INSTANTIATE_TEST_SUITE_P(Real, Servers, testing::ValuesIn(kRows), [](const auto& row) {
  std::string name = row.param.server;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
