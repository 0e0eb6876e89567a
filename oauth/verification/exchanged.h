// Detects a client id and client secret in each other's place, a common slip. Pure.
#pragma once

#include <string_view>

namespace oauth {

// Returns whether each looks as the other should, by the shapes that providers give them. A guess:
// good enough for a hint to a person, never for a verdict.
bool look_exchanged(std::string_view client_id, std::string_view secret);

}  // namespace oauth
