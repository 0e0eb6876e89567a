#include "net/request_head.h"

#include <algorithm>

#include "net/http_fields.h"
#include "net/text.h"

namespace net {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find(kLineEnd);
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + kLineEnd.size());
  return line;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// RFC 3986 3.2.2 and 3.2.3; may be empty (RFC 9112 3.2).
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
  });
}

// Origin-form, absolute-form, or "*" of OPTIONS (RFC 9112 3.2).
bool is_target(std::string_view method, std::string_view target) {
  if (!is_visible_ascii(target) || target.find('#') != std::string_view::npos) return false;
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') || target.starts_with("http://") || target.starts_with("https://");
}

// The fields that decide where the request ends, and for which host it is.
struct Framing {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;

  std::optional<HeadFault> add(std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "Host")) {
      ++hosts;
      if (!is_host(value)) return HeadFault{400, "Host is not a host"};
    } else if (equal_ignoring_case(name, "Content-Length")) {
      ++lengths;
      const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return c >= '0' && c <= '9';
      });
      if (!digits) return HeadFault{400, "Content-Length is not a number"};
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
      ++codings;
      if (!equal_ignoring_case(value, "chunked"))
        return HeadFault{400, "the only Transfer-Encoding that is read is chunked"};
    }
    return std::nullopt;
  }

  std::optional<HeadFault> fault(bool http_1_1) const {
    if (hosts > 1) return HeadFault{400, "Host is duplicated"};
    if (http_1_1 && hosts == 0) return HeadFault{400, "Host is missing"};
    if (lengths > 1) return HeadFault{400, "Content-Length is duplicated"};
    if (codings > 1) return HeadFault{400, "Transfer-Encoding is duplicated"};
    if (lengths + codings > 1)
      return HeadFault{400, "Content-Length and Transfer-Encoding contradict each other"};
    if (codings > 0 && !http_1_1) return HeadFault{400, "HTTP/1.0 has no Transfer-Encoding"};
    return std::nullopt;
  }
};

}  // namespace

std::optional<HeadFault> fault_of_head(std::string_view head, std::size_t max_fields) {
  const std::string_view request_line = take_line(head);
  const std::size_t first = request_line.find(' ');
  const std::size_t last = request_line.rfind(' ');
  if (first == last) return HeadFault{400, "the request line is not \"METHOD TARGET HTTP/1.1\""};
  const std::string_view version = request_line.substr(last + 1);
  const bool http_1_1 = version == "HTTP/1.1";
  if (!http_1_1 && version != "HTTP/1.0") return HeadFault{400, "only HTTP/1.1 is spoken here"};
  const std::string_view method = request_line.substr(0, first);
  if (!is_field_name(method) ||
      !is_target(method, request_line.substr(first + 1, last - first - 1)))
    return HeadFault{400, "the request's target is not one"};

  Framing framing;
  std::size_t fields = 0;
  for (std::string_view line = take_line(head); !line.empty(); line = take_line(head)) {
    if (++fields > max_fields) return HeadFault{431, "there are too many header fields"};
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_field_name(line.substr(0, colon)))
      return HeadFault{400, "a line of the header is not \"Name: value\""};
    if (auto fault = framing.add(line.substr(0, colon), trimmed(line.substr(colon + 1))))
      return fault;
  }
  return framing.fault(http_1_1);
}

}  // namespace net
