// Cookies as a server reads and sets them (RFC 6265bis).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "net/result.h"

namespace net {

// The cookies of a request in the order in which they were sent; names may repeat, since a cookie
// of a path or of a parent domain is sent beside that of the host. A pair without '=' or with an
// empty name is ignored: browsers send whatever other software has set. Quotes belong to the value
// (RFC 6265bis 5.6).
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

// Returns the value of a Set-Cookie field. Invalid for what browsers would drop without a word: a
// byte that name or value may not hold, more than 4,096 bytes of both, or a "__Host-" or
// "__Secure-" name without `secure`. The message has neither name nor value.
Result<std::string> set_cookie(const Cookie& cookie);

}  // namespace net
