// Each method, and Auto's way from one to the next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "says.h"
#include "verify_fixture.h"

namespace oauth {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ByName : public VerifyFixture, public testing::WithParamInterface<Method> {
 protected:
  ByName() {
    know_all_endpoints();
    request.provider.method = GetParam();
    request.provider.check_callback = false;
  }
  const std::size_t for_the_grant = GetParam() == Method::AuthorizationCode ? 0U : 1U;
};
INSTANTIATE_TEST_SUITE_P(Methods, ByName,
                         testing::Values(Method::PushedAuthorizationRequest,
                                         Method::AuthorizationCode, Method::RefreshToken,
                                         Method::Introspection, Method::Revocation,
                                         Method::ClientCredentials),
                         [](const auto& method) { return std::string(to_string(method.param)); });

// Methods without a code need one more call: whether the client may use codes.
TEST_P(ByName, the_right_secret_is_verified_by_two_calls_and_one_for_the_grant) {
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified) << report.credentials_message;
  EXPECT_EQ(report.method, GetParam());
  EXPECT_TRUE(report.controls_made);
  EXPECT_EQ(http.requests.size(), 2U + for_the_grant);
}

// Client credentials are a grant that a good client may lack: their refusal alone is no rejection.
TEST_P(ByName, a_wrong_secret_is_rejected_by_one_call_or_two_for_client_credentials) {
  use_secrets({"wrong-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Rejected) << report.credentials_message;
  EXPECT_EQ(report.method, GetParam());
  EXPECT_EQ(http.requests.size(), GetParam() == Method::ClientCredentials ? 2U : 1U);
}

TEST_P(ByName, a_server_that_lets_everybody_in_is_unverifiable) {
  fake.behaviour.par_checks_secret = fake.behaviour.token_checks_secret = false;
  fake.behaviour.introspection_checks_secret = fake.behaviour.revocation_checks_secret = false;
  for (const std::string& secret : {kSecret, std::string("wrong-secret-9")}) {
    use_secrets({secret});
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
    EXPECT_THAT(report.credentials_message, Says(MessageId::AcceptedBoth));
    EXPECT_FALSE(report.controls_made);
  }
}

TEST_P(ByName, a_control_that_was_made_earlier_is_left_out) {
  request.control = Control{GetParam(), ""};
  EXPECT_EQ(run().credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(http.requests.size(), 1U + for_the_grant);
}

TEST_P(ByName, a_control_that_is_told_to_wait_is_no_verdict) {
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 2) return html_response(429, "Too many requests");
    return std::nullopt;
  };
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unreachable);
}

TEST_P(ByName, a_method_whose_endpoint_is_unknown_names_the_field_to_set) {
  request.provider.endpoints = {};
  const VerificationReport report = verify(request, http, clock, stop.get_token());
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_EQ(report.method, GetParam());
  EXPECT_THAT(report.credentials_message, HasSubstr(endpoint_field(GetParam())));
  EXPECT_TRUE(http.requests.empty());
}

TEST_P(ByName, nothing_that_was_issued_is_told) {
  const VerificationReport report = run();
  for (const Step& step : report.steps) {
    EXPECT_THAT(step.answer + step.conclusion, Not(HasSubstr("t0k3n")));
  }
  EXPECT_THAT(report.credentials_message, Not(HasSubstr("t0k3n")));
}

// zitadel/oidc answers invalid_client to every client except service accounts.
TEST_F(VerifyFixture, client_credentials_that_this_client_may_not_ask_for_reject_nobody) {
  request.provider.method = Method::ClientCredentials;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (field(asked, "grant_type") != "client_credentials") return std::nullopt;
    return error_response(401, "invalid_client");
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, Says(MessageId::CodeNotRefused));
  use_secrets({"wrong-secret-9"});
  EXPECT_EQ(run().credentials, CredentialsOutcome::Rejected);
}

class Auto : public VerifyFixture {
 protected:
  Auto() {
    fake.behaviour.has_par = false;
    request.provider.check_callback = false;
  }
  VerificationReport with_secret(const std::string& secret) {
    use_secrets({secret});
    http.requests.clear();
    return run();
  }
  CredentialsOutcome outcome_for(const std::string& secret) {
    return with_secret(secret).credentials;
  }
  const std::string wrong = "wrong-secret-9";
};

TEST_F(Auto, goes_on_to_a_refresh_token_where_codes_are_looked_up_first) {
  fake.behaviour.looks_codes_up_first = true;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_THAT(calls(), ElementsAre("token", "token!", "refresh", "refresh!"));
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
}

