// Verification of a client's credentials and callback at the provider, without a user: the reason
// why this project exists. docs/verification.md explains it; requests.h says what is sent,
// classify.h what the answers mean, and this file in which order to ask and when to believe.
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

// A made-up secret was refused, as it must be.
struct Control {
  Method method = Method::None;
  std::string answer;  // what it was answered, Answer::summary(); empty where that is not known
  bool operator==(const Control&) const = default;
};

struct VerificationRequest {
  Provider provider;
  std::string client_id;
  std::vector<NamedSecret> secrets;  // tried in order until one is not rejected; at least one
  std::string redirect_uri;
  std::vector<std::string> scopes;
  // The controls that were seen to fail as they must, earlier, with the same inputs but the secret.
  // They are not made again for that method, nor for those that Auto tries before it, which were
  // seen to prove nothing: each is a failed sign-in in somebody's audit log.
  std::optional<Control> control;
  // The client id was accepted by a provider earlier, or is otherwise known to all. Until then it
  // may be a secret in the wrong place, and is treated like one: it is left out of all words, and
  // is in no URL once it was refused.
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

// One question and its answer, for whoever wants to see how a verdict came about, or to write a
// rule. Nothing secret is in it.
struct Step {
  // By a method, or the authorization endpoint as a browser asks it, which no method does.
  enum class Asked { Method, SilentAuthorization };
  Asked asked = Asked::Method;
  Method method = Method::None;  // of Asked::Method
  std::string purpose;           // "control: with a made-up secret"
  std::string request;           // requests.h, describe()
  std::string answer;            // answer.h, Answer::details(); or what went wrong with the call
  std::string conclusion;        // "client Accepted, callback Refused"; for the silent requests, at
                                 // the last of them, what they tell together
  std::size_t rule = 0;          // which of the provider's rules said so, from 1; 0: the defaults
};

// The name of what was asked in reports: the method's, or "SilentAuthorization".
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
  std::string refused_key_message;  // where an earlier secret was refused and a later one verified:
                                    // what was said
  bool controls_made = false;       // made in this call, and they failed as they must
  std::string control_answer;       // Control::answer, where they were
  std::optional<std::chrono::seconds> retry_after;  // the provider's own word
  int failed_sign_ins = 0;  // how many of the questions may have been such (is_failed_sign_in)
  bool cancelled = false;   // a stop ended it: nothing may be concluded
  std::vector<Step> steps;  // all that was asked, in order
};

// How many of its questions a provider may take for failed sign-ins, at most: some lock a client
// out after three. Answers that let the client in are none, nor is what a server says that does not
// look at the secret; see is_failed_sign_in().
inline constexpr int kMostFailedSignIns = 2;

// Asks the provider. Every call goes through `http`, one after the other, and each blocks for at
// most 10 s. Nothing is remembered: that what was proven outlives an answer that proves nothing is
// for the caller to see to. Thread-safe: no state.
VerificationReport verify(const VerificationRequest& request, net::HttpClient& http,
                          net::Clock& clock, std::stop_token stop);

// The methods that Auto tries, in order (all but ClientCredentials), or the one that is asked for
// by name; only those whose endpoint is known.
std::vector<Method> methods_to_try(const Provider& provider);

// The authority of the endpoint that is asked first: limits of calls are its host's.
std::string host_asked(const Provider& provider);

// A keyed HMAC of exactly what verify()'s requests are made of. `base` leaves the secrets out:
// equal bases mean that controls still hold.
struct InputHash {
  std::string base;
  std::string full;
  std::string to_string() const { return base + "." + full; }
};
InputHash hash_inputs(const VerificationRequest& request, const net::SecretString& key);
InputHash parse_input_hash(const std::string& text);  // parts are empty where the text is not one

// Keyed HMACs by which verifications of different Integrations are told to be about the same. None
// of a client id or a secret can be read from them.
struct SignInKeys {
  std::string client;   // the client id alone, in whatever case and with whatever spaces around it
  std::string sign_in;  // what a refusal depends on: all inputs but the scopes
  std::string control;  // what a control depends on: of these, not the secrets; but the scopes
                        // where they are pushed
};
SignInKeys sign_in_keys(const VerificationRequest& request, const net::SecretString& key);

// How many sign-ins may fail in a verification of these inputs at a provider whose answers are
// clear: one of each secret's, or its control; and one more to tell a wrong encoding.
int sign_ins_that_may_fail(const VerificationRequest& request);

}  // namespace oauth
