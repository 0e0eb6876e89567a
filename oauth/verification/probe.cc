#include "oauth/verification/probe.h"

#include <algorithm>

#include "net/crypto.h"
#include "net/url.h"
#include "oauth/protocol/rules.h"

namespace oauth {
namespace {

bool asks_to_wait(int status) { return status == 429 || status == 503; }

std::vector<std::string_view> revealed(const std::vector<net::SecretString>& secrets) {
  std::vector<std::string_view> texts;
  texts.reserve(secrets.size());
  for (const net::SecretString& secret : secrets) texts.push_back(secret.reveal());
  return texts;
}

// "302 to the callback URL with error=login_required"; it names only the host of other places.
std::string told_silently(const Answer& answer, const std::string& redirect_uri,
                          const std::vector<net::SecretString>& never_shown) {
  if (answer.location.empty()) return answer.details();
  const std::string& error = answer.location_error;
  const auto target = net::parse_url(answer.location.substr(0, answer.location.find('#')));
  std::string to = "another place of its own";
  if (target.ok()) {
    to = target->authority();
    leave_out(to, never_shown);
    leave_out(to, answer.shown_without);
    to = printable(to);
  }
  if (answer.location.starts_with(redirect_uri)) to = "that callback URL";
  return answer.summary() + " to " + to + (error.empty() ? "" : " with error=" + error);
}

std::string conclusion_of(const Reading& reading) {
  std::string text = std::string("client ") + to_string(reading.credentials);
  const auto add = [&](const char* what, ParameterSign sign) {
    if (sign == ParameterSign::Silent) return;
    text += std::string(", ") + what + (sign == ParameterSign::Accepted ? " Accepted" : " Refused");
  };
  add("callback", reading.callback);
  add("scopes", reading.scopes);
  return text;
}

std::string random_token() { return net::base64url(net::random_bytes(16)); }

}  // namespace

std::string endpoint_name(Method method) { return std::string("The ") + endpoint_kind(method); }

Probe::Probe(const VerificationRequest& request, net::HttpClient& http, net::Clock& clock,
             std::stop_token stop)
    : request_(request), http_(http), clock_(clock), stop_(std::move(stop)) {
  for (const NamedSecret& secret : request.secrets) {
    for (net::SecretString& way : ways_to_write(request.client_id, secret.value))
      never_shown_.push_back(std::move(way));
  }
  if (!request.client_id_is_public) client_id_ = ways_to_write(request.client_id);
}

Reading Probe::ask(Method method, const NamedSecret& secret) {
  return noted(read(method, question(method, request_.provider, {request_.client_id, secret.value}),
                    "with the secret of " + secret.key));
}

Reading Probe::noted(Reading reading) {
  let_in_ = let_in_ || reading.credentials == CredentialsSign::Accepted;
  refused_ = refused_ || reading.credentials == CredentialsSign::Refused;
  return reading;
}

Reading Probe::ask_with_made_up_secret(Method method, const NamedSecret& secret) {
  return read(
      method,
      question(method, request_.provider, {request_.client_id, made_up_secret(secret.value)}),
      "control: with a made-up secret");
}

Reading Probe::push(const NamedSecret& secret, const std::string& redirect_uri,
                    const std::vector<std::string>& scopes) {
  return read(Method::PushedAuthorizationRequest,
              pushed_authorization_request({request_.provider,
                                            {request_.client_id, secret.value},
                                            authorization(redirect_uri, scopes)}),
              redirect_uri == request_.redirect_uri
                  ? "once more, without scopes"
                  : "control: for a callback URL that nobody registered");
}

Reading Probe::ask_unencoded(Method method, const NamedSecret& secret) {
  return noted(read(method, unencoded(method, secret.value),
                    "with the secret of " + secret.key + ", as basicEncoding: Raw would send it"));
}

Reading Probe::ask_unencoded_with_made_up_secret(Method method, const NamedSecret& secret) {
  return read(method, unencoded(method, made_up_secret(secret.value)),
              "control: with a made-up secret, as basicEncoding: Raw would send it");
}

net::HttpRequest Probe::unencoded(Method method, const net::SecretString& secret) const {
  Provider raw = request_.provider;
  raw.basic_encoding = BasicEncoding::Raw;
  return question(method, raw, {request_.client_id, secret});
}

net::HttpRequest Probe::question(Method method, const Provider& provider,
                                 const Client& client) const {
  return traits(method).request(
      {provider, client, authorization(request_.redirect_uri, request_.scopes)});
}

net::Result<Answer> Probe::ask_silently(const std::string& redirect_uri) {
  return authorize(silent_authorization_request(request_.provider, request_.client_id,
                                                authorization(redirect_uri, request_.scopes)),
                   redirect_uri,
                   redirect_uri == request_.redirect_uri
                       ? "silently, for the callback URL"
                       : "control: for a callback URL that nobody registered");
}

net::Result<Answer> Probe::ask_without_silence(const std::string& redirect_uri) {
  return authorize(authorization_request(request_.provider, request_.client_id,
                                         authorization(redirect_uri, request_.scopes)),
                   redirect_uri, "once more, as a user's browser would");
}

net::Result<Answer> Probe::authorize(const net::HttpRequest& request,
                                     const std::string& redirect_uri, std::string purpose) {
  auto answer = send(request);
  steps_.push_back({.asked = Step::Asked::SilentAuthorization,
                    .purpose = std::move(purpose),
                    .request = describe(request, request_.client_id_is_public),
                    .answer = answer.ok() ? told_silently(*answer, redirect_uri, never_shown_)
                                          : answer.error().message,
                    .conclusion = {},
                    .rule = 0});
  return answer;
}

void Probe::conclude_silent(std::string conclusion) {
  if (!steps_.empty()) steps_.back().conclusion = std::move(conclusion);
}

Reading Probe::read(Method method, const net::HttpRequest& request, std::string purpose) {
  Step step{.asked = Step::Asked::Method,
            .method = method,
            .purpose = std::move(purpose),
            .request = describe(request, request_.client_id_is_public),
            .answer = {},
            .conclusion = {},
            .rule = 0};
  Reading reading;
  if (auto answer = send(request); answer.ok()) {
    reading = classify(method, *answer, request_.provider.rules);
    reading.message = endpoint_name(method) + " answered " + reading.message;
    step.answer = answer->details();
    wipe(*answer);
  } else {
    reading = classify(answer.error());
    step.answer = answer.error().message;
    reading.message = endpoint_name(method) + " gave " + reading.message;
  }
  step.conclusion = conclusion_of(reading);
  step.rule = reading.rule;
  steps_.push_back(std::move(step));
  return reading;
}

net::Result<Answer> Probe::send(const net::HttpRequest& request) {
  if (stop_.stop_requested()) {
    cancelled_ = true;
    return net::Error{net::ErrorCode::Cancelled, "stopped before it was asked"};
  }
  auto response = http_.send(request, stop_);
  if (!response.ok()) {
    cancelled_ = cancelled_ || response.error().code == net::ErrorCode::Cancelled;
    remember(response.error().retry_after);
    net::Error error = response.error();
    error.message = shown(std::move(error.message));
    return error;
  }
  const std::vector<std::string_view> never_shown = revealed(never_shown_);
  Answer answer = read_answer(*response, clock_.now(), never_shown, client_id_);
  net::wipe(response->body);
  if (asks_to_wait(answer.http_status)) remember(answer.retry_after);
  rate_limited_ = rate_limited_ || answer.http_status == 429;
  return answer;
}

std::string Probe::shown(std::string text) const {
  leave_out(text, never_shown_);
  leave_out(text, client_id_);
  return printable(text, 400);
}

AuthorizationRequest Probe::authorization(const std::string& redirect_uri,
                                          const std::vector<std::string>& scopes) const {
  return {.redirect_uri = redirect_uri,
          .scopes = scopes,
          .state = random_token(),
          .nonce = random_token(),
          .code_challenge = code_challenge(make_code_verifier())};
}

void Probe::remember(std::optional<std::chrono::seconds> retry_after) {
  if (retry_after) retry_after_ = std::max(*retry_after, retry_after_.value_or(*retry_after));
}

}  // namespace oauth
