// What the CRD of Offerings says in CEL (x-kubernetes-validations), without a CEL interpreter: each
// rule is known by the beginning of its message. A test holds the two together. Pure.
#pragma once

#include <string_view>

#include "net/json.h"

namespace op {

enum class RuleCheck {
  Holds,
  Broken,
  Unknown,  // no rule with such a message is known here
};

// Does the rule with that message hold for `value`, the JSON of what it stands at? A rule about
// changes (of what was there before) holds always. `value` has passed the rest of the schema.
RuleCheck check_rule(std::string_view message, const net::Json& value);

}  // namespace op
