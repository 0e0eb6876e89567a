#include "oauth/verification/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "says.h"
#include "verify_fixture.h"

namespace oauth {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Verify = VerifyFixture;

TEST_F(Verify, an_honest_server_with_par_verifies_all_in_four_calls) {
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.credentials_message,
            text_of(MessageId::ConfirmedByControl, {.method = Method::PushedAuthorizationRequest,
                                                    .own = {.summary = "201"},
                                                    .control = {.summary = "401 invalid_client"}}));
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_EQ(report.scopes, ScopesOutcome::Accepted);
  EXPECT_EQ(report.method, Method::PushedAuthorizationRequest);
  EXPECT_EQ(report.secret_key, "client_secret");
  EXPECT_TRUE(report.controls_made);
  EXPECT_FALSE(report.cancelled);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "token"));
}

TEST_F(Verify, a_server_with_the_token_endpoint_alone_takes_the_silent_pair_too) {
  fake.behaviour.has_par = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_EQ(report.scopes, ScopesOutcome::Unknown);
  EXPECT_EQ(report.method, Method::AuthorizationCode);
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("token", "token!", "authorize", "authorize?"));
}

TEST_F(Verify, a_method_that_was_controlled_earlier_is_not_controlled_again) {
  request.control = Control{Method::PushedAuthorizationRequest, ""};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_FALSE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "token"));
}

TEST_F(Verify, the_silent_pair_is_asked_even_where_the_method_was_controlled) {
  fake.behaviour.has_par = false;
  request.control = Control{Method::AuthorizationCode, ""};
  EXPECT_EQ(run().credentials, CredentialsOutcome::Verified);
  EXPECT_THAT(calls(), ElementsAre("token", "authorize", "authorize?"));
}

TEST_F(Verify, the_methods_before_the_controlled_one_are_not_controlled_again) {
  fake.behaviour.par_checks_secret = false;
  request.control = Control{Method::AuthorizationCode, ""};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.method, Method::AuthorizationCode);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted) << "pushed requests still tell of it";
  EXPECT_THAT(calls(), ElementsAre("par", "token", "par?"));
}

TEST_F(Verify, the_methods_before_the_controlled_one_are_not_asked_again_where_they_tell_no_more) {
  fake.behaviour.has_par = false;
  fake.behaviour.looks_codes_up_first = true;
  request.control = Control{Method::RefreshToken, ""};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.method, Method::RefreshToken);
  EXPECT_THAT(calls(), ElementsAre("refresh", "authorize", "authorize?", "token"))
      << "the code is asked about for the grant alone";
}

TEST_F(Verify, a_control_of_a_method_that_is_not_asked_does_not_count) {
  request.control = Control{Method::Introspection, ""};
  run();
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "token"));
}

TEST_F(Verify, a_wrong_secret_is_rejected_by_the_first_answer) {
  use_secrets({"wrong-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Rejected);
  EXPECT_THAT(report.credentials_message,
              AllOf(HasSubstr("answered 401 invalid_client"), Says(MessageId::ReadRefused)));
  EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
  EXPECT_EQ(report.secret_key, "client_secret");
  EXPECT_FALSE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par"));
}

TEST_F(Verify, a_server_that_refuses_everybody_is_a_rejection) {
  fake.behaviour.refuses_all_clients = true;
  EXPECT_EQ(run().credentials, CredentialsOutcome::Rejected);
  EXPECT_THAT(calls(), ElementsAre("par"));
}

TEST_F(Verify, a_server_that_never_checks_the_secret_is_unverifiable) {
  fake.behaviour.par_checks_secret = fake.behaviour.token_checks_secret = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, Says(MessageId::AcceptedBoth));
  EXPECT_THAT(report.credentials_message, HasSubstr("The pushed authorization request endpoint"));
  EXPECT_THAT(report.credentials_message, HasSubstr("The token endpoint"));
  EXPECT_THAT(report.credentials_message, Says(MessageId::WhatToDo));
  EXPECT_EQ(report.scopes, ScopesOutcome::Unknown);
  EXPECT_FALSE(report.controls_made);
  EXPECT_THAT(calls(),
              ElementsAre("par", "par!", "token", "token!", "refresh", "refresh!", "par?"));
}

TEST_F(Verify, where_pushing_does_not_tell_secrets_apart_the_code_does) {
  fake.behaviour.par_checks_secret = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.method, Method::AuthorizationCode);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "token", "token!", "par?"));
  use_secrets({"wrong-secret-9"});
  EXPECT_EQ(run().credentials, CredentialsOutcome::Rejected);
}

