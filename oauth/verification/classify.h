// What an answer means: pure functions of (method, answer, rules). A provider's rules come first,
// then the defaults of RFC 6749 5.2, RFC 9126 2.3 and what follows from the HTTP status.
#pragma once

#include <string>
#include <vector>

#include "net/result.h"
#include "oauth/protocol/answer.h"
#include "oauth/protocol/provider.h"

namespace oauth {

// What one answer says of the client's credentials. `Accepted` is not yet Verified: only a control
// makes it that. It is every answer that a server gives to a client that it let in, although some
// give it to whoever asks.
enum class CredentialsSign {
  Accepted,             // the client was let in, if the server looks at the secret at all
  Refused,              // invalid_client and its like
  GrantNotAllowed,      // let in, but this client may not use the authorization code grant
  RefusedOrNotAllowed,  // one of the last two: only a control tells which
  Unclear,              // an answer that proves nothing
  Unreachable,          // no usable answer for now
};
const char* to_string(CredentialsSign sign);

// What it says of the callback or of the scopes, if anything.
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
  bool blames_the_request = false;  // and that was invalid_request, without a word about who asked
  bool refuses_grant = false;       // it says that this grant is not to be had: wording.h
  std::size_t rule = 0;             // which of the rules decided, counted from 1; 0: the defaults
};

// May that have been a failed sign-in in somebody's audit log? A refusal is one, and so may be
// whatever is not understood: an error of the provider's own, a 4xx that is no missing page.
bool is_failed_sign_in(const Reading& reading);
// Did the server refuse the made-up secret, where it gave the client's own the answer `own`? By a
// refusal in so many words, or by a 401 (RFC 9110 15.5.2) that the own one did not get.
bool refuses_control(const Reading& own, const Reading& control);

// `method` is the one whose request was answered: none of Auto and None.
// The first rule that matches decides. One about the callback or the scopes says by that, too, that
// the client came past authentication: an Accepted sign, which a control has to confirm like any.
Reading classify(Method method, const Answer& answer, const std::vector<Rule>& rules);
// The transport failed: Unreachable, with a message that says how; but an oversized answer is
// Unclear.
Reading classify(const net::Error& error);

// The silent authorization requests with our callback and with one that cannot be registered, side
// by side.
enum class CallbackSign { Accepted, Refused, NotCheckable, Unreachable };
const char* to_string(CallbackSign sign);
struct CallbackReading {
  CallbackSign sign = CallbackSign::NotCheckable;
  ParameterSign scopes = ParameterSign::Silent;  // Refused: our callback got error=invalid_scope
  std::string grant_refused;  // RFC 6749 4.1.2.1: the words that say that this client gets no codes
  std::string error;          // what our callback was sent, but for what prompt=none brings about
  std::string message;
};
// A redirect to exactly our callback, where the made-up one was not redirected to, is Accepted; so
// is a sign-in page (2xx or a redirect on the host of `authorization_endpoint`) where the made-up
// one is refused by name or by a rule (a firewall, too, may refuse a strange address). A refusal
// whose text names the redirect URI, or a rule with subject Callback, is Refused. The same answer
// to both is NotCheckable, and so is whatever else contradicts itself.
CallbackReading classify_callback(const Answer& ours, const std::string& redirect_uri,
                                  const Answer& made_up, const std::string& made_up_redirect_uri,
                                  const std::vector<Rule>& rules,
                                  const std::string& authorization_endpoint = "");

}  // namespace oauth
