// oauth/verification/classify.h: the meaning of an answer, by its method and the rules. The first
// answer is the one to the client's own secret (and to its callback), the second one the control's;
// with one answer, the provider answers both alike.
//
// Settings: "method NAME", rules, "endpoint URL" (of authorization).
#include <algorithm>

#include "input.h"
#include "oauth/protocol/answer_kinds.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/classify.h"
#include "promises.h"

namespace fuzz {
namespace {

using oauth::Answer;
using oauth::CallbackReading;
using oauth::CallbackSign;
using oauth::Method;
using oauth::ParameterSign;
using oauth::Reading;
using Sign = oauth::CredentialsSign;

const std::string kCallback = "https://app.example/oauth/callback/x";
const std::string kMadeUpCallback = "https://app.example/made-up-0/oauth/callback/x";

struct Case {
  Method method;
  std::vector<oauth::Rule> rules;
  std::string authorization_endpoint;
};

Answer read(const net::HttpResponse& response) {
  return oauth::read_answer(response, kNow, never_shown());
}

// Reads the `error` of RFC 6749 5.2 independently.
std::string error_in(const net::HttpResponse& response) {
  const net::Json body = net::Json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("error") || !body["error"].is_string()) return "";
  return body["error"].get<std::string>();
}

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

void shown(const std::string& message, const std::string& summary, Promises& promises) {
  promises.keep_presentable("message", message, 2000);
  promises.keep_secret("message", message, secret_forms());
  promises.keep(message.starts_with(summary), "a message begins with what was answered", message);
}

// Promises that follow from RFC 6749 and HTTP, for every provider.
void by_default(const Case& of, const net::HttpResponse& response, const Reading& reading,
                Promises& promises) {
  const bool refused = reading.credentials == Sign::Refused ||
                       reading.credentials == Sign::RefusedOrNotAllowed ||
                       reading.credentials == Sign::GrantNotAllowed;
  const bool accepted = reading.credentials == Sign::Accepted;
  const bool success = response.status >= 200 && response.status < 300;
  const std::string error = error_in(response);
  promises.keep(!may_pass(response.status) || reading.credentials == Sign::Unreachable,
                "408, 425, 429 and 5xx are outages", reading.message);
  promises.keep(!refused || !error.empty(), "nothing but an error refuses", reading.message);
  promises.keep(reading.credentials != Sign::Refused || error == "invalid_client" ||
                    error == "unauthorized_client",
                "nothing but invalid_client and unauthorized_client refuses", reading.message);
  const bool redirect = response.status >= 300 && response.status < 400;
  promises.keep(!redirect || (!accepted && !refused), "a redirect tells nothing", reading.message);
  promises.keep(!accepted || !error.empty() || success, "nothing but 2xx or an error lets in",
                reading.message);
  const bool with_a_code =
      of.method == Method::AuthorizationCode || of.method == Method::RefreshToken;
  promises.keep(!accepted || !with_a_code || !error.empty(),
                "who takes what nobody issued proves nothing", reading.message);
  promises.keep(error != "invalid_client" || !accepted, "invalid_client never lets in",
                reading.message);
  promises.keep(
      reading.callback == ParameterSign::Silent || of.method == Method::PushedAuthorizationRequest,
      "of the callback nothing but a pushed request tells", reading.message);
  promises.keep(reading.message.ends_with('.'), "a message is a sentence", reading.message);
}

void by_rules(const Case& of, const Answer& answer, const Reading& reading, Promises& promises) {
  const auto first = std::find_if(of.rules.begin(), of.rules.end(), [&](const oauth::Rule& rule) {
    return oauth::matches(rule, answer);
  });
  const auto at = first == of.rules.end() ? 0 : first - of.rules.begin() + 1;
  promises.keep(reading.rule == static_cast<std::size_t>(at), "the first rule that matches decides",
                reading.message);
  if (reading.rule == 0) return;
  const oauth::Rule& rule = of.rules[reading.rule - 1];
  promises.keep(reading.credentials != Sign::Refused || rule.verdict == oauth::Verdict::Rejected ||
                    rule.subject != oauth::Subject::Credentials,
                "a rule about the credentials means what it says", reading.message);
}

void about_credentials(const Case& of, const net::HttpResponse& response, Promises& promises) {
  const Answer answer = read(response);
  const Reading reading = oauth::classify(of.method, answer, of.rules);
  if (reading.rule == 0) by_default(of, response, reading, promises);
  by_rules(of, answer, reading, promises);
  shown(reading.message, reading.summary, promises);
  promises.keep(
      (reading.callback == ParameterSign::Silent && reading.scopes == ParameterSign::Silent) ||
          reading.credentials == Sign::Accepted,
      "who is told of callback or scopes was let in", reading.message);
  const Reading again = oauth::classify(of.method, read(response), of.rules);
  promises.keep(again.credentials == reading.credentials && again.callback == reading.callback &&
                    again.scopes == reading.scopes && again.message == reading.message,
                "the same answer means the same", reading.message);
}

void control(const Case& of, const net::HttpResponse& own, const net::HttpResponse& made_up,
             bool alike, Promises& promises) {
  const Reading reading = oauth::classify(of.method, read(own), of.rules);
  const Reading other = oauth::classify(of.method, read(made_up), of.rules);
  if (reading.credentials != Sign::Accepted || !oauth::refuses_control(reading, other)) return;
  promises.keep(!alike, "the same answer to a made-up secret proves nothing", reading.message);
  if (!of.rules.empty()) return;
  promises.keep(!may_pass(made_up.status), "an outage refuses no control", other.message);
  promises.keep(made_up.status == 401 || !error_in(made_up).empty(),
                "a control is refused by a 401 or an error", other.message);
}

bool redirects_to(const net::HttpResponse& response, const std::string& callback) {
  return response.status >= 300 && response.status < 400 &&
         response.headers.get("Location").starts_with(callback);
}

void about_callback(const Case& of, const net::HttpResponse& ours, const net::HttpResponse& made_up,
                    Promises& promises) {
  const auto classify = [&] {
    return oauth::classify_callback(read(ours), kCallback, read(made_up), kMadeUpCallback, of.rules,
                                    of.authorization_endpoint);
  };
  const CallbackReading reading = classify();
  shown(reading.message, "The authorization endpoint answered ", promises);
  promises.keep(classify().message == reading.message, "the same answers mean the same",
                reading.message);
  if (!of.rules.empty()) return;
  const bool passing = may_pass(ours.status) || may_pass(made_up.status);
  const bool accepted = reading.sign == CallbackSign::Accepted;
  const bool refused = reading.sign == CallbackSign::Refused;
  promises.keep(!passing || (!accepted && !refused), "an outage tells nothing of the callback",
                reading.message);
  promises.keep(!accepted || !redirects_to(made_up, kMadeUpCallback),
                "who redirects to a made-up callback proves nothing", reading.message);
  promises.keep(!accepted || redirects_to(ours, kCallback) || made_up.status >= 300,
                "a callback is accepted by a redirect, or where another one is refused",
                reading.message);
  promises.keep(!refused || ours.status >= 300, "a success refuses no callback", reading.message);
  promises.keep(!refused || !redirects_to(ours, kCallback + "?"),
                "who redirects to the callback does not refuse it", reading.message);
}

}  // namespace

const char* const kTarget = "classifier";

std::vector<std::string> broken_promises(std::string_view text) {
  const Input input(text);
  const Method method = input.method("method").value_or(Method::AuthorizationCode);
  if (method == Method::Auto || method == Method::None) return {};
  const Case of = {method, input.rules(), std::string(input.setting("endpoint"))};
  Promises promises;
  const auto own = input.answer(0);
  const auto made_up = input.answer(1);
  if (own.ok()) about_credentials(of, *own, promises);
  if (own.ok() && made_up.ok()) {
    control(of, *own, *made_up, input.text_of_answer(0) == input.text_of_answer(1), promises);
    about_callback(of, *own, *made_up, promises);
  }
  return promises.broken();
}

}  // namespace fuzz
