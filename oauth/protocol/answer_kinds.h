// The kinds of answers that do not depend on the question.
#pragma once

#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"

namespace oauth {

bool is_redirect(const Answer& answer);
bool is_success(const Answer& answer);
bool is_client_error(const Answer& answer);
// The address serves nothing, or nothing of the kind: 404, 405.
bool is_wrong_address(const Answer& answer);
// Answers that may change in a while: 408, 425, 429, 5xx and the errors that say so.
bool is_passing(const Answer& answer);

// Returns the whole error_description; messages show only its beginning.
std::string words_of(const Answer& answer);

// `400 invalid_grant "The code has expired"`.
std::string told(const Answer& answer);

// Returns whether it is the answer to prompt=none when nobody is signed in (OpenID Connect Core
// 3.1.2.6).
bool is_expected_of_silence(std::string_view error);
// Returns `302 with error=invalid_request "Response type is not registered"` if a redirect's
// address has an error that silence does not explain; `told()` otherwise.
std::string told_with_error(const Answer& answer);

}  // namespace oauth
