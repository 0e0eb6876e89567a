// Client id and client secret pasted the wrong way round, a common slip. Pure.
#pragma once

#include <string_view>

namespace oauth {

// Does the one look like what the other should be, by the shapes that providers give them? A guess:
// good enough for a hint to a person, never for a verdict.
bool look_exchanged(std::string_view client_id, std::string_view secret);

}  // namespace oauth
