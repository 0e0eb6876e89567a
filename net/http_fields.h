// Whether names and values of header fields are valid (RFC 9110 5.1 and 5.5). The libraries write
// fields unchecked: a line feed in one would begin another.
#pragma once

#include <string_view>

namespace net {

bool is_field_name(std::string_view text);   // also what a method may be (a "token")
bool is_field_value(std::string_view text);  // no control characters but tabs

}  // namespace net
