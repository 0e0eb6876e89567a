// URLs (RFC 3986) as far as an HTTP client needs them, and form encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/result.h"

namespace net {

struct Url {
  std::string scheme;      // lower case: "http" or "https"
  std::string host;        // lower case; an IPv6 literal without its brackets
  std::uint16_t port = 0;  // the scheme's default where the text names none
  std::string path;        // begins with '/'; still percent-encoded
  std::string query;       // without '?'; still percent-encoded

  // "host" or "host:port" where the port is not the scheme's default: the Host header, and a key
  // for limits.
  std::string authority() const;
  std::string to_string() const;
  bool is_loopback() const;  // localhost, *.localhost, 127.0.0.0/8, ::1
};

// Absolute http and https URLs; refuses (Invalid) user info, fragments, spaces and control
// characters, saying which.
Result<Url> parse_url(std::string_view text);

using FormFields = std::vector<std::pair<std::string, std::string>>;

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
// Undoes percent-encoding once; a '+' stays one. Invalid where it is broken.
Result<std::string> percent_decode(std::string_view text);
// Undoes percent-encoding as browsers do: a '%' that begins no escape stands for itself (WHATWG's
// URL Standard, 1.3).
std::string percent_decode_leniently(std::string_view text);
// application/x-www-form-urlencoded, the strict way: as above, with '+' for a space.
std::string form_encode(std::string_view text);
std::string form_encode(const FormFields& fields);
// Invalid for a broken percent-encoding. Form reads what browsers send.
Result<FormFields> parse_form(std::string_view text);
// `url` with `fields` appended to its query.
std::string with_query(std::string_view url, const FormFields& fields);

}  // namespace net
