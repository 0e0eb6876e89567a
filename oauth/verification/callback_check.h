// Checks whether the provider knows the callback. It has two ways, since either may be blind to
// what the other sees.
#pragma once

#include <string>

#include "oauth/verification/credentials_check.h"
#include "oauth/verification/probe.h"

namespace oauth {

struct CallbackFinding {
  CallbackOutcome outcome = CallbackOutcome::Unknown;
  std::string message;
  bool pushed_control_made = false;  // the pushed request endpoint was seen to refuse a callback
  ParameterSign scopes = ParameterSign::Silent;  // the silent request's result for them
  std::string scopes_message;
  std::string grant_refused;  // the authorization endpoint's words, if this client gets no codes
};

// `credentials` are Verified or Unverifiable, and of the same probe. Blocks.
CallbackFinding check_callback(Probe& probe, const CredentialsFinding& credentials);

}  // namespace oauth