TEST_F(Verify, where_the_pushed_answer_is_unclear_the_code_is_tried) {
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/par")) return html_response(404, "nothing here");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.method, Method::AuthorizationCode);
  EXPECT_THAT(calls(), ElementsAre("par", "token", "token!", "authorize", "authorize?"));
}

TEST_F(Verify, a_method_by_name_has_nothing_after_it) {
  fake.behaviour.par_checks_secret = false;
  request.provider.method = Method::PushedAuthorizationRequest;
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(calls(), Not(testing::Contains("token")));
}

TEST_F(Verify, a_control_that_is_not_clearly_refused_proves_nothing) {
  fake.behaviour.has_par = false;
  request.provider.method = Method::AuthorizationCode;
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 2) return error_response(400, "odd_error");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message,
              AllOf(Says(MessageId::ControlNotRefused), HasSubstr("(400 odd_error)")));
}

TEST_F(Verify, a_control_that_is_told_to_wait_is_unreachable_with_the_wait) {
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n != 2) return std::nullopt;
    net::HttpResponse later = html_response(429, "");
    later.headers.add("Retry-After", "30");
    return later;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unreachable);
  EXPECT_EQ(report.retry_after, std::chrono::seconds{30});
  EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
  EXPECT_THAT(calls(), ElementsAre("par", "par!"));
}

TEST_F(Verify, an_outage_is_unreachable_and_asks_nothing_more) {
  for (const auto& outage : std::vector<net::Result<net::HttpResponse>>{
           net::Error{net::ErrorCode::Timeout, "no answer in 10 s"},
           net::Error{net::ErrorCode::Tls, "expired"}, html_response(503, "")}) {
    http.requests.clear();
    instead = [&](const auto&, int) { return outage; };
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::Unreachable);
    EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
    EXPECT_FALSE(report.cancelled);
    EXPECT_EQ(http.requests.size(), 1U);
  }
}

TEST_F(Verify, an_oversized_answer_is_no_outage_and_proves_nothing) {
  instead = [](const auto&, int) -> std::optional<net::Result<net::HttpResponse>> {
    return net::Error{net::ErrorCode::TooLarge, "more than 256 KiB"};
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, Says(MessageId::OversizedAnswer));
}

TEST_F(Verify, a_client_without_the_code_grant_is_told_so_by_the_push_and_by_a_code) {
  instead = [](const auto&, int) -> std::optional<net::Result<net::HttpResponse>> {
    return error_response(400, "unauthorized_client");
  };
  EXPECT_EQ(run().credentials, CredentialsOutcome::GrantNotAllowed);
  EXPECT_THAT(calls(), ElementsAre("par", "token"));
}

// The token endpoint decides, by the grant that users need.
TEST_F(Verify, a_client_that_gets_no_codes_is_told_so_although_its_pushed_request_is_taken) {
  for (const int status : {400, 401}) {
    instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (!asked.url.ends_with("/token")) return std::nullopt;
      return error_response(status, "unauthorized_client", "not allowed to use this grant");
    };
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::GrantNotAllowed);
    EXPECT_THAT(report.credentials_message, Says(MessageId::CodesNotAllowed));
    EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  }
}

TEST_F(Verify, nothing_else_that_the_token_endpoint_says_of_a_code_undoes_what_the_push_proved) {
  for (const auto& answer : std::vector<net::Result<net::HttpResponse>>{
           error_response(500, "server_error"), html_response(404, "Not found"),
           json_response(200, R"({"access_token":"t0k3n"})"),
           net::Error{net::ErrorCode::Unavailable, "connection refused"}}) {
    instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (asked.url.ends_with("/token")) return answer;
      return std::nullopt;
    };
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
    EXPECT_TRUE(report.controls_made);
  }
}

// @jmondi/oauth2-server answers so if the code grant is disabled.
TEST_F(Verify, a_client_whose_codes_are_refused_although_its_secret_is_right_is_unverifiable) {
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (!asked.url.ends_with("/token")) return std::nullopt;
    return error_response(401, "invalid_client");
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, Says(MessageId::CodesRefused));
  EXPECT_FALSE(report.controls_made);
}

TEST_F(Verify, who_is_asked_to_wait_is_not_asked_about_codes) {
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/par") && field(asked, "redirect_uri") != kCallback)
      return html_response(429, "later");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Unknown) << "all of it is asked again later";
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?"));
}

