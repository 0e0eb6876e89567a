#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "net/text.h"

namespace net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
// Whether RFC 3986 allows it in a path or a query, beside percent-encoded bytes.
bool is_path_or_query(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "%XY" at `at` stands for.
std::optional<char> percent_decoded(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return std::nullopt;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

Error invalid(std::string what) { return Error{ErrorCode::Invalid, "URL: " + std::move(what)}; }

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Status check_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (!percent_decoded(text, i)) {
        return invalid("'%' must be followed by two hexadecimal digits");
      }
    } else if (!is_path_or_query(c)) {
      return invalid("a character that must be percent-encoded, at byte " + std::to_string(i + 1) +
                     " of path and query");
    }
  }
  return {};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    return invalid("the port must be a number from 1 to 65535");
  }
  return port;
}

// Takes "host", "host:port" and "[v6]:port" apart into `url`.
Status parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return invalid("user names and passwords do not belong in it");
  }
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return invalid("'[' without ']'");
  url.host = lower(bracketed ? authority.substr(1, end - 1) : authority.substr(0, end));
  if (bracketed && !is_ipv6(url.host)) return invalid("no IPv6 address between '[' and ']'");
  if (!bracketed && !std::all_of(url.host.begin(), url.host.end(), is_unreserved)) {
    return invalid("the host has a character that host names do not have");
  }
  if (url.host.empty()) return invalid("the host is missing");

  const std::string_view rest = end == std::string_view::npos
                                    ? std::string_view{}
                                    : authority.substr(bracketed ? end + 1 : end);
  url.port = default_port(url.scheme);
  if (rest.empty()) return {};
  if (rest.front() != ':') return invalid("text after ']'");
  const auto port = parse_port(rest.substr(1));
  if (!port.ok()) return port.error();
  url.port = *port;
  return {};
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::to_string() const {
  return scheme + "://" + authority() + path + (query.empty() ? "" : "?" + query);
}

bool Url::is_loopback() const {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  in6_addr address6{};
  if (inet_pton(AF_INET6, host.c_str(), &address6) == 1) return IN6_IS_ADDR_LOOPBACK(&address6);
  return host == "localhost" || host.ends_with(".localhost");
}

Result<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return invalid("it has a space, a control character or a character outside of ASCII");
  }
  if (text.find('#') != std::string_view::npos)
    return invalid("a fragment ('#') has no place in it");
  const std::size_t colon = text.find("://");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https")) {
    return invalid("it must begin with https:// or http://");
  }
  std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find_first_of("/?");
  if (const Status parsed = parse_authority(rest.substr(0, slash), url); !parsed.ok()) {
    return parsed.error();
  }
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (const Status checked = check_characters(rest); !checked.ok()) return checked.error();
  const std::size_t question = rest.find('?');
  url.path = rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);
  return url;
}

std::string percent_encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

std::string form_encode(std::string_view text) {
  std::string encoded;
  for (std::size_t start = 0;;) {
    const std::size_t space = text.find(' ', start);
    encoded += percent_encode(text.substr(start, space - start));
    if (space == std::string_view::npos) return encoded;
    encoded += '+';
    start = space + 1;
  }
}

std::string form_encode(const FormFields& fields) {
  std::string encoded;
  for (const auto& [name, value] : fields) {
    if (!encoded.empty()) encoded += '&';
    encoded += form_encode(name) + '=' + form_encode(value);
  }
  return encoded;
}

namespace {

// The text, and whether each '%' begins an escape.
struct Decoded {
  std::string text;
  bool well_formed = true;
};

Decoded decoded(std::string_view text) {
  Decoded result;
  result.text.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? percent_decoded(text, i) : std::nullopt;
    if (text[i] == '%' && !byte) result.well_formed = false;
    result.text += byte.value_or(text[i]);
    if (byte) i += 2;
  }
  return result;
}

std::optional<std::string> form_decode(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  Decoded result = decoded(text);
  if (!result.well_formed) return std::nullopt;
  return std::move(result.text);
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  Decoded result = decoded(text);
  if (!result.well_formed)
    return Error{ErrorCode::Invalid, "'%' must be followed by two hexadecimal digits"};
  return std::move(result.text);
}

std::string percent_decode_leniently(std::string_view text) { return decoded(text).text; }

Result<FormFields> parse_form(std::string_view text) {
  FormFields fields;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = form_decode(std::string(pair.substr(0, equals)));
    auto value =
        form_decode(equals == std::string_view::npos ? "" : std::string(pair.substr(equals + 1)));
    if (!name || !value) {
      return Error{ErrorCode::Invalid, "form: '%' must be followed by two hexadecimal digits"};
    }
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

std::string with_query(std::string_view url, const FormFields& fields) {
  std::string result(url);
  if (fields.empty()) return result;
  if (result.find('?') == std::string::npos) {
    result += '?';
  } else if (result.back() != '?' && result.back() != '&') {
    result += '&';
  }
  return result + form_encode(fields);
}

}  // namespace net