TEST_F(Auto, goes_on_to_introspection_and_then_to_revocation) {
  know_all_endpoints();
  fake.behaviour.looks_codes_up_first = fake.behaviour.looks_refresh_tokens_up_first = true;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_THAT(calls(),
              ElementsAre("token", "token!", "refresh", "refresh!", "introspect", "introspect!"));
  fake.behaviour.introspection_checks_secret = false;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_THAT(calls(), Contains("revoke!"));
}

TEST_F(Auto, a_later_method_that_stumbles_is_no_outage_but_the_first_one_is) {
  know_all_endpoints();
  fake.behaviour.looks_codes_up_first = true;
  std::string stumbling = "refresh_token";
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (field(asked, "grant_type") == stumbling) return html_response(500, "Internal error");
    return std::nullopt;
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_THAT(calls(), ElementsAre("token", "token!", "refresh", "introspect", "introspect!"));
  stumbling = "authorization_code";
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unreachable);
  EXPECT_THAT(calls(), ElementsAre("token", "token!")) << "does it stumble at everybody?";
}

// The SDKs of the Model Context Protocol, if the server behind them refuses the code.
TEST_F(Auto, one_that_stumbles_over_whom_it_lets_in_alone_is_no_outage) {
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    const bool right =
        asked.headers.get("Authorization") == "Basic " + net::base64("app:" + kSecret);
    if (right && field(asked, "grant_type") == "authorization_code")
      return error_response(500, "server_error");
    return std::nullopt;
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified) << "by a refresh token";
  request.provider.method = Method::AuthorizationCode;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable);
  EXPECT_THAT(run().credentials_message, Says(MessageId::StumblesOnceIn));
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
}

// The Python SDK of the Model Context Protocol.
TEST_F(Auto, a_code_that_is_an_unsupported_grant_is_a_grant_that_is_not_allowed) {
  for (const char* error : {"unsupported_grant_type", "invalid_request"}) {
    instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (!has_own_secret(asked) || field(asked, "grant_type") != "authorization_code")
        return std::nullopt;
      return error_response(400, error, "Unsupported grant_type: authorization_code");
    };
    EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed) << error;
  }
}

// To the right secret, django-oidc-provider answers invalid_client for unregistered callbacks, and
// @jmondi/oauth2-server does for a disabled grant.
TEST_F(Auto, a_refused_code_is_about_the_callback_where_a_refresh_token_lets_the_client_in) {
  request.provider.check_callback = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (field(asked, "grant_type") != "authorization_code") return std::nullopt;
    return error_response(400, "invalid_client", "Client authentication failed");
  };
  fake.behaviour.callbacks = {"https://app.example/another"};
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Rejected)
      << "a client id that nobody accepted is in no address";
  EXPECT_THAT(calls(), ElementsAre("token"));
  request.client_id_is_public = true;
  VerificationReport report = with_secret(kSecret);
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified) << report.credentials_message;
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token", "authorize", "authorize?", "refresh", "refresh!"));
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token", "authorize", "authorize?", "refresh"));

  fake.behaviour.callbacks = {kCallback};
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token", "authorize", "authorize?"))
      << "the callback is in order";
}

// Users would get this error, whatever the token endpoint says of the secret
// (django-oidc-provider).
TEST_F(Auto, an_authorization_endpoint_that_refuses_the_users_request_configures_nobody) {
  request.provider.check_callback = true;
  bool whatever_is_asked = true;
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.method != "GET" || field(asked, "redirect_uri") != kCallback) return std::nullopt;
    if (!whatever_is_asked && field(asked, "prompt").empty()) return html_response(200, "Sign in");
    return redirect_response(kCallback + "?error=invalid_request");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
  EXPECT_THAT(run().credentials_message, HasSubstr("302 with error=invalid_request"));
  whatever_is_asked = false;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified) << "prompt=none was the trouble";
  whatever_is_asked = true;
  fake.behaviour.has_par = true;
  fake.behaviour.par_checks_callback = false;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified) << "users come by a pushed request";
}

TEST_F(Auto, never_asks_for_a_real_token) {
  know_all_endpoints();
  fake.behaviour.token_checks_secret = false;
  fake.behaviour.introspection_checks_secret = fake.behaviour.revocation_checks_secret = false;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable);
  EXPECT_THAT(calls(), Not(Contains("client")));
}

