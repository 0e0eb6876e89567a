// Small things about text that every layer needs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace net {

// ASCII letters in lower case; every other byte as it is (protocols' words do not depend on the
// locale).
std::string lower(std::string_view text);
char lower(char c);
bool equal_ignoring_case(std::string_view a, std::string_view b);

// `words` with `separator` between them.
std::string joined(const std::vector<std::string>& words, std::string_view separator);

// Without the ASCII white space at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace net
