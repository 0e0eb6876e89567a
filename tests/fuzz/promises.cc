#include "promises.h"

#include <algorithm>

#include "net/json.h"
#include "net/text.h"

namespace fuzz {
namespace {

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(net::Json(text).dump());  // strict, and not written by us
    return true;
  } catch (const net::Json::type_error&) {
    return false;
  }
}

// Of valid UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

// Of valid UTF-8: C0, DEL and C1; marks of direction, invisible and deprecated format characters,
// separators of lines and paragraphs; the byte order mark.
bool has_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    if (byte(i) < 0x20 || byte(i) == 0x7F) return true;
    if (byte(i) == 0xC2 && byte(i + 1) < 0xA0) return true;
    const int last = byte(i + 2);
    if (byte(i) == 0xE2 && byte(i + 1) == 0x80 &&
        ((last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE))) {
      return true;
    }
    if (byte(i) == 0xE2 && byte(i + 1) == 0x81 && last >= 0xA0 && last <= 0xAF) return true;
    if (byte(i) == 0xEF && byte(i + 1) == 0xBB && last == 0xBF) return true;
  }
  return false;
}

}  // namespace

void Promises::keep(bool held, const char* promise, std::string_view seen) {
  if (held) return;
  broken_.push_back(std::string(promise) + (seen.empty() ? "" : ": ") + std::string(seen));
}

void Promises::keep_presentable(const char* what, std::string_view text,
                                std::size_t most_characters) {
  keep(is_utf8(text), "what is shown is UTF-8", what);
  keep(!has_controls(text), "what is shown has no control characters", what);
  keep(characters(text) <= most_characters, "what is shown is short", what);
}

void Promises::keep_secret(const char* what, std::string_view text,
                           const std::vector<std::string>& forms) {
  const std::string shown = net::lower(text);
  const bool leaks = std::any_of(forms.begin(), forms.end(), [&](const std::string& form) {
    return shown.find(form) != std::string::npos;
  });
  keep(!leaks, "the secret is never shown", std::string(what) + " is " + std::string(text));
}

}  // namespace fuzz
