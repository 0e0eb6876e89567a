#include "operator/verify_conclusion.h"

#include <gtest/gtest.h>

#include <set>

#include "api/conditions.h"

namespace op {
namespace {

using oauth::CallbackOutcome;
using oauth::CredentialsOutcome;
using oauth::ScopesOutcome;
namespace condition = api::condition;
namespace reason = api::reason;

const net::SystemTime kNow{std::chrono::seconds{1'700'000'000}};
const net::SecretString kSecret{"s3cr3t-of-the-test-client"};

VerifyOptions options() {
  VerifyOptions options;
  options.client_id = "app";
  options.callback_url = "https://connect.example/oauth/callback/acme";
  return options;
}

api::Offering offering() {
  api::Offering offering;
  offering.metadata.name = "acme";
  offering.metadata.generation = 1;
  offering.spec.scopes.required = {"openid"};
  offering.spec.endpoints.authorization = "https://login.example/authorize";
  offering.spec.endpoints.token = "https://login.example/token";
  return with_status(offering, std::nullopt, options().callback_url, kNow);
}

oauth::VerificationReport report(CredentialsOutcome credentials, CallbackOutcome callback) {
  oauth::VerificationReport report;
  report.credentials = credentials;
  report.credentials_message = "What was said of the credentials.";
  report.callback = callback;
  report.callback_message = "What was said of the callback.";
  report.method = oauth::Method::AuthorizationCode;
  report.secret_key = "client_secret";
  return report;
}

Conclusion conclusion(const oauth::VerificationReport& report, api::Offering of = offering()) {
  return conclude(make_case(options(), std::move(of), kSecret, "secret.txt"), report, kNow);
}

Conclusion without_asking(const VerifyOptions& asked, const api::Offering& of,
                          const std::string& secret) {
  const Case the_case = make_case(asked, of, net::SecretString{secret}, "secret.txt");
  EXPECT_FALSE(the_case.picture.request) << "would ask";
  return conclude(the_case, std::nullopt, kNow);
}

const kube::Condition& ready(const Conclusion& conclusion) {
  EXPECT_EQ(conclusion.conditions.front().type, condition::ready);
  return conclusion.conditions.front();
}

TEST(VerifyConclusion, each_verdict_has_its_own_outcome) {
  const auto outcome = [](CredentialsOutcome credentials, CallbackOutcome callback) {
    return conclusion(report(credentials, callback)).outcome;
  };
  using C = CredentialsOutcome;
  using B = CallbackOutcome;
  EXPECT_EQ(outcome(C::Verified, B::Accepted), Outcome::Verified);
  EXPECT_EQ(outcome(C::Verified, B::NotCheckable), Outcome::Verified);
  EXPECT_EQ(outcome(C::Verified, B::Rejected), Outcome::CallbackRejected);
  EXPECT_EQ(outcome(C::Verified, B::Unknown), Outcome::Unreachable);
  EXPECT_EQ(outcome(C::Rejected, B::Unknown), Outcome::CredentialsRejected);
  EXPECT_EQ(outcome(C::GrantNotAllowed, B::Unknown), Outcome::GrantNotAllowed);
  EXPECT_EQ(outcome(C::Unverifiable, B::NotCheckable), Outcome::Unverifiable);
  EXPECT_EQ(outcome(C::Unreachable, B::Unknown), Outcome::Unreachable);
}

TEST(VerifyConclusion, scopes_that_the_provider_refuses_are_an_outcome_of_their_own) {
  auto refused = report(CredentialsOutcome::Verified, CallbackOutcome::Accepted);
  refused.scopes = ScopesOutcome::Rejected;
  refused.scopes_message = "No such scope.";
  EXPECT_EQ(conclusion(refused).outcome, Outcome::ScopesRejected);
}

TEST(VerifyConclusion, what_an_offering_lets_pass_unverified_is_still_unverifiable) {
  api::Offering allowing = offering();
  allowing.spec.verification.on_unverifiable = api::OnUnverifiable::Allow;
  const Conclusion passed =
      conclusion(report(CredentialsOutcome::Unverifiable, CallbackOutcome::NotCheckable), allowing);
  EXPECT_EQ(passed.outcome, Outcome::Unverifiable);
  EXPECT_EQ(passed.phase, api::Phase::Configured);
  EXPECT_EQ(ready(passed).reason, reason::configured_unverified);
}

TEST(VerifyConclusion, messages_promise_no_next_check) {
  for (const auto credentials : {CredentialsOutcome::Rejected, CredentialsOutcome::Unreachable})
    for (const auto& shown : conclusion(report(credentials, CallbackOutcome::Unknown)).conditions)
      EXPECT_EQ(shown.message.find("Next check"), std::string::npos) << shown.message;
}

TEST(VerifyConclusion, a_trailing_newline_is_named_as_for_secrets_and_nobody_is_asked) {
  const Conclusion refused = without_asking(options(), offering(), "s3cr3t\n");
  EXPECT_EQ(refused.outcome, Outcome::InvalidCredentials);
  EXPECT_EQ(ready(refused).reason, reason::invalid_characters);
  EXPECT_NE(ready(refused).message.find("secret.txt ends with a newline"), std::string::npos)
      << ready(refused).message;
  EXPECT_EQ(ready(refused).message.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(without_asking(options(), offering(), "").outcome, Outcome::InvalidCredentials);
}

TEST(VerifyConclusion, scopes_default_to_the_required_ones_and_are_held_to_the_offering) {
  EXPECT_EQ(make_case(options(), offering(), kSecret, "f").picture.request->scopes,
            std::vector<std::string>{"openid"});
  VerifyOptions foreign = options();
  foreign.scopes = {"openid", "admin"};
  const Conclusion refused = without_asking(foreign, offering(), "s3cr3t");
  EXPECT_EQ(refused.outcome, Outcome::ScopesRejected);
  EXPECT_EQ(ready(refused).reason, reason::scopes_not_offered);
}

TEST(VerifyConclusion, an_issuer_that_is_down_is_unreachable_and_one_that_is_wrong_is_not_ready) {
  api::Offering discovering = offering();
  discovering.spec.issuer = "https://login.example";
  discovering.spec.endpoints = {};
  discovering.status = {};
  const auto found = [&](net::ErrorCode code) {
    const net::Error error{code, "what went wrong."};
    return without_asking(
        options(), with_status(discovering, net::Result<oauth::Metadata>{error}, "", kNow), "s");
  };
  EXPECT_EQ(found(net::ErrorCode::Unavailable).outcome, Outcome::Unreachable);
  EXPECT_EQ(found(net::ErrorCode::NotFound).outcome, Outcome::OfferingNotReady);
  EXPECT_NE(ready(found(net::ErrorCode::Invalid)).message.find("what went wrong."),
            std::string::npos);
}

TEST(VerifyConclusion, namespaces_are_a_matter_of_clusters) {
  api::Offering selecting = offering();
  selecting.spec.allowed_namespaces.from = api::NamespacesFrom::Selector;
  selecting = with_status(selecting, std::nullopt, "", kNow);
  EXPECT_TRUE(make_case(options(), selecting, kSecret, "f").picture.request);
}

TEST(VerifyConclusion, exit_codes_are_distinct_and_only_verified_is_0) {
  std::set<int> codes;
  for (const Outcome outcome : kOutcomes) {
    EXPECT_TRUE(codes.insert(exit_code(outcome)).second) << to_string(outcome);
    EXPECT_EQ(exit_code(outcome) == 0, outcome == Outcome::Verified);
    EXPECT_NE(exit_code(outcome), 1);
  }
}

}  // namespace
}  // namespace op
