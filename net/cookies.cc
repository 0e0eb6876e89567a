#include "net/cookies.h"

#include <algorithm>

#include "net/http_fields.h"
#include "net/text.h"

namespace net {
namespace {

// RFC 6265bis 4.1.1: cookie-octet.
bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

constexpr std::size_t kMostBytes = 4096;  // RFC 6265bis 5.6

// Browsers compare the prefix without regard to case (RFC 6265bis 5.4).
bool promises_tls(std::string_view name) {
  const std::string lower_name = lower(name);
  return lower_name.starts_with("__host-") || lower_name.starts_with("__secure-");
}

Error invalid(const char* why) { return Error{ErrorCode::Invalid, std::string("cookie: ") + why}; }

void add_pairs(std::string_view field, Cookies& cookies) {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = field.substr(0, end);
    field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(pair.substr(0, equals));
    if (name.empty()) continue;
    cookies.emplace_back(name, trimmed(pair.substr(equals + 1)));
  }
}

}  // namespace

Cookies parse_cookies(const Headers& headers) {
  Cookies cookies;
  for (const auto& [name, value] : headers.fields())
    if (equal_ignoring_case(name, "Cookie")) add_pairs(value, cookies);
  return cookies;
}

Result<std::string> set_cookie(const Cookie& cookie) {
  if (!is_field_name(cookie.name)) return invalid("the name is not a token (RFC 9110 5.6.2)");
  if (!is_cookie_value(cookie.value))
    return invalid("the value has a byte that no cookie may have; encode it");
  if (cookie.name.size() + cookie.value.size() > kMostBytes)
    return invalid("name and value are longer than 4096 bytes together");
  if (promises_tls(cookie.name) && !cookie.secure)
    return invalid("a name that begins with __Host- or __Secure- is only for secure cookies");
  std::string field = cookie.name + "=" + cookie.value + "; Path=/; HttpOnly";
  if (cookie.secure) field += "; Secure";
  field += cookie.same_site == SameSite::Strict ? "; SameSite=Strict" : "; SameSite=Lax";
  if (cookie.max_age) field += "; Max-Age=" + std::to_string(cookie.max_age->count());
  return field;
}

}  // namespace net
