// Providers that lie, and providers with words of their own: the operator's verdicts on them, over
// real HTTP. (tests/unit/oauth/verification/liars_test.cc has the reading of each answer.)
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "support/scripted_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;
using Request = ScriptedProvider::Request;

constexpr const char* kWrongSecret = "s3cr3t-of-another-clients";

class Liars : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
  }
  bool is_right(const Request& request) const {
    return request.client_id == client_ && request.client_secret == kClientSecret;
  }
  bool was_asked_with(const std::string& secret) const {
    const auto asked = provider_.requests("/token");
    return std::any_of(asked.begin(), asked.end(),
                       [&](const Request& request) { return request.client_secret == secret; });
  }
  void apply_all(const std::string& secret = kClientSecret, const std::string& more = {}) {
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url(), more));
    apply_secret(secret);
    apply_integration();
  }
  void expect_rejected_when_wrong() {
    apply_secret(kWrongSecret);
    expect_draft(await_reason(reason::rejected), reason::rejected, condition::stalled);
  }
  ScriptedProvider provider_;
};

TEST_F(Liars, one_that_looks_the_code_up_first_is_verified_by_what_it_does_check) {
  provider_.on("/token", [&](const Request& request) {
    const bool code = request.parameters.at("grant_type") == "authorization_code";
    return code || is_right(request) ? oauth_error(400, "invalid_grant")
                                     : oauth_error(401, "invalid_client");
  });
  apply_all();
  const api::Integration configured = await_reason(reason::configured);
  expect_configured(configured);
  EXPECT_EQ(configured.status.verification.method, "RefreshToken");
  expect_rejected_when_wrong();
}

// A server may ignore the secret of one client only.
TEST_F(Liars, one_that_ignores_the_secret_of_one_client_is_found_out_for_that_client_alone) {
  provider_.on("/token", [&](const Request& request) {
    if (request.client_id == "open-" + client_) return oauth_error(400, "invalid_grant");
    return honest_token_endpoint(client_, kClientSecret)(request);
  });
  apply_all();
  expect_configured(await_reason(reason::configured));
  cluster_.apply(secret_yaml(ns_, "open", "open-" + client_, kWrongSecret));
  cluster_.apply(integration_yaml(ns_, "open", offering_, "name: open"));
  expect_draft(cluster_.await_reason({ns_, "open"}, reason::unverifiable), reason::unverifiable,
               condition::stalled);
}

TEST_F(Liars, one_that_answers_200_with_an_error_is_read_by_the_error) {
  provider_.on("/token", [&](const Request& request) {
    return oauth_error(200, is_right(request) ? "invalid_grant" : "invalid_client");
  });
  apply_all();
  expect_configured(await_reason(reason::configured));
  expect_rejected_when_wrong();
}

TEST_F(Liars, one_that_refuses_everybody_has_rejected_this_client_after_one_question) {
  provider_.on("/token", [](const auto&) { return oauth_error(401, "invalid_client"); });
  apply_all();
  expect_draft(await_reason(reason::rejected), reason::rejected, condition::stalled);
  EXPECT_EQ(provider_.requests("/token").size(), 1u);
}

// The user is unknown before the sign-in, so any callback goes back with an error.
TEST_F(Liars, one_that_redirects_before_it_validates_never_says_that_a_callback_is_registered) {
  provider_.on("/authorize", [](const Request& request) {
    return redirect(request.parameters.at("redirect_uri") + "?error=login_required");
  });
  apply_all();
  const api::Integration configured = await_reason(reason::configured_callback_unproven);
  EXPECT_EQ(reason_of_condition(configured, condition::callback_registered), reason::not_checkable);
}

// After three failed sign-ins nobody can use this client any more.
TEST_F(Liars, one_that_locks_a_client_out_after_three_failures_never_comes_to_that) {
  std::atomic<int> failures{0};
  provider_.on("/token", [&](const Request& request) {
    if (failures >= 3) return oauth_error(429, "slow_down");
    if (request.client_secret.starts_with(kClientSecret)) return oauth_error(400, "invalid_grant");
    ++failures;
    return oauth_error(401, "invalid_client");
  });
  apply_all();
  expect_configured(await_reason(reason::configured));
  EXPECT_EQ(failures, 1) << "the control";
  // Several rotations, each of them verified.
  for (std::string secret = kClientSecret; secret.size() < std::string{kClientSecret}.size() + 5;) {
    secret += 'x';
    apply_secret(secret);
    await([&](const api::Integration& i) {
      return i.status.phase == api::Phase::Configured && was_asked_with(secret);
    });
  }
  EXPECT_EQ(failures, 1) << "the control is not made again for another secret";
  apply_secret(kWrongSecret, "client_secret_previous: '" + std::string{kClientSecret} + "'");
  await([](const api::Integration& i) {
    return reason_of_condition(i, condition::credentials_verified) ==
           reason::verified_with_previous_secret;
  });
  EXPECT_EQ(failures, 2) << "the wrong secret is its own control";
}

// RFC 9126 2.4.
class PushedLiars : public Liars {
 protected:
  void SetUp() override {
    Liars::SetUp();
    provider_.on("/par", [&](const Request& request) {
      if (!is_right(request)) return oauth_error(401, "invalid_client");
      return json(201, R"({"request_uri":"urn:invented","expires_in":60})");
    });
  }
  void apply_with_par() {
    const std::string url = provider_.url();
    cluster_.apply(offering_yaml(offering_, "  endpoints: {authorization: '" + url +
                                                "/authorize', token: '" + url +
                                                "/token', pushedAuthorizationRequest: '" + url +
                                                "/par'}\n  scopes: {required: [openid]}\n"));
    apply_secret();
    apply_integration();
  }
};

