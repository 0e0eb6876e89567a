// Where a provider sends a user's browser back to.
#pragma once

#include <string>

namespace reconcilers {

// Returns the callback URL of an Offering, which applications register at the provider.
// `public_url` has no trailing slash.
inline std::string callback_url(const std::string& public_url, const std::string& offering) {
  return public_url + "/oauth/callback/" + offering;
}

}  // namespace reconcilers