TEST_F(Auto, a_refusal_beside_the_flow_is_no_rejection_until_the_offering_names_the_method) {
  know_all_endpoints();
  fake.behaviour.looks_codes_up_first = fake.behaviour.looks_refresh_tokens_up_first = true;
  fake.behaviour.introspection_is_for_others = true;
  // The revocation endpoint still refuses a wrong secret.
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Unverifiable);
  request.provider.method = Method::Revocation;
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
}

TEST_F(Auto, a_public_client_whose_secret_nobody_looks_at_is_unverifiable) {
  know_all_endpoints();
  fake.behaviour.token_checks_secret = false;
  fake.behaviour.introspection_is_for_others = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/revoke")) return error_response(401, "invalid_client");
    return std::nullopt;
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable);
}

// The words of RFC 6749 5.2 at a server that answers made-up codes in its own way.
struct Words {
  int status;
  const char* error;
  const char* description;
};
TEST_F(Auto, an_answer_about_the_request_is_believed_where_a_made_up_secret_is_refused) {
  for (const Words& words : {Words{400, "invalid_request", "Invalid or expired code parameter."},
                             Words{400, "invalid_request", "Cannot decrypt the code"},
                             Words{401, "invalid_request", "code verifier does not match"},
                             Words{400, "redirect_uri_mismatch", ""}}) {
    instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (!has_own_secret(asked) || field(asked, "grant_type") != "authorization_code") {
        return std::nullopt;
      }
      return error_response(words.status, words.error, words.description);
    };
    EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified) << words.description;
    EXPECT_THAT(calls(), ElementsAre("token", "token!"));
  }
}

TEST_F(Auto, a_secret_that_has_expired_is_not_verified) {
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (!has_own_secret(asked)) return std::nullopt;
    return error_response(400, "invalid_request", "The client secret has expired");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable);
}

TEST_F(Auto, a_401_that_a_made_up_secret_alone_gets_is_its_refusal) {
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (has_own_secret(asked) &&
        asked.headers.get("Authorization").ends_with(net::base64("app:" + kSecret))) {
      return error_response(403, "invalid_grant");
    }
    return error_response(401, "access_denied", "Unauthorized");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Unverifiable)
      << "who gets a 401 for the first time may have met a gateway";
  // After this answer of the method to other secrets is known, the same answer is a refusal, but no
  // other is.
  use_secrets({kSecret});
  request.control = Control{Method::AuthorizationCode, run().control_answer};
  EXPECT_EQ(request.control->answer, "401 access_denied");
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token"));
  instead = [](const auto&, int) { return html_response(401, "Sign in to the gateway"); };
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Unverifiable);
}

TEST_F(Auto, a_401_unauthorized_client_is_told_apart_by_a_control) {
  const auto unauthorized = error_response(401, "unauthorized_client");
  // Doorkeeper: this client may not use the grant; a wrong secret gets other words.
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (has_own_secret(asked)) return unauthorized;
    return std::nullopt;
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
  EXPECT_THAT(calls(), ElementsAre("token", "token!"));
  // Keycloak: to every client that fails to authenticate.
  instead = [&](const auto&, int) -> std::optional<net::Result<net::HttpResponse>> {
    return unauthorized;
  };
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("token", "token!"));
}

TEST_F(Auto, a_401_unauthorized_client_that_is_told_to_wait_is_no_verdict) {
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (has_own_secret(asked)) return error_response(401, "unauthorized_client");
    return html_response(429, "");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unreachable);
}

// curl -u sends it so, and many servers accept nothing else.
TEST_F(Auto, a_provider_that_does_not_decode_is_not_mistaken_for_a_refusal_of_the_secret) {
  const std::string secret = "right+secret/9=";
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    const bool raw = asked.headers.get("Authorization") == "Basic " + net::base64("app:" + secret);
    return raw ? error_response(400, "invalid_grant") : error_response(401, "invalid_client");
  };
  EXPECT_EQ(outcome_for(secret), CredentialsOutcome::Unverifiable);
  EXPECT_EQ(http.requests.size(), 3U) << "and a made-up secret is refused, unencoded, too";
  EXPECT_THAT(run().credentials_message, Says(MessageId::WantsRaw));
  EXPECT_EQ(outcome_for("wrong+secret/9="), CredentialsOutcome::Rejected);
  EXPECT_EQ(http.requests.size(), 2U);
  EXPECT_EQ(outcome_for("wrong-secret-9"), CredentialsOutcome::Rejected);
  EXPECT_EQ(http.requests.size(), 1U) << "nothing is encoded in it";
  request.provider.basic_encoding = BasicEncoding::Raw;
  EXPECT_EQ(outcome_for(secret), CredentialsOutcome::Verified);
}

