#include "oauth/probe.h"

#include <algorithm>

#include "net/crypto.h"

namespace oauth {
namespace {

bool asks_to_wait(int status) { return status == 429 || status == 503; }

std::string random_token() { return net::base64url(net::random_bytes(16)); }

}  // namespace

std::string endpoint_name(Method method) {
  return method == Method::PushedAuthorizationRequest ? "The pushed authorization request endpoint"
                                                      : "The token endpoint";
}

Probe::Probe(const VerificationRequest& request, net::HttpClient& http, net::Clock& clock,
             std::stop_token stop)
    : request_(request), http_(http), clock_(clock), stop_(std::move(stop)) {
  for (const NamedSecret& secret : request.secrets) secrets_.push_back(secret.value.reveal());
}

Reading Probe::ask(Method method, const net::SecretString& secret) {
  if (method == Method::PushedAuthorizationRequest) {
    return push(secret, request_.redirect_uri, request_.scopes);
  }
  const Client client{request_.client_id, secret};
  return read(method, made_up_code_request(request_.provider, client, request_.redirect_uri));
}

Reading Probe::push(const net::SecretString& secret, const std::string& redirect_uri,
                    const std::vector<std::string>& scopes) {
  const Client client{request_.client_id, secret};
  return read(
      Method::PushedAuthorizationRequest,
      pushed_authorization_request(request_.provider, client, authorization(redirect_uri, scopes)));
}

net::Result<Answer> Probe::ask_silently(const std::string& redirect_uri) {
  return send(silent_authorization_request(request_.provider, request_.client_id,
                                           authorization(redirect_uri, request_.scopes)));
}

Reading Probe::read(Method method, const net::HttpRequest& request) {
  auto answer = send(request);
  if (!answer.ok()) {
    Reading reading = classify(answer.error());
    reading.message = endpoint_name(method) + " gave " + reading.message;
    return reading;
  }
  Reading reading = classify(method, *answer, request_.provider.rules);
  reading.message = endpoint_name(method) + " answered " + reading.message;
  wipe(*answer);
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
    return response.error();
  }
  Answer answer = read_answer(*response, clock_.now(), secrets_);
  net::wipe(response->body);
  if (asks_to_wait(answer.http_status)) remember(answer.retry_after);
  return answer;
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
