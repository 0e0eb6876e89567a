// Decides the meaning of an answer: pure functions of (method, answer, rules). A provider's rules
// come first, then the defaults of RFC 6749 5.2, RFC 9126 2.3 and of HTTP statuses.
#pragma once

#include <string>
#include <vector>

#include "net/result.h"
#include "oauth/protocol/answer.h"
#include "oauth/protocol/provider.h"

namespace oauth {

// One answer's sign about the client's credentials. Each answer that a server gives to a client
// after authentication is `Accepted`. Some servers give it to everybody, so only a control makes it
// Verified.
enum class CredentialsSign {
  Accepted,             // authenticated, if the server checks the secret at all
  Refused,              // invalid_client and its like
  GrantNotAllowed,      // authenticated, but may not use the authorization code grant
  RefusedOrNotAllowed,  // one of the last two: only a control shows which
  Unclear,              // an answer that proves nothing
  Unreachable,          // no usable answer for now
};
const char* to_string(CredentialsSign sign);

// The answer's sign about the callback or the scopes, if any.
enum class ParameterSign { Silent, Accepted, Refused };

struct Reading {
  CredentialsSign credentials = CredentialsSign::Unclear;
  ParameterSign callback = ParameterSign::Silent;
  ParameterSign scopes = ParameterSign::Silent;
  std::string message;  // what was read and, where it helps, what to do; begins with the answer's
                        // summary and ends with a full stop
  std::string summary;  // the answer's: "400 invalid_grant", or "no answer"
  int http_status = 0;  // 0: no answer
  bool has_error = false;           // the answer had an `error`
  bool blames_the_request = false;  // and that was invalid_request, without a word about the client
  bool refuses_grant = false;       // it says that this grant is not available: wording.h
  std::size_t rule = 0;             // which of the rules decided, counted from 1; 0: the defaults
};

// Returns whether that may be a failed sign-in in somebody's audit log. A refusal is one, and so
// may be any answer that is not understood: an error of the provider's own, a 4xx except a missing
// page.
bool is_failed_sign_in(const Reading& reading);
// Returns whether the server refused the made-up secret, if it answered `own` to the client's own:
// by an explicit refusal, or by a 401 (RFC 9110 15.5.2) that the own secret did not get.
bool refuses_control(const Reading& own, const Reading& control);

// `method` is the one whose request got the answer: neither Auto nor None. The first matching rule
// decides. A rule about the callback or the scopes also implies that authentication succeeded: an
// Accepted sign, which a control has to confirm like any other.
Reading classify(Method method, const Answer& answer, const std::vector<Rule>& rules);
// Returns Unreachable for a failed transport, with a message about the failure; but Unclear for an
// oversized answer.
Reading classify(const net::Error& error);

// Compares the silent authorization requests with the client's callback and with an unregistered
// one.
enum class CallbackSign { Accepted, Refused, NotCheckable, Unreachable };
const char* to_string(CallbackSign sign);
struct CallbackReading {
  CallbackSign sign = CallbackSign::NotCheckable;
  ParameterSign scopes = ParameterSign::Silent;  // Refused: our callback got error=invalid_scope
  std::string grant_refused;  // RFC 6749 4.1.2.1: the words that say that this client gets no codes
  std::string error;          // of our callback's answer, unless prompt=none explains it
  std::string message;
};
// Accepted: a redirect to exactly our callback, if the made-up one got no redirect; or a sign-in
// page (2xx or a redirect on the host of `authorization_endpoint`), if the provider refuses the
// made-up one by name or by a rule (a firewall, too, may refuse a strange address). Refused: a
// refusal whose text names the redirect URI, or a rule with subject Callback. NotCheckable: the
// same answer to both, and any other contradiction.
CallbackReading classify_callback(const Answer& ours, const std::string& redirect_uri,
                                  const Answer& made_up, const std::string& made_up_redirect_uri,
                                  const std::vector<Rule>& rules,
                                  const std::string& authorization_endpoint = "");

}  // namespace oauth