// Spring Authorization Server decodes, and answers invalid_request if it cannot.
TEST_F(Auto, a_provider_that_stumbles_over_raw_secrets_is_not_said_to_want_them) {
  const std::string right = "Basic " + net::base64("app:" + net::percent_encode("right%q7secret"));
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    const std::string header{asked.headers.get("Authorization")};
    const auto pair = net::parse_base64(header.substr(std::string_view{"Basic "}.size()));
    if (pair->find("%q7") != std::string::npos) return error_response(400, "invalid_request");
    return header == right ? error_response(400, "invalid_grant")
                           : error_response(401, "invalid_client");
  };
  EXPECT_EQ(outcome_for("right%q7secret"), CredentialsOutcome::Verified);
  EXPECT_EQ(outcome_for("wrong%q7secret"), CredentialsOutcome::Rejected);
  request.provider.basic_encoding = BasicEncoding::Raw;
  EXPECT_EQ(outcome_for("wrong%q7secret"), CredentialsOutcome::Unverifiable);
  EXPECT_EQ(outcome_for("right%q7secret"), CredentialsOutcome::Unverifiable);
}

// Keycloak, to text that it cannot decode.
TEST_F(Auto, unauthorized_client_that_speaks_of_authentication_is_no_word_on_the_grant) {
  instead = [](const auto&, int) {
    return error_response(400, "unauthorized_client",
                          "Unexpected error when authenticating client");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable);
}

// The answer to the push may have been a failed sign-in, so two are used up.
TEST_F(Auto,
       a_provider_that_may_not_be_asked_whether_it_decodes_rejects_nobody_that_it_never_let_in) {
  fake.behaviour.has_par = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/par")) return error_response(400, "mystery");
    return error_response(401, "invalid_client");
  };
  EXPECT_EQ(outcome_for("some+secret/9="), CredentialsOutcome::Unverifiable);
  EXPECT_EQ(http.requests.size(), 2U);
  EXPECT_THAT(run().credentials_message, Says(MessageId::EncodingLeftOpen));
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected) << "nothing is encoded in it";
  request.control = Control{Method::AuthorizationCode, "401 invalid_client"};
  EXPECT_EQ(outcome_for("some+secret/9="), CredentialsOutcome::Rejected);
}

TEST_F(Auto, a_push_that_blames_the_request_leaves_room_to_ask_whether_the_provider_decodes) {
  fake.behaviour.has_par = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/par")) return error_response(400, "invalid_request", "no state");
    return error_response(401, "invalid_client");
  };
  EXPECT_EQ(outcome_for("wrong+secret/9="), CredentialsOutcome::Rejected);
  EXPECT_EQ(http.requests.size(), 3U);
}

TEST_F(Auto, a_provider_that_does_not_say_whether_it_decodes_is_asked_again_later) {
  net::Result<net::HttpResponse> to_raw = html_response(429, "later");
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    const std::string raw = "Basic " + net::base64("app:wrong+secret/9=");
    if (asked.headers.get("Authorization") == raw) return to_raw;
    return error_response(401, "invalid_client");
  };
  use_secrets({"wrong+secret/9=", kSecret});
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unreachable);
  EXPECT_EQ(http.requests.size(), 2U) << "who is asked to wait does not try the next secret";
  EXPECT_THAT(run().credentials_message, Says(MessageId::EncodingUnreachable));
  to_raw = net::Error{net::ErrorCode::Timeout, "no answer within 10 s"};
  EXPECT_EQ(outcome_for("wrong+secret/9="), CredentialsOutcome::Unreachable);
  to_raw = html_response(500, "a '+' that is no space");
  EXPECT_EQ(outcome_for("wrong+secret/9="), CredentialsOutcome::Rejected)
      << "it stumbles each time";
}

