#include "oauth/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "net/crypto.h"
#include "scripted_http.h"

namespace oauth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kCallback = "https://app.example/cb";
const std::string kSecret = "right-secret-9";

// A provider whose every decency can be turned off.
struct Behaviour {
  bool has_par = true;
  bool par_checks_secret = true;
  bool par_checks_callback = true;
  bool token_checks_secret = true;
  bool looks_code_up_first = false;  // before the client: all that it says is invalid_grant
  bool redirects_before_validation = false;
  bool signs_in_first = false;  // a login page to whatever comes
  bool refuses_all_clients = false;
  std::vector<std::string> callbacks = {kCallback};
  std::vector<std::string> scopes = {"openid", "api:read"};
};

class FakeProvider {
 public:
  Behaviour behaviour;

  net::HttpResponse answer(const net::HttpRequest& request) const {
    if (request.url.starts_with("https://login.example/par")) return pushed(request);
    if (request.url.starts_with("https://login.example/token")) return token(request);
    return authorize(request);
  }

 private:
  static bool is_right(const net::HttpRequest& request) {
    return request.headers.get("Authorization") == "Basic " + net::base64("app:" + kSecret);
  }
  bool knows(const std::string& callback) const {
    return std::count(behaviour.callbacks.begin(), behaviour.callbacks.end(), callback) != 0;
  }
  bool allows(const std::string& scope) const {
    std::string rest = scope + " ";
    while (!rest.empty()) {
      const std::string one = rest.substr(0, rest.find(' '));
      rest.erase(0, one.size() + 1);
      if (!one.empty() && std::count(behaviour.scopes.begin(), behaviour.scopes.end(), one) == 0) {
        return false;
      }
    }
    return true;
  }

  net::HttpResponse pushed(const net::HttpRequest& request) const {
    if (behaviour.refuses_all_clients || (behaviour.par_checks_secret && !is_right(request))) {
      return error_response(401, "invalid_client");
    }
    if (!allows(field(request, "scope"))) return error_response(400, "invalid_scope");
    if (behaviour.par_checks_callback && !knows(field(request, "redirect_uri"))) {
      return error_response(400, "invalid_request", "redirect_uri is not registered");
    }
    return json_response(201, R"({"request_uri":"urn:r3qu3st","expires_in":60})");
  }
  net::HttpResponse token(const net::HttpRequest& request) const {
    const bool refuses =
        behaviour.refuses_all_clients || (behaviour.token_checks_secret && !is_right(request));
    if (refuses && !behaviour.looks_code_up_first) return error_response(401, "invalid_client");
    return error_response(400, "invalid_grant", "no such code");
  }
  net::HttpResponse authorize(const net::HttpRequest& request) const {
    const std::string callback = field(request, "redirect_uri");
    if (behaviour.signs_in_first) return html_response(200, "Sign in");
    if (!behaviour.redirects_before_validation && !knows(callback)) {
      return html_response(400, "invalid_redirect_uri");
    }
    return redirect_response(callback + (allows(field(request, "scope")) ? "?error=login_required"
                                                                         : "?error=invalid_scope"));
  }
};

class Verify : public testing::Test {
 protected:
  Verify() {
    request.provider.endpoints.authorization = "https://login.example/authorize";
    request.provider.endpoints.token = "https://login.example/token";
    request.client_id = "app";
    request.secrets = {{"client_secret", net::SecretString(kSecret)}};
    request.redirect_uri = kCallback;
    request.scopes = {"openid", "api:read"};
  }

  VerificationReport run() {
    if (fake.behaviour.has_par) {
      request.provider.endpoints.pushed_authorization_request = "https://login.example/par";
    }
    return verify(request, http, clock, stop.get_token());
  }

  void use_secrets(std::vector<std::string> values) {
    request.secrets.clear();
    for (std::string& value : values) {
      const std::string key = request.secrets.empty() ? "client_secret" : "client_secret_previous";
      request.secrets.push_back({key, net::SecretString(std::move(value))});
    }
  }

  // What was asked: "par", "token", "authorize"; '!' a made-up secret, '?' a made-up callback.
  std::vector<std::string> calls() const {
    std::vector<std::string> names;
    for (const net::HttpRequest& asked : http.requests) {
      const std::size_t begin = std::string("https://login.example/").size();
      std::string name = asked.url.substr(begin, asked.url.find('?') - begin);
      if (name != "authorize" && !has_own_secret(asked)) name += '!';
      if (field(asked, "redirect_uri") != kCallback) name += '?';
      names.push_back(name);
    }
    return names;
  }
  bool has_own_secret(const net::HttpRequest& asked) const {
    return std::any_of(request.secrets.begin(), request.secrets.end(), [&](const auto& secret) {
      return asked.headers.get("Authorization") ==
             "Basic " + net::base64("app:" + secret.value.reveal());
    });
  }

