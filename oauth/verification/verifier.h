// Verifies a client's credentials and callback at the provider, without a user: the purpose of this
// project. docs/verification.md explains it; requests.h has the requests, classify.h the meaning of
// the answers, and this file the order of requests and the conditions for a verdict.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "oauth/protocol/provider.h"
#include "oauth/protocol/requests.h"
#include "oauth/protocol/verdict.h"

namespace oauth {

struct NamedSecret {
  std::string key;  // e.g. "client_secret", "client_secret_previous"
  net::SecretString value;
};

// The provider refused a made-up secret, as it must.
struct Control {
  Method method = Method::None;
  std::string answer;  // the answer to it, Answer::summary(); empty if that is not known
  bool operator==(const Control&) const = default;
};

struct VerificationRequest {
  Provider provider;
  std::string client_id;
  std::vector<NamedSecret> secrets;  // tried in order until one is not rejected; at least one
  std::string redirect_uri;
  std::vector<std::string> scopes;
  // The control that failed earlier, as it must, with the same inputs except the secret. Its method
  // gets no new control; the methods that Auto tries before it proved nothing, and get none either:
  // each control is a failed sign-in in somebody's audit log.
  std::optional<Control> control;
  // A provider accepted the client id earlier, or everybody knows it anyway. Until then it may be a
  // secret in the wrong place, and is treated like one: all texts omit it, and no URL has it after
  // a refusal.
  bool client_id_is_public = false;
};

enum class CredentialsOutcome { Verified, Rejected, GrantNotAllowed, Unverifiable, Unreachable };
enum class CallbackOutcome {
  Accepted,
  Rejected,
  NotCheckable,
  Unknown /* not asked, or no answer */
};
enum class ScopesOutcome { Unknown, Accepted, Rejected };

// A request and its answer, for a person who wants to understand a verdict, or to write a rule. It
// has no secrets.
struct Step {
  // By a method, or the authorization endpoint as a browser asks it, which no method does.
  enum class Asked { Method, SilentAuthorization };
  Asked asked = Asked::Method;
  Method method = Method::None;  // of Asked::Method
  std::string purpose;           // "control: with a made-up secret"
  std::string request;           // requests.h, describe()
  std::string answer;            // answer.h, Answer::details(); or the call's failure
  std::string conclusion;        // "client Accepted, callback Refused"; for the silent requests, at
                                 // the last of them, their common result
  std::size_t rule = 0;          // which of the provider's rules said so, from 1; 0: the defaults
};

// Returns the request's name in reports: the method's, or "SilentAuthorization".
const char* name_of_question(const Step& step);

struct VerificationReport {
  CredentialsOutcome credentials = CredentialsOutcome::Unreachable;
  std::string credentials_message;
  CallbackOutcome callback = CallbackOutcome::Unknown;
  std::string callback_message;
  ScopesOutcome scopes = ScopesOutcome::Unknown;
  std::string scopes_message;
  Method method = Method::None;     // the one that decided
  std::string secret_key;           // of the secret that was verified (or refused last)
  std::string refused_key_message;  // the refusal of an earlier secret, if a later one was
                                    // verified
  bool controls_made = false;       // made in this call, and they failed as they must
  std::string control_answer;       // Control::answer, where they were
  std::optional<std::chrono::seconds> retry_after;  // the provider's own word
  int failed_sign_ins = 0;  // how many requests may be failed sign-ins (is_failed_sign_in)
  bool cancelled = false;   // a stop ended it: conclude nothing
  std::vector<Step> steps;  // all requests, in order
};

// How many of its requests a provider may count as failed sign-ins, at most: some lock a client out
// after three. Answers that accept the client do not count; those of a server that ignores the
// secret do not, either; see is_failed_sign_in().
inline constexpr int kMostFailedSignIns = 2;

// Verifies at the provider. Makes every call through `http`, one after the other, and each blocks
// for at most 10 s. It remembers nothing: the caller keeps an earlier proof when a later answer
// proves nothing. Thread-safe: no state.
VerificationReport verify(const VerificationRequest& request, net::HttpClient& http,
                          net::Clock& clock, std::stop_token stop);

// Auto's methods in order (all but ClientCredentials), or the one that the Offering names; only
// those with a known endpoint.
std::vector<Method> methods_to_try(const Provider& provider);

// The authority of the first endpoint to be called: limits of calls are per host.
std::string host_asked(const Provider& provider);

// A keyed HMAC of exactly the inputs of verify()'s requests. `base` leaves the secrets out: equal
// bases mean that controls still hold.
struct InputHash {
  std::string base;
  std::string full;
  std::string to_string() const { return base + "." + full; }
};
InputHash hash_inputs(const VerificationRequest& request, const net::SecretString& key);
InputHash parse_input_hash(const std::string& text);  // parts are empty where the text is not one

// Keyed HMACs that show whether verifications of different Integrations are about the same client.
// They reveal neither a client id nor a secret.
struct SignInKeys {
  std::string client;   // the client id alone, in any case and with any spaces around it
  std::string sign_in;  // what a refusal depends on: all inputs but the scopes
  std::string control;  // what a control depends on: of these, not the secrets; but the scopes
                        // where they are pushed
};
SignInKeys sign_in_keys(const VerificationRequest& request, const net::SecretString& key);

// How many sign-ins may fail in a verification of these inputs at a provider whose answers are
// clear: one of each secret's, or its control; and one more to detect a wrong encoding.
int sign_ins_that_may_fail(const VerificationRequest& request);

}  // namespace oauth
