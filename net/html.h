// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace net {

// Returns `text` fit for an element's content and for an attribute in quotes: & < > " and ' become
// character references (HTML Living Standard, 13.1.4). It is not fit for script, style, a comment
// or an attribute without quotes. Control characters but line feed and tab become U+FFFD, since
// HTML allows no others; other bytes stay as they are.
std::string html_escape(std::string_view text);

}  // namespace net
