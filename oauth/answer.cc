#include "oauth/answer.h"

#include <array>
#include <cstdint>
#include <utility>

namespace oauth {
namespace {

constexpr std::size_t kMostTextBytes = 16 << 10;
constexpr std::size_t kMostErrorBytes = 128;
constexpr std::size_t kLeastSecretBytes = 6;  // shorter ones would make holes in ordinary words

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// One character of UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code_point = first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLeast[bytes] || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, bytes};
}

bool is_space(std::uint32_t c) { return c == '\t' || c == '\n' || c == '\r'; }

// Controls, and what changes the order or the place of the text around it on a terminal.
bool is_unprintable(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string lower_media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return printable(type, 60);
}

std::string without(std::string text, const std::vector<std::string_view>& never_shown) {
  for (const std::string_view secret : never_shown) {
    if (secret.size() < kLeastSecretBytes) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[left out]");
      at += std::string_view("[left out]").size();
    }
  }
  return text;
}

void wipe(net::Json& json) {
  if (json.is_string()) net::wipe(json.get_ref<std::string&>());
  if (json.is_structured()) {
    for (net::Json& child : json) wipe(child);
  }
}

}  // namespace

std::string Answer::summary() const {
  const std::string status = std::to_string(http_status);
  if (!error.empty()) return status + " " + printable(error, 60);
  if (is_json || content_type.empty()) return status;
  return status + " (" + content_type + ")";
}

Answer read_answer(const net::HttpResponse& response, net::SystemTime now,
                   const std::vector<std::string_view>& never_shown) {
  Answer answer;
  answer.http_status = response.status;
  answer.location = response.headers.get("Location");
  answer.content_type = lower_media_type(response.headers.get("Content-Type"));
  answer.retry_after = net::retry_after(response.headers, now);
  auto json = net::parse_json(response.body);
  answer.is_json = json.ok() && json->is_object();
  if (!answer.is_json) {
    answer.text = response.body.substr(0, kMostTextBytes);
    return answer;
  }
  answer.json = std::move(*json);
  answer.error = without(net::string_member(answer.json, "error"), never_shown);
  answer.error.resize(std::min(answer.error.size(), kMostErrorBytes));
  // The one other member that messages quote.
  if (const auto scope = answer.json.find("scope");
      scope != answer.json.end() && scope->is_string())
    *scope = without(scope->get<std::string>(), never_shown);
  answer.error_description =
      printable(without(net::string_member(answer.json, "error_description"), never_shown));
  return answer;
}

void wipe(Answer& answer) {
  wipe(answer.json);
  net::wipe(answer.text);
}

std::string printable(std::string_view text, std::size_t max_characters) {
  std::string result;
  std::size_t before_last = 0;  // where the last character that fits begins
  for (std::size_t characters = 0; !text.empty(); ++characters) {
    if (characters == max_characters) {
      result.resize(before_last);
      return max_characters == 0 ? result : result.append(kEllipsis);
    }
    before_last = result.size();
    const Decoded next = decode(text);
    if (next.bytes == 0 || (is_unprintable(next.code_point) && !is_space(next.code_point))) {
      result += kReplacement;
    } else if (is_space(next.code_point)) {
      result += ' ';
    } else {
      result += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
  return result;
}

}  // namespace oauth
