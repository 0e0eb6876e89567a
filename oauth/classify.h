// What an answer means: pure functions of (method, answer, rules). A provider's rules come first,
// then the defaults of RFC 6749 5.2, RFC 9126 2.3 and what follows from the HTTP status.
#pragma once

#include <string>
#include <vector>

#include "net/result.h"
#include "oauth/answer.h"
#include "oauth/provider.h"

namespace oauth {

// What one answer says of the client's credentials. `Accepted` is not yet Verified: only a control
// makes it that.
enum class CredentialsSign {
  Accepted,         // the client was authenticated
  Refused,          // invalid_client and its like
  GrantNotAllowed,  // authenticated, but this client may not use the authorization code grant
  Unclear,          // an answer that proves nothing
  Unreachable,      // no usable answer for now
};

// What it says of the callback or of the scopes, if anything.
enum class ParameterSign { Silent, Accepted, Refused };

struct Reading {
  CredentialsSign credentials = CredentialsSign::Unclear;
  ParameterSign callback = ParameterSign::Silent;
  ParameterSign scopes = ParameterSign::Silent;
  std::string message;  // what was read and, where it helps, what to do; begins with the answer's
                        // summary and ends with a full stop
  std::string summary;  // the answer's: "400 invalid_grant", or "no answer"
  bool by_rule = false;
};

// `method` is the one whose request was answered: PushedAuthorizationRequest or AuthorizationCode.
// The first rule that matches decides. One about the callback or the scopes says by that, too, that
// the client came past authentication: an Accepted sign, which a control has to confirm like any.
Reading classify(Method method, const Answer& answer, const std::vector<Rule>& rules);
// The transport failed: Unreachable, with a message that says how; but an oversized answer is
// Unclear.
Reading classify(const net::Error& error);

// The silent authorization requests with our callback and with one that cannot be registered, side
// by side.
enum class CallbackSign { Accepted, Refused, NotCheckable, Unreachable };
struct CallbackReading {
  CallbackSign sign = CallbackSign::NotCheckable;
  ParameterSign scopes = ParameterSign::Silent;  // Refused: our callback got error=invalid_scope
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
