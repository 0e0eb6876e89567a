#include "net/http_answer.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cstdio>
#include <utility>

#include "net/http_fields.h"
#include "net/text.h"

namespace net {
namespace {

// RFC 9110 5.6.7, whatever the locale.
std::string http_date(std::time_t time) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday],
                utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                utc.tm_sec);
  return text.data();
}

bool is_the_servers(std::string_view name) {
  constexpr std::string_view kNames[] = {"Connection", "Content-Length",    "Date",
                                         "Keep-Alive", "Transfer-Encoding", "Upgrade"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

ServerResponse plain_text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

ServerResponse overloaded(std::string why) {
  ServerResponse response = plain_text(503, std::move(why));
  response.headers.add("Retry-After", "1");
  return response;
}

bool is_well_formed(const ServerResponse& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.fields().begin(), response.headers.fields().end(),
                     [](const auto& field) {
                       return is_field_name(field.first) && is_field_value(field.second);
                     });
}

bool may_have_body(int status) { return status != 204 && status != 304; }

std::string head_of(const ServerResponse& response, AnswerFraming framing, bool keep_alive,
                    std::time_t now) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(reason.data(), reason.size()) + "\r\n";
  for (const auto& [name, value] : response.headers.fields())
    if (!is_the_servers(name)) add_field(head, name, value);
  add_field(head, "Date", http_date(now));
  if (framing == AnswerFraming::Chunked) add_field(head, "Transfer-Encoding", "chunked");
  if (framing == AnswerFraming::Length && may_have_body(response.status))
    add_field(head, "Content-Length", std::to_string(response.body.size()));
  if (!keep_alive) add_field(head, "Connection", "close");
  return head + "\r\n";
}

std::string chunk_of(std::string_view bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size).append(bytes).append("\r\n");
}

}  // namespace net
