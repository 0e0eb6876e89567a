// verify() against a provider in memory; a test can turn off each of its good manners.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/crypto.h"
#include "oauth/verification/verifier.h"
#include "scripted_http.h"

namespace oauth {

inline const std::string kCallback = "https://app.example/cb";
inline const std::string kSecret = "right-secret-9";

// A provider with good manners that can be turned off one by one.
struct Behaviour {
  bool has_par = true;
  bool par_checks_secret = true;
  bool par_checks_callback = true;
  bool token_checks_secret = true;
  bool looks_codes_up_first = false;  // before the client: it only says invalid_grant
  bool looks_refresh_tokens_up_first = false;
  bool introspection_checks_secret = true;
  bool introspection_is_for_others = false;  // 401 to this client, whatever its secret
  bool revocation_checks_secret = true;
  bool redirects_before_validation = false;
  bool signs_in_first = false;  // a login page for every request
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
    if (request.url.starts_with("https://login.example/introspect")) return introspect(request);
    if (request.url.starts_with("https://login.example/revoke")) return revoke(request);
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
    const std::string grant = field(request, "grant_type");
    const bool looks_first = grant == "authorization_code"
                                 ? behaviour.looks_codes_up_first
                                 : behaviour.looks_refresh_tokens_up_first;
    if (refuses && !looks_first) return error_response(401, "invalid_client");
    if (grant == "client_credentials") {
      return json_response(200, R"({"access_token":"t0k3n","token_type":"bearer"})");
    }
    return error_response(400, "invalid_grant", "no such code");
  }
  net::HttpResponse introspect(const net::HttpRequest& request) const {
    if (behaviour.introspection_is_for_others ||
        (behaviour.introspection_checks_secret && !is_right(request))) {
      return error_response(401, "invalid_client");
    }
    return json_response(200, R"({"active":false})");
  }
  net::HttpResponse revoke(const net::HttpRequest& request) const {
    if (behaviour.revocation_checks_secret && !is_right(request)) {
      return error_response(401, "invalid_client");
    }
    return {200, {}, ""};
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

class VerifyFixture : public testing::Test {
 protected:
  VerifyFixture() {
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

  void know_all_endpoints() {
    request.provider.endpoints.introspection = "https://login.example/introspect";
    request.provider.endpoints.revocation = "https://login.example/revoke";
  }

  // The requests: "par", "token", "refresh", "client", "introspect", "revoke", "authorize"; '!'
  // with a made-up secret, '?' for a made-up callback.
  std::vector<std::string> calls() const {
    std::vector<std::string> names;
    for (const net::HttpRequest& asked : http.requests) {
      const std::size_t begin = std::string("https://login.example/").size();
      std::string name = asked.url.substr(begin, asked.url.find('?') - begin);
      if (field(asked, "grant_type") == "refresh_token") name = "refresh";
      if (field(asked, "grant_type") == "client_credentials") name = "client";
      if (name != "authorize" && !has_own_secret(asked)) name += '!';
      const std::string callback = field(asked, "redirect_uri");
      if (!callback.empty() && callback != kCallback) name += '?';
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
  // Answers instead of the provider if it returns something; `call` counts from 1.
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

}  // namespace oauth