// django-oauth-toolkit and Authlib; if the server checks codes first, nothing else shows it.
TEST_F(Verify, a_redirect_with_unauthorized_client_says_that_the_client_gets_no_codes) {
  fake.behaviour.has_par = false;
  fake.behaviour.looks_codes_up_first = true;
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.method != "GET" || field(asked, "redirect_uri") != kCallback) return std::nullopt;
    return redirect_response(kCallback + "?error=unauthorized_client&state=x");
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::GrantNotAllowed);
  EXPECT_THAT(report.credentials_message, Says(MessageId::AuthorizationRefused));
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
}

TEST_F(Verify, an_unregistered_callback_is_rejected_with_what_to_register) {
  fake.behaviour.callbacks = {};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_THAT(report.callback_message, HasSubstr("redirect_uri is not registered"));
  EXPECT_THAT(report.callback_message, HasSubstr(kCallback));
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "token"));
  EXPECT_TRUE(report.controls_made) << "it was seen to refuse a secret and a callback";
}

TEST_F(Verify, an_unregistered_callback_is_rejected_by_the_silent_pair_too) {
  fake.behaviour.has_par = false;
  fake.behaviour.callbacks = {};
  EXPECT_EQ(run().callback, CallbackOutcome::Rejected);
}

TEST_F(Verify, a_push_that_takes_any_callback_leaves_it_to_the_silent_pair) {
  fake.behaviour.par_checks_callback = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "authorize", "authorize?", "token"));
  EXPECT_FALSE(report.controls_made) << "else the next one would believe the push";
}

TEST_F(Verify, a_push_that_takes_ours_against_a_silent_refusal_is_a_contradiction) {
  fake.behaviour.par_checks_callback = false;
  fake.behaviour.callbacks = {};
  const VerificationReport report = run();
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
  EXPECT_THAT(report.callback_message, Says(MessageId::CallbackContradiction));
}

TEST_F(Verify, a_server_that_redirects_before_it_validates_is_not_checkable) {
  fake.behaviour.has_par = false;
  fake.behaviour.redirects_before_validation = true;
  for (const bool registered : {true, false}) {
    if (!registered) fake.behaviour.callbacks = {};
    const VerificationReport report = run();
    EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
    EXPECT_THAT(report.callback_message, HasSubstr(kCallback));
  }
}

TEST_F(Verify, a_server_that_signs_in_first_is_not_checkable) {
  fake.behaviour.has_par = false;
  fake.behaviour.signs_in_first = true;
  EXPECT_EQ(run().callback, CallbackOutcome::NotCheckable);
}

TEST_F(Verify, without_an_authorization_endpoint_the_callback_is_not_checkable) {
  fake.behaviour.has_par = false;
  request.provider.endpoints.authorization = "";
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
}

TEST_F(Verify, an_offering_may_turn_the_callback_check_off) {
  request.provider.check_callback = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
  EXPECT_THAT(report.callback_message, Says(MessageId::CallbackCheckOff));
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "token"));
}

TEST_F(Verify, an_outage_in_the_callback_check_leaves_it_unknown) {
  fake.behaviour.has_par = false;
  for (const int failing : {3, 4}) {
    call = 0;
    instead = [&](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
      if (n == failing) return net::Error{net::ErrorCode::Unavailable, "connection refused"};
      return std::nullopt;
    };
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
    EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
    EXPECT_THAT(report.callback_message, HasSubstr("connection refused"));
  }
}

TEST_F(Verify, an_outage_in_the_push_control_leaves_the_callback_unknown) {
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 3) return html_response(503, "");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
  EXPECT_FALSE(report.controls_made);
}

TEST_F(Verify, refused_scopes_do_not_hide_the_callback) {
  request.scopes = {"openid", "api:write"};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.scopes, ScopesOutcome::Rejected);
  EXPECT_THAT(report.scopes_message, HasSubstr("invalid_scope"));
  EXPECT_THAT(report.scopes_message, Says(MessageId::ScopesAskedFor));
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par", "par?", "token"));
  EXPECT_EQ(field(http.requests[2], "scope"), "");
}

TEST_F(Verify, refused_scopes_and_an_unregistered_callback_are_both_told) {
  request.scopes = {"api:write"};
  fake.behaviour.callbacks = {};
  const VerificationReport report = run();
  EXPECT_EQ(report.scopes, ScopesOutcome::Rejected);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
}

