// Sends a request to the provider, and reads and classifies its answer.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "oauth/verification/classify.h"
#include "oauth/verification/verifier.h"

namespace oauth {

// "The token endpoint"; the sentences of a report begin with it.
std::string endpoint_name(Method method);

// For the duration of one verify(); `request` outlives it. Not thread-safe.
class Probe {
 public:
  Probe(const VerificationRequest& request, net::HttpClient& http, net::Clock& clock,
        std::stop_token stop);

  const VerificationRequest& request() const { return request_; }
  // Returns whether an earlier verification made the controls of `method`.
  bool was_controlled(Method method) const {
    return request_.control && request_.control->method == method;
  }

  // Sends the request of `method` (neither Auto nor None) with that secret. The reading's message
  // is a whole sentence: "The token endpoint answered …".
  Reading ask(Method method, const NamedSecret& secret);
  // The same with a made-up secret of the same shape.
  Reading ask_with_made_up_secret(Method method, const NamedSecret& secret);
  // Both, written into the Basic header without encoding (basicEncoding: Raw).
  Reading ask_unencoded(Method method, const NamedSecret& secret);
  Reading ask_unencoded_with_made_up_secret(Method method, const NamedSecret& secret);
  // A pushed authorization request for another callback or other scopes than the client's own.
  Reading push(const NamedSecret& secret, const std::string& redirect_uri,
               const std::vector<std::string>& scopes);
  // The silent authorization request with that callback.
  net::Result<Answer> ask_silently(const std::string& redirect_uri);
  // The same without prompt=none.
  net::Result<Answer> ask_without_silence(const std::string& redirect_uri);
  // Sets the conclusion of the last silent answers, for the steps.
  void conclude_silent(std::string conclusion);

  // How many requests may have been failed sign-ins (is_failed_sign_in), as their senders counted.
  int failed_sign_ins() const { return failed_sign_ins_; }
  void count_failed_sign_in() { ++failed_sign_ins_; }

  // Some answer accepted the client's own secret, or refused it.
  bool was_let_in() const { return let_in_; }
  bool was_refused() const { return refused_; }

  bool cancelled() const { return cancelled_; }
  // The provider answered 429: send nothing that can wait.
  bool rate_limited() const { return rate_limited_; }
  // The longest wait that the provider requested.
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  std::vector<Step> take_steps() { return std::move(steps_); }

 private:
  net::HttpRequest unencoded(Method method, const net::SecretString& secret) const;
  net::HttpRequest question(Method method, const Provider& provider, const Client& client) const;
  Reading read(Method method, const net::HttpRequest& request, std::string purpose);
  net::Result<Answer> authorize(const net::HttpRequest& request, const std::string& redirect_uri,
                                std::string purpose);
  net::Result<Answer> send(const net::HttpRequest& request);
  // Returns the text without never-shown values, and cut.
  std::string shown(std::string text) const;
  Reading noted(Reading reading);
  AuthorizationRequest authorization(const std::string& redirect_uri,
                                     const std::vector<std::string>& scopes) const;
  void remember(std::optional<std::chrono::seconds> retry_after);

  const VerificationRequest& request_;
  net::HttpClient& http_;
  net::Clock& clock_;
  std::stop_token stop_;
  std::vector<net::SecretString> never_shown_;
  std::vector<net::SecretString> client_id_;  // in all spellings, while it may not be shown
  std::vector<Step> steps_;
  int failed_sign_ins_ = 0;
  bool let_in_ = false;
  bool refused_ = false;
  bool cancelled_ = false;
  bool rate_limited_ = false;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace oauth