TEST_F(PushedLiars, one_whose_push_takes_any_callback_is_believed_at_the_authorization_endpoint) {
  apply_with_par();
  const api::Integration configured = await_reason(reason::configured);
  expect_configured(configured);
  EXPECT_EQ(configured.status.verification.method, "PushedAuthorizationRequest");
  EXPECT_EQ(reason_of_condition(configured, condition::callback_registered), reason::accepted);
}

TEST_F(PushedLiars, one_whose_push_takes_any_callback_proves_no_unregistered_one) {
  provider_.on("/authorize", honest_authorization_endpoint({"https://elsewhere.example/callback"}));
  apply_with_par();
  const api::Integration configured = await_reason(reason::configured_callback_unproven);
  EXPECT_EQ(reason_of_condition(configured, condition::callback_registered), reason::not_checkable);
}

TEST_F(PushedLiars, one_whose_push_takes_a_client_that_gets_no_codes_configures_nobody) {
  provider_.on("/token", [&](const Request& request) {
    return is_right(request) ? oauth_error(400, "unauthorized_client")
                             : oauth_error(401, "invalid_client");
  });
  apply_with_par();
  expect_draft(await_reason(reason::grant_not_allowed), reason::grant_not_allowed,
               condition::stalled);
}

// Words of their own: no RFC has them, and without rules the operator claims nothing.
struct OwnWords {
  const char* name;
  int status;
  const char* right;  // the token endpoint's answers to a made-up code
  const char* wrong;
  const char* rules;  // YAML
};
class OwnWordsOf : public Liars, public testing::WithParamInterface<OwnWords> {};

TEST_P(OwnWordsOf, a_provider_prove_nothing_until_the_offering_explains_them) {
  const OwnWords& words = GetParam();
  provider_.on("/token", [&](const Request& request) {
    return json(words.status, is_right(request) ? words.right : words.wrong);
  });
  apply_all();
  expect_draft(await_reason(reason::unverifiable), reason::unverifiable, condition::stalled);
  apply_all(kClientSecret, std::string{"  verification:\n    rules:\n"} + words.rules);
  expect_configured(await_reason(reason::configured));
  expect_rejected_when_wrong();
}

INSTANTIATE_TEST_SUITE_P(
    Providers, OwnWordsOf,
    testing::Values(
        OwnWords{"status", 400, R"({"status":"BAD_AUTH_CODE","message":"unknown code"})",
                 R"({"status":"BAD_CLIENT_SECRET","message":"mismatch"})",
                 "    - {errorField: status, error: BAD_AUTH_CODE, subject: Credentials, verdict: "
                 "Verified}\n"
                 "    - {errorField: status, error: BAD_CLIENT_SECRET, subject: Credentials, "
                 "verdict: Rejected}\n"},
        OwnWords{"reason", 400, R"({"reason":"Invalid code"})", R"({"reason":"Invalid client"})",
                 "    - {errorField: reason, error: Invalid code, subject: Credentials, verdict: "
                 "Verified}\n"
                 "    - {errorField: reason, error: Invalid client, subject: Credentials, verdict: "
                 "Rejected}\n"},
        OwnWords{"ok_is_false", 200, R"({"ok":false,"code":7})", R"({"ok":false,"code":8})",
                 "    - {errorField: code, error: '8', subject: Credentials, verdict: Rejected}\n"
                 "    - {errorField: ok, error: 'false', subject: Credentials, verdict: "
                 "Verified}\n"}),
    [](const auto& words) { return std::string{words.param.name}; });

// One word, three meanings.
TEST_F(Liars, unauthorized_client_that_blames_the_secret_is_a_refusal) {
  provider_.on("/token", [&](const Request& request) {
    if (is_right(request)) return oauth_error(400, "invalid_grant");
    return oauth_error(401, "unauthorized_client", "Invalid client or Invalid client credentials");
  });
  apply_all();
  expect_configured(await_reason(reason::configured));
  expect_rejected_when_wrong();
}

TEST_F(Liars, unauthorized_client_to_the_right_secret_alone_is_a_grant_that_is_not_allowed) {
  provider_.on("/token", [&](const Request& request) {
    return is_right(request) ? oauth_error(400, "unauthorized_client")
                             : oauth_error(401, "invalid_client");
  });
  apply_all();
  expect_draft(await_reason(reason::grant_not_allowed), reason::grant_not_allowed,
               condition::stalled);
}

TEST_F(Liars, a_401_does_not_make_a_refusal_of_it) {
  provider_.on("/token", [&](const Request& request) {
    return oauth_error(401, is_right(request) ? "unauthorized_client" : "invalid_client");
  });
  apply_all();
  expect_draft(await_reason(reason::grant_not_allowed), reason::grant_not_allowed,
               condition::stalled);
}

TEST_F(Liars, unauthorized_client_is_proof_where_a_rule_says_so) {
  provider_.on("/token", [&](const Request& request) {
    return is_right(request) ? oauth_error(400, "unauthorized_client")
                             : oauth_error(400, "invalid_client");
  });
  apply_all(kClientSecret,
            "  verification:\n    rules:\n    - {error: unauthorized_client, subject: Credentials, "
            "verdict: Verified}\n");
  expect_configured(await_reason(reason::configured));
  expect_rejected_when_wrong();
}

}  // namespace