TEST_F(Verify, a_silent_answer_may_tell_of_refused_scopes) {
  fake.behaviour.has_par = false;
  request.scopes = {"api:write"};
  const VerificationReport report = run();
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_EQ(report.scopes, ScopesOutcome::Rejected);
  EXPECT_THAT(report.scopes_message, HasSubstr("invalid_scope"));
}

TEST_F(Verify, the_previous_secret_is_tried_where_the_first_is_refused_and_is_its_control) {
  use_secrets({"wrong-secret-9", kSecret});
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.secret_key, "client_secret_previous");
  EXPECT_THAT(report.refused_key_message, HasSubstr("client_secret: "));
  EXPECT_THAT(report.refused_key_message, HasSubstr("401 invalid_client"));
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par", "par?", "token"));
}

TEST_F(Verify, the_previous_secret_is_not_tried_where_the_first_is_right) {
  use_secrets({kSecret, "older-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.secret_key, "client_secret");
  EXPECT_EQ(report.refused_key_message, "");
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "token"));
}

TEST_F(Verify, two_refused_secrets_are_a_rejection_that_names_both) {
  use_secrets({"wrong-secret-9", "older-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Rejected);
  EXPECT_EQ(report.secret_key, "client_secret_previous");
  EXPECT_THAT(report.credentials_message, HasSubstr("client_secret: "));
  EXPECT_THAT(report.credentials_message, HasSubstr("client_secret_previous: "));
  EXPECT_THAT(calls(), ElementsAre("par", "par"));
}

TEST_F(Verify, an_outage_at_the_first_secret_stops_there) {
  use_secrets({"wrong-secret-9", kSecret});
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 1) return html_response(503, "");
    return std::nullopt;
  };
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unreachable);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(Verify, an_outage_at_the_previous_secret_is_no_rejection) {
  use_secrets({"wrong-secret-9", kSecret});
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 2) return html_response(503, "");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unreachable);
  EXPECT_EQ(report.refused_key_message, "");
}

TEST_F(Verify, a_stop_before_the_first_call_asks_nothing) {
  stop.request_stop();
  const VerificationReport report = run();
  EXPECT_TRUE(report.cancelled);
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Verify, a_stop_at_any_call_concludes_nothing) {
  for (int last = 1; last <= 3; ++last) {
    stop = std::stop_source();
    call = 0;
    instead = [&](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
      if (n < last) return std::nullopt;
      stop.request_stop();
      return net::Error{net::ErrorCode::Cancelled, "stopped"};
    };
    const VerificationReport report = run();
    EXPECT_TRUE(report.cancelled) << last;
    EXPECT_EQ(report.credentials, CredentialsOutcome::Unreachable);
    EXPECT_EQ(report.callback, CallbackOutcome::Unknown);
    EXPECT_FALSE(report.controls_made);
    EXPECT_EQ(call, last);
  }
}

TEST_F(Verify, none_asks_nothing_of_credentials) {
  request.provider.method = Method::None;
  request.provider.check_callback = false;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, Says(MessageId::MethodOff));
  EXPECT_EQ(report.method, Method::None);
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Verify, none_still_checks_the_callback) {
  request.provider.method = Method::None;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_THAT(calls(), ElementsAre("authorize", "authorize?"));
}

TEST_F(Verify, a_method_without_its_endpoint_names_the_field_to_set) {
  fake.behaviour.has_par = false;
  request.provider.check_callback = false;
  request.provider.method = Method::PushedAuthorizationRequest;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, AllOf(Says(MessageId::NoEndpoint),
                                                HasSubstr("endpoints.pushedAuthorizationRequest")));
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Verify, a_rule_can_say_verified_but_a_control_must_confirm_it) {
  fake.behaviour.has_par = false;
  request.provider.rules = {{.error = "bad_code", .verdict = Verdict::Verified}};
  instead = [](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
    if (asked.url.ends_with("/token")) return error_response(200, "bad_code");
    return std::nullopt;
  };
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(calls(),
              ElementsAre("token", "token!", "refresh", "refresh!", "authorize", "authorize?"));
}

