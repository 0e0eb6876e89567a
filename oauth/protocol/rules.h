// Matches a provider's rules with answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/protocol/answer.h"
#include "oauth/protocol/provider.h"

namespace oauth {

// Every criterion of the rule must hold; a rule without any matches nothing. A redirect's fields
// are those of the query of its Location (RFC 6749 4.1.2.1).
bool matches(const Rule& rule, const Answer& answer);

// Returns the answer's summary, and its meaning by the rule.
std::string told_by_rule(const Rule& rule, const Answer& answer);

}  // namespace oauth
