#include "net/html.h"

#include <algorithm>

#include "net/url.h"
#include "net/utf8.h"

namespace net {
namespace {

// A browser reads '\\' as '/' and skips tabs and line breaks: "/\\host" is another host.
bool is_own_path(std::string_view url) {
  return url.starts_with('/') && !url.starts_with("//") &&
         std::all_of(url.begin(), url.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
}

bool is_web_url(std::string_view url) {
  const std::size_t fragment = url.find('#');
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return printable && parse_url(url.substr(0, fragment)).ok();
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (const char c : to_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
      escaped += kReplacementCharacter;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string html_attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + html_escape(value) + "\"";
}

std::string html_url_attribute(std::string_view name, std::string_view url) {
  return is_own_path(url) || is_web_url(url) ? html_attribute(name, url) : std::string{};
}

}  // namespace net
