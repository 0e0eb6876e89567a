// UTF-8 (RFC 3629). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace net {

// Returns the number of bytes of the character that `text` begins with; 0 where there is none: in
// its shortest form, no surrogate, at most U+10FFFF.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

// Returns `text` with U+FFFD in place of each byte that is not UTF-8.
std::string to_utf8(std::string_view text);

}  // namespace net
