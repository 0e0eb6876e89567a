// What kind of answer it is, whatever was asked.
#pragma once

#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"

namespace oauth {

bool is_redirect(const Answer& answer);
bool is_success(const Answer& answer);
bool is_client_error(const Answer& answer);
// Nothing is served at that address, or nothing of the kind: 404, 405.
bool is_wrong_address(const Answer& answer);
// Answers that may be others in a while: 408, 425, 429, 5xx and the errors that say so.
bool is_passing(const Answer& answer);

// The whole error_description, which messages show only the beginning of.
std::string words_of(const Answer& answer);

// `400 invalid_grant "The code has expired"`.
std::string told(const Answer& answer);

// Is it what prompt=none is answered where nobody is signed in (OpenID Connect Core 3.1.2.6)?
bool is_expected_of_silence(std::string_view error);
// `302 with error=invalid_request "Response type is not registered"`, where a redirect's address
// has an error that silence does not explain; else told().
std::string told_with_error(const Answer& answer);

}  // namespace oauth