// How many of the requests may have been failed sign-ins, whatever the provider answers.
TEST_F(Auto, at_most_two_questions_fail_to_sign_in) {
  know_all_endpoints();
  fake.behaviour.has_par = true;
  const std::vector<net::HttpResponse> answers = {
      error_response(401, "invalid_client"),      error_response(401, "access_denied"),
      error_response(401, "unauthorized_client"), html_response(403, "no"),
      error_response(400, "odd_error"),           error_response(200, "odd_error"),
      json_response(400, R"({"status":"ODD"})")};
  for (const net::HttpResponse& to_own : answers) {
    for (const net::HttpResponse& to_made_up : answers) {
      for (const bool own_is_let_in : {false, true}) {
        int failed = 0;
        instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
          const bool own = has_own_secret(asked);
          if (own && own_is_let_in) return std::nullopt;
          ++failed;
          return own ? to_own : to_made_up;
        };
        outcome_for(kSecret);
        EXPECT_LE(failed, kMostFailedSignIns) << to_own.body << " " << to_made_up.body;
        failed = 0;
        use_secrets({kSecret, "older-secret-9"});
        run();
        EXPECT_LE(failed, kMostFailedSignIns + 1) << "one more with a second secret";
      }
    }
  }
}

TEST_F(Auto, a_rule_about_the_callback_at_the_token_endpoint_is_heard) {
  request.provider.check_callback = true;
  request.provider.rules = {{.error = "redirect_uri_mismatch",
                             .subject = Subject::Callback,
                             .verdict = Verdict::Rejected,
                             .message = "Not in the app's settings."}};
  instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (has_own_secret(asked) && asked.url.ends_with("/token")) {
      return error_response(400, "redirect_uri_mismatch");
    }
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_THAT(report.callback_message, HasSubstr("Not in the app's settings."));
  EXPECT_THAT(calls(), ElementsAre("token", "token!"));
}

// RFC 9126 2.3: a server may keep a client from pushing, and from nothing else.
class ClosedPush : public Auto {
 protected:
  ClosedPush() {
    fake.behaviour.has_par = true;
    instead = [this](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (!has_own_secret(asked)) return std::nullopt;
      if (asked.url.ends_with("/par")) return error_response(400, "unauthorized_client");
      return by_code;
    };
  }
  std::optional<net::HttpResponse> by_code;  // nothing: as an honest server does
};

TEST_F(ClosedPush, is_no_word_on_the_grant_where_a_code_tells_that_it_is_allowed) {
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  EXPECT_EQ(run().method, Method::AuthorizationCode);
}

TEST_F(ClosedPush, goes_for_the_grant_where_a_code_is_refused_for_it_or_nothing_else_tells) {
  by_code = error_response(400, "unauthorized_client");
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
  by_code = html_response(404, "Not found");
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
  by_code.reset();
  request.provider.method = Method::PushedAuthorizationRequest;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
}

TEST_F(Auto, a_grant_that_was_taken_away_is_noticed_though_codes_were_looked_up_first) {
  fake.behaviour.looks_codes_up_first = true;
  request.control = Control{Method::RefreshToken, "401 invalid_client"};
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Verified);
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (field(asked, "grant_type") != "authorization_code") return std::nullopt;
    return error_response(400, "unauthorized_client");
  };
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::GrantNotAllowed);
}

// Microsoft Entra ID answers so to unknown clients, so the message for the error alone must say it.
TEST_F(Auto, a_refused_grant_without_a_word_about_grants_has_its_reader_compare_the_client_id) {
  const char* description = "";
  instead = [&](const auto&, int) {
    return error_response(400, "unauthorized_client", description);
  };
  EXPECT_THAT(with_secret(kSecret).credentials_message,
              Says(MessageId::ReadGrantNotAllowedOrUnknown));
  description = "The grant authorization_code is off for this client";
  EXPECT_THAT(with_secret(kSecret).credentials_message, Says(MessageId::ReadGrantNotAllowed));
  description = "Application 'app' was not found in the directory";
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Rejected);
}

TEST_F(Auto, invalid_client_that_blames_the_callback_refuses_no_client) {
  fake.behaviour.has_par = true;
  request.provider.check_callback = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    const bool right =
        asked.headers.get("Authorization") == "Basic " + net::base64("app:" + kSecret);
    if (!right) return std::nullopt;
    return error_response(400, "invalid_client", "`redirect_uri` does not match");
  };
  const VerificationReport report = with_secret(kSecret);
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_EQ(outcome_for(wrong), CredentialsOutcome::Rejected);
  request.provider.method = Method::AuthorizationCode;
  EXPECT_EQ(outcome_for(kSecret), CredentialsOutcome::Unverifiable)
      << "of a code it proves nothing";
}

}  // namespace
}  // namespace oauth