TEST_F(Verify, no_message_ever_holds_what_is_secret) {
  for (const std::string& secret : {kSecret, std::string("wrong-secret-9")}) {
    for (const int quoting : {0, 1, 2, 3}) {
      use_secrets({secret});
      call = 0;
      instead = [&](const auto& asked, int n) -> std::optional<net::Result<net::HttpResponse>> {
        if (n != quoting) return std::nullopt;
        return error_response(400, "invalid_request",
                              secret + " in " + asked.body + " and " +
                                  std::string(asked.headers.get("Authorization")));
      };
      const VerificationReport report = run();
      std::vector<std::string> texts = {report.credentials_message, report.callback_message,
                                        report.scopes_message, report.refused_key_message};
      EXPECT_FALSE(report.steps.empty());
      for (const Step& step : report.steps) {
        texts.insert(texts.end(), {step.purpose, step.request, step.answer, step.conclusion});
      }
      for (const std::string& text : texts) {
        EXPECT_THAT(text, Not(HasSubstr(secret)));
        EXPECT_THAT(text, Not(HasSubstr("r3qu3st")));
        EXPECT_THAT(text, Not(HasSubstr(net::base64("app:" + secret))));
      }
    }
  }
}

TEST_F(Verify, the_controls_differ_from_the_request_in_one_thing_alone) {
  run();
  ASSERT_GE(http.requests.size(), 3U);
  for (const char* name : {"client_id", "redirect_uri", "scope", "response_type"}) {
    EXPECT_EQ(field(http.requests[1], name), field(http.requests[0], name)) << name;
  }
  EXPECT_EQ(http.requests[2].headers.get("Authorization"),
            http.requests[0].headers.get("Authorization"));
  EXPECT_THAT(field(http.requests[2], "redirect_uri"), HasSubstr("https://app.example/made-up-"));
}

TEST_F(Verify, the_steps_do_not_repeat_a_secret_that_a_redirect_quotes) {
  fake.behaviour.has_par = false;
  use_secrets({"s3cr3t value"});
  for (const char* location :
       {"https://login.example/e?error=S3cr3t+value",
        "https://login.example/e?error=s3cr3t%20%76alue", "/e?error=s3cr3t%2520value"}) {
    instead = [&](const auto& asked, int) -> std::optional<net::Result<net::HttpResponse>> {
      if (asked.method == "GET") return redirect_response(location);
      return error_response(400, "invalid_grant");
    };
    EXPECT_THAT(run().steps.back().answer, testing::EndsWith("with error=[left out]")) << location;
  }
}

TEST_F(Verify, the_steps_tell_what_was_asked_and_what_it_came_to) {
  fake.behaviour.has_par = false;
  request.provider.rules = {{.error = "none such", .verdict = Verdict::Rejected},
                            {.error = "invalid_client", .verdict = Verdict::Rejected}};
  const std::vector<Step> steps = run().steps;
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[0].method, Method::AuthorizationCode);
  EXPECT_EQ(steps[0].purpose, "with the secret of client_secret");
  EXPECT_THAT(steps[0].request,
              HasSubstr("POST https://login.example/token grant_type=authorization_code"));
  EXPECT_THAT(steps[0].answer, HasSubstr(R"("error": "invalid_grant")"));
  EXPECT_EQ(steps[0].conclusion, "client Accepted");
  EXPECT_EQ(steps[0].rule, 0U);
  EXPECT_EQ(steps[1].purpose, "control: with a made-up secret");
  EXPECT_EQ(steps[1].conclusion, "client Refused");
  EXPECT_EQ(steps[1].rule, 2U);
  EXPECT_EQ(steps[2].asked, Step::Asked::SilentAuthorization);
  EXPECT_EQ(steps[2].answer, "302 to that callback URL with error=login_required");
  EXPECT_EQ(steps[2].conclusion, "");
  EXPECT_THAT(steps[3].purpose, HasSubstr("nobody registered"));
  EXPECT_EQ(steps[3].conclusion, "callback Accepted");
}

TEST(MethodsToTry, are_those_whose_endpoint_is_known) {
  Provider provider;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
  provider.endpoints.token = "https://login.example/token";
  EXPECT_THAT(methods_to_try(provider),
              ElementsAre(Method::AuthorizationCode, Method::RefreshToken));
  provider.endpoints.pushed_authorization_request = "https://login.example/par";
  provider.endpoints.introspection = "https://login.example/introspect";
  provider.endpoints.revocation = "https://login.example/revoke";
  EXPECT_THAT(methods_to_try(provider),
              ElementsAre(Method::PushedAuthorizationRequest, Method::AuthorizationCode,
                          Method::RefreshToken, Method::Introspection, Method::Revocation));
  provider.endpoints.introspection = "";
  provider.method = Method::AuthorizationCode;
  EXPECT_THAT(methods_to_try(provider), ElementsAre(Method::AuthorizationCode));
  provider.method = Method::Introspection;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
  provider.method = Method::None;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
}

}  // namespace
}  // namespace oauth
