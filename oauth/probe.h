// One question to the provider: a request sent, its answer read and classified.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "oauth/classify.h"
#include "oauth/verifier.h"

namespace oauth {

// "token endpoint"; the sentences of a report begin with it.
std::string endpoint_name(Method method);

// For the duration of one verify(); `request` outlives it. Not thread-safe.
class Probe {
 public:
  Probe(const VerificationRequest& request, net::HttpClient& http, net::Clock& clock,
        std::stop_token stop);

  const VerificationRequest& request() const { return request_; }

  // The request of `method` (PushedAuthorizationRequest or AuthorizationCode) with that secret. The
  // reading's message is a whole sentence: "The token endpoint answered …".
  Reading ask(Method method, const net::SecretString& secret);
  // A pushed authorization request for another callback or other scopes than the client's own.
  Reading push(const net::SecretString& secret, const std::string& redirect_uri,
               const std::vector<std::string>& scopes);
  // The silent authorization request with that callback.
  net::Result<Answer> ask_silently(const std::string& redirect_uri);

  bool cancelled() const { return cancelled_; }
  // The longest wait that the provider asked for.
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  Reading read(Method method, const net::HttpRequest& request);
  net::Result<Answer> send(const net::HttpRequest& request);
  AuthorizationRequest authorization(const std::string& redirect_uri,
                                     const std::vector<std::string>& scopes) const;
  void remember(std::optional<std::chrono::seconds> retry_after);

  const VerificationRequest& request_;
  net::HttpClient& http_;
  net::Clock& clock_;
  std::stop_token stop_;
  std::vector<std::string_view> secrets_;
  bool cancelled_ = false;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace oauth
