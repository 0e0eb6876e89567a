// Whether a rule of the provider's is about an answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"
#include "oauth/protocol/provider.h"

namespace oauth {

// Every criterion that the rule has must hold; a rule without any is about nothing. A redirect's
// fields are those of the query of its Location (RFC 6749 4.1.2.1).
bool matches(const Rule& rule, const Answer& answer);

// What the answer was, and what the rule says that it means.
std::string told_by_rule(const Rule& rule, const Answer& answer);

}  // namespace oauth
