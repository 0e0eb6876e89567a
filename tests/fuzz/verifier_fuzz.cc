// oauth/verification/verifier.h: whole verifications, of a provider that answers each request with
// the input's next answer (the last one over and over; {{callback}} in its header is the request's
// callback). Every verdict must have its ground in the requests and answers.
//
// Settings: "method NAME" (default: Auto), rules, "style post", "encoding raw", "controlled
// METHOD", "scopes TEXT", "secrets 2", "callback unchecked", "without ENDPOINT", "client known"
// (its id was accepted before).
#include <algorithm>
#include <set>

#include "input.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/verifier.h"
#include "promises.h"
#include "scripted_http.h"

namespace fuzz {
namespace {

using oauth::CallbackOutcome;
using oauth::CredentialsOutcome;
using oauth::Method;
using oauth::ScopesOutcome;
using oauth::VerificationReport;
using oauth::VerificationRequest;

const std::string kCallback = "https://app.example/oauth/callback/x";
const std::string kHost = "https://login.example/";

// One question, as the provider sees it.
struct Question {
  std::optional<Method> method;  // nothing: the authorization endpoint
  std::string secret_key;        // of the secret in it; empty: a made-up one, or none
  bool own_callback = false;
  std::string_view answer;  // as the input has it
  int status = 0;           // 0: no answer
  std::string error;        // of the answer
};

oauth::Endpoints endpoints_but(std::string_view without) {
  oauth::Endpoints endpoints;
  endpoints.authorization = kHost + "authorize";
  endpoints.token = kHost + "token";
  if (without != "revocation") endpoints.revocation = kHost + "revoke";
  if (without != "introspection") endpoints.introspection = kHost + "introspect";
  if (without != "par") endpoints.pushed_authorization_request = kHost + "par";
  if (without == "authorization") endpoints.authorization.clear();
  if (without == "token") endpoints.token.clear();
  return endpoints;
}

VerificationRequest request_of(const Input& input) {
  VerificationRequest request;
  oauth::Provider& provider = request.provider;
  provider.endpoints = endpoints_but(input.setting("without"));
  provider.method = input.method("method").value_or(Method::Auto);
  provider.rules = input.rules();
  provider.check_callback = input.setting("callback") != "unchecked";
  if (input.setting("style") == "post") {
    provider.client_authentication = oauth::ClientAuthentication::ClientSecretPost;
  }
  if (input.setting("encoding") == "raw") provider.basic_encoding = oauth::BasicEncoding::Raw;
  request.client_id = client().id;
  request.client_id_is_public = input.setting("client") == "known";
  request.secrets = {{"client_secret", client().secret}};
  if (input.setting("secrets") == "2") {
    request.secrets.push_back({"client_secret_previous", previous_secret()});
  }
  request.redirect_uri = kCallback;
  std::string scopes(input.setting("scopes"));
  std::erase_if(scopes, [](char c) { return c < '!' || c > '~'; });  // RFC 6749 3.3
  if (!scopes.empty()) request.scopes = {known_to_all(scopes)};
  if (const auto method = input.method("controlled")) {
    request.control = oauth::Control{*method, std::string(input.setting("refusal"))};
  }
  return request;
}

std::optional<Method> method_of(const net::HttpRequest& asked) {
  if (asked.url == kHost + "par") return Method::PushedAuthorizationRequest;
  if (asked.url == kHost + "introspect") return Method::Introspection;
  if (asked.url == kHost + "revoke") return Method::Revocation;
  if (asked.url != kHost + "token") return std::nullopt;
  const std::string grant = oauth::field(asked, "grant_type");
  if (grant == "refresh_token") return Method::RefreshToken;
  return grant == "client_credentials" ? Method::ClientCredentials : Method::AuthorizationCode;
}

bool came_with(const net::HttpRequest& asked, oauth::Provider provider, const oauth::Client& who) {
  for (const auto encoding : {oauth::BasicEncoding::FormEncoded, oauth::BasicEncoding::Raw}) {
    provider.basic_encoding = encoding;
    const auto own = oauth::client_request(provider, asked.url, who, {});
    if (own.headers.get("Authorization") == asked.headers.get("Authorization") &&
        oauth::field(own, "client_secret") == oauth::field(asked, "client_secret")) {
      return true;
    }
  }
  return false;
}

Question question_of(const net::HttpRequest& asked, const VerificationRequest& request) {
  Question question;
  question.method = method_of(asked);
  question.own_callback = oauth::field(asked, "redirect_uri") == kCallback;
  if (asked.method != "POST") return question;
  for (const oauth::NamedSecret& secret : request.secrets) {
    if (came_with(asked, request.provider, {request.client_id, secret.value})) {
      question.secret_key = secret.key;
    }
  }
  return question;
}

bool names_a_secret(const std::string& url) {
  Promises kept;
  kept.keep_secret("URL", url, secret_forms());
  return !kept.broken().empty();
}

struct Run {
  VerificationReport report;
  std::vector<Question> questions;
  bool strayed = false;  // a request went elsewhere, or a URL had a secret
};

Run run(const Input& input, const VerificationRequest& request) {
  Run run;
  oauth::ScriptedHttp http([&](const net::HttpRequest& asked) {
    const std::size_t at = run.questions.size();
    Question question = question_of(asked, request);
    question.answer = input.text_of_answer(at);
    auto answer = input.answer(at);
    if (answer.ok()) {
      net::HttpResponse response = {answer->status, {}, answer->body};
      for (const auto& [name, text] : answer->headers.fields()) {
        std::string value = text;
        replace_all(value, "{{callback}}", oauth::field(asked, "redirect_uri"));
        response.headers.add(name, value);
      }
      question.status = response.status;
      const net::Json body = net::Json::parse(response.body, nullptr, false);
      if (body.is_object()) question.error = net::string_member(body, "error");
      if (!question.method) {
        question.error = oauth::location_parameter(response.headers.get("Location"), "error");
      }
      answer = response;
    }
    const bool at_home = asked.url.starts_with(kHost) && !names_a_secret(asked.url);
    run.strayed = run.strayed || !at_home;
    run.questions.push_back(question);
    return answer;
  });
  net::ManualClock clock;
  run.report = oauth::verify(request, http, clock, {});
  return run;
}

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

template <class Condition>
bool any_question(const Run& run, Condition condition) {
  return std::any_of(run.questions.begin(), run.questions.end(), condition);
}

// The provider accepted the client's own secret, and not another one.
void ground_of_verified(const VerificationRequest& request, const Run& run, Promises& promises) {
  const VerificationReport& report = run.report;
  std::set<std::string_view> own;
  std::set<std::string_view> other;
  bool usable = false;
  for (const Question& question : run.questions) {
    if (question.method != report.method) continue;
    const bool is_own = question.secret_key == report.secret_key;
    (is_own ? own : other).insert(question.answer);
    usable = usable || (is_own && question.status >= 200 && !may_pass(question.status) &&
                        (question.status < 300 || question.status >= 400));
  }
  promises.keep(!own.empty(), "what is verified was asked about", report.credentials_message);
  promises.keep(usable || !request.provider.rules.empty(), "no outage and no redirect verifies",
                report.credentials_message);
  if (request.control && request.control->method == report.method) return;
  const bool told_apart = std::any_of(other.begin(), other.end(), [&](std::string_view answer) {
    return own.size() > 1 || own.count(answer) == 0;
  });
  promises.keep(told_apart, "what is verified was told apart from another secret",
                report.credentials_message);
}

// The provider refused every secret explicitly.
void ground_of_rejected(const VerificationRequest& request, const Run& run, Promises& promises) {
  if (!request.provider.rules.empty()) return;
  for (const oauth::NamedSecret& secret : request.secrets) {
    const bool refused = any_question(run, [&](const Question& question) {
      const bool by_name =
          question.error == "invalid_client" || question.error == "unauthorized_client";
      const bool like_the_control = request.control && request.control->method == question.method &&
                                    request.control->answer.starts_with("401") &&
                                    question.status == 401;
      return question.secret_key == secret.key && !may_pass(question.status) &&
             (by_name || like_the_control);
    });
    promises.keep(refused, "what is rejected was refused by name", run.report.credentials_message);
  }
}

// The provider named a grant, perhaps in words of its own, or sent users back with an error.
void ground_of_grant(const VerificationRequest& request, const Run& run, Promises& promises) {
  const bool spoken_of = any_question(run, [](const Question& question) {
    const bool of_the_client = !question.method || !question.secret_key.empty();
    return of_the_client && !may_pass(question.status) && !question.error.empty() &&
           question.error != "invalid_grant" && question.error != "invalid_client";
  });
  promises.keep(spoken_of || !request.provider.rules.empty(), "what is not allowed was named",
                run.report.credentials_message);
}

void credentials(const VerificationRequest& request, const Run& run, Promises& promises) {
  const VerificationReport& report = run.report;
  if (report.credentials == CredentialsOutcome::Verified)
    ground_of_verified(request, run, promises);
  if (report.credentials == CredentialsOutcome::Rejected)
    ground_of_rejected(request, run, promises);
  if (report.credentials == CredentialsOutcome::GrantNotAllowed) {
    ground_of_grant(request, run, promises);
  }
  const bool an_answer =
      any_question(run, [](const Question& q) { return q.status != 0 && !may_pass(q.status); });
  const bool nothing_said = report.credentials == CredentialsOutcome::Unverifiable ||
                            report.credentials == CredentialsOutcome::Unreachable;
  promises.keep(an_answer || nothing_said || !request.provider.rules.empty(),
                "an outage is no verdict", report.credentials_message);
  promises.keep(!report.controls_made || report.credentials == CredentialsOutcome::Verified,
                "controls are for what is verified");
}

// Each failed sign-in is in somebody's log, and may lock the client out.
void failed_sign_ins(const VerificationRequest& request, const Run& run, Promises& promises) {
  if (!request.provider.rules.empty()) return;
  const auto failed = std::count_if(run.questions.begin(), run.questions.end(), [](const auto& q) {
    return q.method && q.status >= 400 && !may_pass(q.status) && q.error == "invalid_client";
  });
  const auto most = oauth::kMostFailedSignIns + static_cast<int>(request.secrets.size()) - 1;
  promises.keep(failed <= most, "few sign-ins fail", std::to_string(failed));
}

// After a 429 it does not send the client's secret again.
void waiting(const VerificationRequest& request, const Run& run, Promises& promises) {
  if (!request.provider.rules.empty()) return;
  bool asked_to_wait = false;
  for (const Question& question : run.questions) {
    const bool with_the_client = question.method.has_value();
    promises.keep(!asked_to_wait || !with_the_client, "a 429 ends the questions",
                  run.report.credentials_message);
    asked_to_wait = asked_to_wait || question.status == 429;
  }
}

void callback(const VerificationRequest& request, const Run& run, Promises& promises) {
  const VerificationReport& report = run.report;
  if (report.callback == CallbackOutcome::Accepted) {
    // A server may send everybody to the one callback that it knows: then it is ours.
    const bool by_name = any_question(run, [](const Question& question) {
      return question.answer.find(kCallback) != std::string_view::npos;
    });
    const bool controlled = request.control && report.method == request.control->method &&
                            report.method == Method::PushedAuthorizationRequest;
    std::set<std::string_view> ours;
    std::set<std::string_view> made_up;
    for (const Question& question : run.questions) {
      const bool about_it =
          !question.method || question.method == Method::PushedAuthorizationRequest;
      if (about_it) (question.own_callback ? ours : made_up).insert(question.answer);
    }
    promises.keep(
        by_name || controlled || (!made_up.empty() && (ours.size() > 1 || ours != made_up)),
        "what is accepted was told apart from another callback", report.callback_message);
  }
  promises.keep(report.callback == CallbackOutcome::Unknown ||
                    (report.credentials != CredentialsOutcome::Rejected &&
                     report.credentials != CredentialsOutcome::Unreachable),
                "the credentials come first", report.callback_message);
  promises.keep(report.callback != CallbackOutcome::Rejected ||
                    report.callback_message.find(kCallback) != std::string::npos,
                "who has to register the callback is told which", report.callback_message);
  promises.keep(report.scopes != ScopesOutcome::Accepted ||
                    (report.credentials == CredentialsOutcome::Verified &&
                     report.method == Method::PushedAuthorizationRequest),
                "scopes are accepted by a pushed request alone");
}

void shown(const VerificationRequest& request, const VerificationReport& report,
           Promises& promises) {
  const auto check = [&](const char* what, const std::string& text) {
    promises.keep_presentable(what, text, 32768);  // the limit of a condition's message
    promises.keep_secret(what, text, secret_forms());
    if (request.secrets.size() > 1) promises.keep_secret(what, text, previous_secret_forms());
    if (!request.client_id_is_public) promises.keep_secret(what, text, client_id_forms());
  };
  check("credentials message", report.credentials_message);
  check("callback message", report.callback_message);
  check("scopes message", report.scopes_message);
  check("message of a refused key", report.refused_key_message);
  for (const oauth::Step& step : report.steps) {
    check("step", step.purpose);
    check("step's request", step.request);
    check("step's answer", step.answer);
    check("step's conclusion", step.conclusion);
  }
}

// Addresses get into logs: none has a client id that was refused and never accepted.
void addresses(const VerificationRequest& request, const Run& run, Promises& promises) {
  if (request.client_id_is_public || !request.provider.rules.empty()) return;
  const bool silently = any_question(run, [](const Question& q) { return !q.method; });
  promises.keep(run.report.credentials != CredentialsOutcome::Rejected || !silently,
                "a refused client id is in no address", run.report.credentials_message);
}

// The client's budget is charged with this count.
void counted(const Run& run, Promises& promises) {
  promises.keep(run.report.failed_sign_ins >= 0 &&
                    run.report.failed_sign_ins <= static_cast<int>(run.questions.size()),
                "a failed sign-in is a question");
  const bool refused = run.report.credentials == CredentialsOutcome::Rejected;
  promises.keep(!refused || run.report.failed_sign_ins > 0, "a rejection is counted",
                run.report.credentials_message);
}

void course(const Run& run, Promises& promises) {
  promises.keep(!run.strayed, "the Offering's endpoints alone are asked, and no URL has a secret");
  promises.keep(run.questions.size() == run.report.steps.size(), "every question is a step");
  promises.keep(run.questions.size() <= 30, "a verification ends",
                std::to_string(run.questions.size()));
  promises.keep(!run.report.cancelled, "nobody stopped it");
  promises.keep(!run.report.credentials_message.empty(), "a verdict has a message");
  promises.keep(!run.report.retry_after || *run.report.retry_after <= std::chrono::hours{24},
                "a provider may ask to wait for a day at most");
}

// Equal except for values that are made up each time.
void again(const Run& first, const Run& second, Promises& promises) {
  const VerificationReport& a = first.report;
  const VerificationReport& b = second.report;
  promises.keep(a.credentials == b.credentials && a.callback == b.callback &&
                    a.scopes == b.scopes && a.method == b.method && a.secret_key == b.secret_key &&
                    a.controls_made == b.controls_made && a.retry_after == b.retry_after &&
                    a.credentials_message == b.credentials_message &&
                    a.steps.size() == b.steps.size(),
                "the same answers bring the same verdict", a.credentials_message);
}

}  // namespace

const char* const kTarget = "verifier";

std::vector<std::string> broken_promises(std::string_view text) {
  const Input input(text);
  const VerificationRequest request = request_of(input);
  const Run first = run(input, request);
  Promises promises;
  credentials(request, first, promises);
  failed_sign_ins(request, first, promises);
  waiting(request, first, promises);
  callback(request, first, promises);
  shown(request, first.report, promises);
  addresses(request, first, promises);
  counted(first, promises);
  course(first, promises);
  again(first, run(input, request), promises);
  return promises.broken();
}

}  // namespace fuzz
