// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace net {

// Returns `text` fit for an element's content and for an attribute in quotes: & < > " and ' become
// character references (HTML Living Standard, 13.1.4). It is not fit for script, style, a comment,
// an attribute without quotes, or one that holds an address. Control characters but line feed and
// tab become U+FFFD, since HTML allows no others, and so do bytes that are not UTF-8.
std::string html_escape(std::string_view text);

// Returns ` name="value"` with the value escaped, to be put into a tag. `name` is a constant of the
// page's, and no attribute that holds script or style ("onclick", "style") or an address.
std::string html_attribute(std::string_view name, std::string_view value);

// Returns the same for an attribute that holds an address ("href", "src", "action"), where `url` is
// an absolute https or http URL without user info, or a path of this server ("/a", not "//a");
// empty for all others, such as "javascript:…": the element then leads nowhere.
std::string html_url_attribute(std::string_view name, std::string_view url);

}  // namespace net