  FakeProvider fake;
  // Answers instead of the provider where it returns something; `call` counts from 1.
  std::function<std::optional<net::Result<net::HttpResponse>>(const net::HttpRequest&, int call)>
      instead = [](const auto&, int) { return std::nullopt; };
  int call = 0;
  ScriptedHttp http{[this](const net::HttpRequest& asked) -> net::Result<net::HttpResponse> {
    ++call;
    if (auto answer = instead(asked, call)) return *answer;
    return fake.answer(asked);
  }};
  net::ManualClock clock;
  std::stop_source stop;
  VerificationRequest request;
};

TEST_F(Verify, an_honest_server_with_par_verifies_all_in_three_calls) {
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.credentials_message,
            "The pushed authorization request endpoint let the client in (201), and refused a "
            "made-up secret (401 invalid_client).");
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_EQ(report.scopes, ScopesOutcome::Accepted);
  EXPECT_EQ(report.method, Method::PushedAuthorizationRequest);
  EXPECT_EQ(report.secret_key, "client_secret");
  EXPECT_TRUE(report.controls_made);
  EXPECT_FALSE(report.cancelled);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?"));
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
  request.controlled_method = Method::PushedAuthorizationRequest;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_FALSE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par"));
}

TEST_F(Verify, the_silent_pair_is_asked_even_where_the_method_was_controlled) {
  fake.behaviour.has_par = false;
  request.controlled_method = Method::AuthorizationCode;
  EXPECT_EQ(run().credentials, CredentialsOutcome::Verified);
  EXPECT_THAT(calls(), ElementsAre("token", "authorize", "authorize?"));
}

TEST_F(Verify, a_control_of_another_method_does_not_count) {
  request.controlled_method = Method::AuthorizationCode;
  run();
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?"));
}

TEST_F(Verify, a_wrong_secret_is_rejected_by_the_first_answer) {
  use_secrets({"wrong-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Rejected);
  EXPECT_THAT(report.credentials_message, HasSubstr("answered 401 invalid_client"));
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
  EXPECT_THAT(report.credentials_message, HasSubstr("does not look at the secret"));
  EXPECT_THAT(report.credentials_message, HasSubstr("The pushed authorization request endpoint"));
  EXPECT_THAT(report.credentials_message, HasSubstr("The token endpoint"));
  EXPECT_THAT(report.credentials_message, HasSubstr("verification.onUnverifiable: Allow"));
  EXPECT_EQ(report.scopes, ScopesOutcome::Unknown);
  EXPECT_FALSE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "token", "token!", "par?"));
}

TEST_F(Verify, a_server_that_looks_the_code_up_first_is_unverifiable_by_code) {
  fake.behaviour.has_par = false;
  fake.behaviour.looks_code_up_first = true;
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unverifiable);
  use_secrets({"wrong-secret-9"});
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unverifiable);
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
  instead = [](const auto&, int n) -> std::optional<net::Result<net::HttpResponse>> {
    if (n == 2) return error_response(400, "invalid_request");
    return std::nullopt;
  };
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, HasSubstr("not clearly refused (400 invalid_request)"));
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
           net::Error{net::ErrorCode::Tls, "expired"}, html_response(503, ""),
           error_response(500, "server_error")}) {
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
  EXPECT_NE(report.credentials_message.find("too large"), std::string::npos);
}

