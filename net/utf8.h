// UTF-8 (RFC 3629). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace net {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

struct Utf8Character {
  char32_t code_point = 0;
  std::size_t bytes = 0;  // 0: there is none
};

// Returns the character that `text` begins with: in its shortest form, no surrogate, at most
// U+10FFFF.
Utf8Character first_utf8(std::string_view text);
bool is_utf8(std::string_view text);

// Returns `text` with U+FFFD in place of each byte that is not UTF-8.
std::string to_utf8(std::string_view text);

}  // namespace net
