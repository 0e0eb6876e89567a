#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "net/text.h"
#include "net/url.h"

namespace net {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// IMF-fixdate, the one form that senders may generate (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37
// GMT".
std::optional<SystemTime> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

struct Variable {
  std::string name, value;
};

// The first of the two that is not blank; without a value, the first.
Variable environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    if (const auto text = trimmed(value); !text.empty()) return {name, std::string{text}};
  }
  return {upper, {}};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = trimmed(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

// "10.0.0.0/8" or "fd00::/8".
bool range_contains(const std::string& range, const std::string& host) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if (error) return false;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(range, error);
    return !error &&
           ip::network_v4(address.to_v4(), network.prefix_length()).network() == network.network();
  }
  const auto network = ip::make_network_v6(range, error);
  return !error &&
         ip::network_v6(address.to_v6(), network.prefix_length()).network() == network.network();
}

// As golang.org/x/net/http/httpproxy documents NO_PROXY: "*", a domain and what is below it,
// ".domain" for only what is below it, an address, a range, and any but the range with ":port".
bool bypasses_proxy(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos)
    return range_contains(std::string(entry), url.host);
  const std::size_t colon = entry.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (entry.find(':') == colon || entry[colon - 1] == ']');
  if (has_port) {
    if (number(entry.substr(colon + 1)) != static_cast<int>(url.port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.empty()) return false;
  if (equal_ignoring_case(entry, url.host)) return true;
  const std::string suffix = entry.front() == '.' ? std::string(entry) : "." + std::string(entry);
  return url.host.size() > suffix.size() &&
         equal_ignoring_case(std::string_view(url.host).substr(url.host.size() - suffix.size()),
                             suffix);
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

void Headers::wipe() {
  for (auto& [name, value] : fields_) net::wipe(value);
  fields_.clear();
}

HttpRequest::~HttpRequest() {
  headers.wipe();
  wipe(body);
}

std::string program_name() { return program_invocation_short_name; }

std::optional<std::chrono::seconds> retry_after(const Headers& headers, SystemTime now) {
  constexpr std::chrono::seconds kMost = std::chrono::hours{24};
  const std::string_view text = trimmed(headers.get("Retry-After"));
  if (text.empty()) return std::nullopt;
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto value = number(text);  // nothing: more than an int holds
    return value ? std::min(std::chrono::seconds{*value}, kMost) : kMost;
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(*date - now), std::chrono::seconds{0},
                    kMost);
}

ProxyOptions ProxyOptions::from_environment() {
  ProxyOptions options;
  Variable https = environment("HTTPS_PROXY", "https_proxy");
  Variable http = environment("HTTP_PROXY", "http_proxy");
  options.https_proxy = std::move(https.value);
  options.https_proxy_source = std::move(https.name);
  options.http_proxy = std::move(http.value);
  options.http_proxy_source = std::move(http.name);
  options.no_proxy = split_list(environment("NO_PROXY", "no_proxy").value);
  return options;
}

std::string ProxyOptions::proxy_for(std::string_view url) const {
  const auto parsed = parse_url(url);
  if (!parsed.ok() || parsed->is_loopback())
    return {};  // loopback never goes through a proxy, as in Go
  const auto bypasses = [&](const std::string& entry) { return bypasses_proxy(entry, *parsed); };
  if (std::any_of(no_proxy.begin(), no_proxy.end(), bypasses)) return {};
  return parsed->scheme == "https" ? https_proxy : http_proxy;
}

}  // namespace net