TEST_F(Verify, a_client_without_the_code_grant_is_told_so_at_once) {
  instead = [](const auto&, int) -> std::optional<net::Result<net::HttpResponse>> {
    return error_response(400, "unauthorized_client");
  };
  EXPECT_EQ(run().credentials, CredentialsOutcome::GrantNotAllowed);
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(Verify, an_unregistered_callback_is_rejected_with_what_to_register) {
  fake.behaviour.callbacks = {};
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_THAT(report.callback_message, HasSubstr("redirect_uri is not registered"));
  EXPECT_THAT(report.callback_message, HasSubstr(kCallback));
  EXPECT_THAT(calls(), ElementsAre("par", "par!"));
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
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?", "authorize", "authorize?"));
  EXPECT_FALSE(report.controls_made) << "else the next one would believe the push";
}

TEST_F(Verify, a_push_that_takes_ours_against_a_silent_refusal_is_a_contradiction) {
  fake.behaviour.par_checks_callback = false;
  fake.behaviour.callbacks = {};
  const VerificationReport report = run();
  EXPECT_EQ(report.callback, CallbackOutcome::NotCheckable);
  EXPECT_THAT(report.callback_message, HasSubstr("contradict"));
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
  EXPECT_THAT(report.callback_message, HasSubstr("verification.callbackCheck: None"));
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!"));
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
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
  EXPECT_TRUE(report.controls_made);
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par", "par?"));
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
  EXPECT_THAT(calls(), ElementsAre("par", "par", "par?"));
}

TEST_F(Verify, the_previous_secret_is_not_tried_where_the_first_is_right) {
  use_secrets({kSecret, "older-secret-9"});
  const VerificationReport report = run();
  EXPECT_EQ(report.secret_key, "client_secret");
  EXPECT_EQ(report.refused_key_message, "");
  EXPECT_THAT(calls(), ElementsAre("par", "par!", "par?"));
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
  EXPECT_THAT(report.credentials_message, HasSubstr("verification.method: None"));
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

TEST_F(Verify, methods_that_are_not_offered_yet_say_so_and_ask_nothing) {
  request.provider.endpoints.introspection = "https://login.example/introspect";
  request.provider.endpoints.revocation = "https://login.example/revoke";
  request.provider.check_callback = false;
  for (const Method method : {Method::RefreshToken, Method::Introspection, Method::Revocation,
                              Method::ClientCredentials}) {
    request.provider.method = method;
    const VerificationReport report = run();
    EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
    EXPECT_EQ(report.method, method);
    EXPECT_THAT(report.credentials_message, HasSubstr(to_string(method)));
    EXPECT_THAT(report.credentials_message, HasSubstr("does not offer"));
  }
  EXPECT_THAT(calls(), IsEmpty());
}

TEST_F(Verify, a_method_without_its_endpoint_names_the_field_to_set) {
  fake.behaviour.has_par = false;
  request.provider.check_callback = false;
  request.provider.method = Method::PushedAuthorizationRequest;
  const VerificationReport report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Unverifiable);
  EXPECT_THAT(report.credentials_message, HasSubstr("endpoints.pushedAuthorizationRequest"));
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
  EXPECT_THAT(calls(), ElementsAre("token", "token!", "authorize", "authorize?"));
}

TEST_F(Verify, no_message_ever_holds_what_is_secret) {
  for (const std::string& secret : {kSecret, std::string("wrong-secret-9")}) {
    for (const int quoting : {0, 1, 2, 3}) {
      use_secrets({secret});
      call = 0;
      instead = [&](const auto& asked, int n) -> std::optional<net::Result<net::HttpResponse>> {
        if (n != quoting) return std::nullopt;
        return error_response(400, "invalid_request", secret + " in " + asked.body);
      };
      const VerificationReport report = run();
      for (const std::string& text : {report.credentials_message, report.callback_message,
                                      report.scopes_message, report.refused_key_message}) {
        EXPECT_THAT(text, Not(HasSubstr(secret)));
        EXPECT_THAT(text, Not(HasSubstr("r3qu3st")));
      }
    }
  }
}

TEST_F(Verify, the_controls_differ_from_the_request_in_one_thing_alone) {
  run();
  ASSERT_EQ(http.requests.size(), 3U);
  for (const char* name : {"client_id", "redirect_uri", "scope", "response_type"}) {
    EXPECT_EQ(field(http.requests[1], name), field(http.requests[0], name)) << name;
  }
  EXPECT_EQ(http.requests[2].headers.get("Authorization"),
            http.requests[0].headers.get("Authorization"));
  EXPECT_THAT(field(http.requests[2], "redirect_uri"), HasSubstr(".invalid"));
}

TEST(MethodsToTry, are_those_whose_endpoint_is_known) {
  Provider provider;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
  provider.endpoints.token = "https://login.example/token";
  EXPECT_THAT(methods_to_try(provider), ElementsAre(Method::AuthorizationCode));
  provider.endpoints.pushed_authorization_request = "https://login.example/par";
  EXPECT_THAT(methods_to_try(provider),
              ElementsAre(Method::PushedAuthorizationRequest, Method::AuthorizationCode));
  provider.method = Method::AuthorizationCode;
  EXPECT_THAT(methods_to_try(provider), ElementsAre(Method::AuthorizationCode));
  provider.method = Method::Introspection;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
  provider.method = Method::None;
  EXPECT_THAT(methods_to_try(provider), IsEmpty());
}

}  // namespace
}  // namespace oauth
