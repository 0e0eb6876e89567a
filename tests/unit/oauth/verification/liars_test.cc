// Providers that break the rules: none of them causes an untrue verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "says.h"
#include "verify_fixture.h"

namespace oauth {
namespace {

using testing::ElementsAre;

class Liars : public VerifyFixture {
 protected:
  Liars() {
    fake.behaviour.has_par = false;
    know_all_endpoints();
  }
  using Answer = std::optional<net::Result<net::HttpResponse>>;

  VerificationReport with_secret(const std::string& secret) {
    use_secrets({secret});
    http.requests.clear();
    call = 0;
    return run();
  }
  const std::string wrong = "wrong-secret-9";
};

TEST_F(Liars, one_that_looks_everything_up_first_is_unverifiable) {
  instead = [](const auto& asked, int) -> Answer {
    if (asked.method == "POST") return error_response(400, "invalid_grant");
    return std::nullopt;
  };
  for (const std::string& secret : {kSecret, wrong}) {
    EXPECT_EQ(with_secret(secret).credentials, CredentialsOutcome::Unverifiable);
  }
}

// A server may ignore the secret of one client only: each Integration has a control.
TEST_F(Liars, one_that_ignores_the_secret_of_this_client_alone_is_unverifiable) {
  fake.behaviour.has_par = true;
  instead = [](const auto& asked, int) -> Answer {
    if (asked.url.ends_with("/par")) {
      return json_response(201, R"({"request_uri":"urn:x","expires_in":60})");
    }
    if (asked.url.ends_with("/token")) return error_response(400, "invalid_grant");
    if (asked.url.ends_with("/introspect")) return json_response(200, R"({"active":false})");
    if (asked.url.ends_with("/revoke")) return net::HttpResponse{200, {}, ""};
    return std::nullopt;
  };
  for (const std::string& secret : {kSecret, wrong}) {
    const VerificationReport report = with_secret(secret);
    EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
    EXPECT_FALSE(report.controls_made);
  }
}

TEST_F(Liars, one_that_reports_errors_with_200_is_read_by_the_error) {
  instead = [&](const auto& asked, int) -> Answer {
    if (!asked.url.ends_with("/token")) return std::nullopt;
    return error_response(200, has_own_secret(asked) && asked.headers.get("Authorization") ==
                                                            "Basic " + net::base64("app:" + kSecret)
                                   ? "invalid_grant"
                                   : "invalid_client");
  };
  EXPECT_EQ(with_secret(kSecret).credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(with_secret(wrong).credentials, CredentialsOutcome::Rejected);
}

TEST_F(Liars, one_that_reports_its_own_errors_with_200_is_unverifiable_without_rules) {
  instead = [&](const auto& asked, int) -> Answer {
    if (asked.method == "GET") return std::nullopt;
    return error_response(200, has_own_secret(asked) ? "bad_verification_code" : "bad_client");
  };
  EXPECT_EQ(with_secret(kSecret).credentials, CredentialsOutcome::Unverifiable);
}

TEST_F(Liars, one_that_issues_tokens_for_anything_is_unverifiable) {
  instead = [&](const auto& asked, int) -> Answer {
    if (asked.url.ends_with("/introspect")) return json_response(200, R"({"active":true})");
    if (asked.url.ends_with("/revoke")) return net::HttpResponse{200, {}, ""};
    if (asked.method == "POST") return json_response(200, R"({"access_token":"t0k3n"})");
    return std::nullopt;
  };
  EXPECT_EQ(with_secret(wrong).credentials, CredentialsOutcome::Unverifiable);
  request.provider.method = Method::ClientCredentials;
  EXPECT_EQ(with_secret(wrong).credentials, CredentialsOutcome::Unverifiable);
}

TEST_F(Liars, one_that_redirects_before_it_validates_leaves_the_callback_unproven) {
  fake.behaviour.redirects_before_validation = true;
  for (const bool registered : {true, false}) {
    if (!registered) fake.behaviour.callbacks.clear();
    const VerificationReport report = with_secret(kSecret);
    EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
    EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
    EXPECT_THAT(report.callback_message, Says(MessageId::CallbackOpen));
  }
}

// A filter refuses strange hosts; the client's list comes after the sign-in.
TEST_F(Liars, one_that_refuses_strange_hosts_alone_leaves_the_callback_unproven) {
  instead = [](const auto& asked, int) -> Answer {
    if (asked.method != "GET") return std::nullopt;
    const std::string callback = field(asked, "redirect_uri");
    if (callback.starts_with("https://app.example/")) {
      return redirect_response(callback + "?error=login_required");
    }
    return html_response(400, "The redirect_uri is not valid");
  };
  fake.behaviour.callbacks.clear();
  EXPECT_EQ(with_secret(kSecret).callback, CallbackOutcome::NotCheckable);
}

TEST_F(Liars, one_that_refuses_everybody_is_a_rejection_after_one_sign_in) {
  fake.behaviour.refuses_all_clients = true;
  EXPECT_EQ(with_secret(kSecret).credentials, CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token"));
}

// After three failed sign-ins the client is locked out for all its users.
class Locksmith : public Liars {
 protected:
  Locksmith() {
    instead = [this](const auto& asked, int) -> Answer {
      if (asked.method == "GET") return std::nullopt;
      if (failures >= 3) {
        auto later = error_response(429, "slow_down");
        later.headers.add("Retry-After", "600");
        return later;
      }
      if (asked.headers.get("Authorization") != "Basic " + net::base64("app:" + kSecret)) {
        ++failures;
        return error_response(401, "invalid_client");
      }
      return std::nullopt;
    };
  }
  int failures = 0;
};

TEST_F(Locksmith, is_not_provoked_by_the_control_however_often_the_client_is_verified) {
  const VerificationReport first = with_secret(kSecret);
  EXPECT_EQ(first.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(failures, 1);
  ASSERT_TRUE(first.controls_made);
  request.control = Control{first.method, ""};  // as the status keeps it
  for (int day = 0; day < 5; ++day) {
    EXPECT_EQ(with_secret(kSecret).credentials, CredentialsOutcome::Verified);
  }
  EXPECT_EQ(failures, 1);
}

TEST_F(Locksmith, is_not_provoked_by_a_rotation) {
  use_secrets({wrong, kSecret});
  EXPECT_EQ(run().credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(failures, 1);
}

TEST_F(Locksmith, that_has_locked_the_client_out_gets_neither_a_verdict_nor_another_question) {
  failures = 3;
  const VerificationReport report = with_secret(kSecret);
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unreachable);
  EXPECT_EQ(report.retry_after, std::chrono::seconds{600});
  EXPECT_THAT(calls(), ElementsAre("token"));
}

TEST_F(Locksmith, that_locks_at_the_control_gets_no_verdict) {
  failures = 2;
  instead = [this, inner = instead](const auto& asked, int n) -> Answer {
    if (asked.method == "POST" && !has_own_secret(asked)) ++failures;
    return inner(asked, n);
  };
  EXPECT_EQ(with_secret(kSecret).credentials, CredentialsOutcome::Unreachable);
}

TEST_F(Liars, a_push_that_takes_any_callback_leaves_it_to_the_authorization_endpoint) {
  fake.behaviour.has_par = true;
  fake.behaviour.par_checks_callback = false;
  VerificationReport report = with_secret(kSecret);
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.method, Method::PushedAuthorizationRequest);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted) << "the second eye sees";
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "authorize", "authorize?", "token"));

  fake.behaviour.signs_in_first = true;
  report = with_secret(kSecret);
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable) << "both are blind";
  EXPECT_FALSE(report.controls_made);

  fake.behaviour.signs_in_first = false;
  fake.behaviour.callbacks.clear();
  report = with_secret(kSecret);
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable) << "the two contradict each other";
}

}  // namespace
}  // namespace oauth
