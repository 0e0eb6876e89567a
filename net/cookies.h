// Cookies as a server reads and sets them (RFC 6265bis).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace net {

// The cookies of a request in the order in which they were sent; names may repeat. A pair without
// '=' or with an empty name is ignored, since browsers send whatever other software has set.
using Cookies = std::vector<std::pair<std::string, std::string>>;
Cookies parse_cookies(const Headers& headers);

enum class SameSite { Strict, Lax };

// A cookie to set: HttpOnly, for the whole host (Path=/ and no Domain). An empty `max_age` makes it
// a session cookie; zero removes it.
struct Cookie {
  std::string name;   // a token (RFC 9110 5.6.2); begin it with "__Host-" where `secure`
  std::string value;  // visible ASCII without space, quote, comma, semicolon and backslash
  SameSite same_site = SameSite::Lax;
  bool secure = true;  // false only on loopback over plain http
  std::optional<std::chrono::seconds> max_age = std::nullopt;
};

// Returns the value of a Set-Cookie field. Empty, so that nothing is set, where name or value hold
// a byte that they may not, or where a "__Host-" or "__Secure-" name is not `secure` (browsers
// refuse those).
std::string set_cookie(const Cookie& cookie);

}  // namespace net
