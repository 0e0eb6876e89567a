#include "operator/verify_output.h"

#include <gtest/gtest.h>

#include "net/json.h"

namespace op {
namespace {

VerifyOptions options() {
  VerifyOptions options;
  options.client_id = "app";
  options.callback_url = "https://connect.example/oauth/callback/acme";
  return options;
}

// A rejection after one request, decided by the rule of that number.
Findings findings(std::size_t rule = 0) {
  api::Offering offering;
  offering.metadata.name = "acme";
  offering.spec.endpoints = {.authorization = "https://login.example/authorize",
                             .token = "https://login.example/token"};
  offering.spec.scopes.required = {"openid"};
  Findings findings;
  findings.the_case =
      make_case(options(), with_status(offering, std::nullopt, options().callback_url, {}),
                net::SecretString{"s3cr3t-of-the-test-client"}, "secret.txt");
  findings.report.emplace();
  findings.report->credentials = oauth::CredentialsOutcome::Rejected;
  findings.report->credentials_message = "It does not accept this secret.";
  findings.report->method = oauth::Method::AuthorizationCode;
  findings.report->secret_key = "client_secret";
  findings.report->steps = {{.method = oauth::Method::AuthorizationCode,
                             .purpose = "with the secret of client_secret",
                             .request = "POST https://login.example/token",
                             .answer = "401 {\"error\": \"invalid_client\"}",
                             .conclusion = "client Refused",
                             .rule = rule}};
  findings.conclusion = conclude(findings.the_case, findings.report, {});
  return findings;
}

void expect_has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
}

TEST(VerifyOutput, text_tells_what_was_asked_answered_and_concluded) {
  const std::string text = to_text(findings(), options());
  expect_has(text, "asked     POST https://login.example/token\n");
  expect_has(text, "answered  401 {\"error\": \"invalid_client\"}\n");
  expect_has(text, "CredentialsVerified False Rejected\n     It does not accept this secret.\n");
  expect_has(text, "Draft, Rejected: It does not accept this secret.\n");
  expect_has(text, "CredentialsRejected (exit code 3)");
  EXPECT_EQ(text.find("means"), std::string::npos) << text;
  EXPECT_EQ(text.find("s3cr3t"), std::string::npos) << text;
}

TEST(VerifyOutput, explaining_tells_what_each_answer_was_taken_for_and_by_what) {
  VerifyOptions explaining = options();
  explaining.explain = true;
  expect_has(to_text(findings(), explaining),
             "means     client Refused\n               by the defaults; the Offering has no rules");
  expect_has(to_text(findings(2), explaining), "by rule 2 of spec.verification.rules");
}

TEST(VerifyOutput, json_has_the_documented_fields) {
  const net::Json json = net::Json::parse(to_json_text(findings(1), options()));
  EXPECT_EQ(json["offering"], "acme");
  EXPECT_EQ(json["issuer"], "");
  EXPECT_EQ(json["authorizationEndpoint"], "https://login.example/authorize");
  EXPECT_EQ(json["tokenEndpoint"], "https://login.example/token");
  EXPECT_EQ(json["clientID"], "app");
  EXPECT_EQ(json["callbackURL"], options().callback_url);
  EXPECT_EQ(json["scopes"], net::Json::array({"openid"}));
  EXPECT_EQ(json["verdict"], "CredentialsRejected");
  EXPECT_EQ(json["exitCode"], 3);
  EXPECT_EQ(json["phase"], "Draft");
  EXPECT_EQ(json["reason"], "Rejected");
  EXPECT_EQ(json["message"], "It does not accept this secret.");
  EXPECT_EQ(json["method"], "AuthorizationCode");
  ASSERT_EQ(json["conditions"].size(), 6U);
  EXPECT_EQ(json["conditions"][0]["type"], "Ready");
  EXPECT_EQ(json["conditions"][0]["status"], "False");
  ASSERT_EQ(json["steps"].size(), 1U);
  EXPECT_EQ(json["steps"][0], (net::Json{{"method", "AuthorizationCode"},
                                         {"purpose", "with the secret of client_secret"},
                                         {"request", "POST https://login.example/token"},
                                         {"answer", "401 {\"error\": \"invalid_client\"}"},
                                         {"conclusion", "client Refused"},
                                         {"rule", 1}}));
  EXPECT_EQ(json.size(), 15U) << json.dump();
}

TEST(VerifyOutput, text_that_is_not_utf_8_ends_nothing) {
  VerifyOptions odd = options();
  odd.callback_url = "https://connect.example/\xff";
  EXPECT_FALSE(to_json_text(findings(), odd).empty());
}

}  // namespace
}  // namespace op
