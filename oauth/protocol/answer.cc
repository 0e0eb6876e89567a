#include "oauth/protocol/answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/crypto.h"
#include "net/text.h"
#include "net/url.h"
#include "net/utf8.h"

namespace oauth {
namespace {

constexpr std::size_t kMostTextBytes = 16 << 10;
constexpr std::size_t kMostErrorBytes = 128;
constexpr std::size_t kLeastSecretBytes = 6;  // shorter ones would make holes in ordinary words

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";  // U+2026

bool is_space(char32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Controls, and characters that change the order or the place of the text around them on a
// terminal.
bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

// A person reads texts that differ only in case or white space as the same.
char folded(char c) { return is_space(static_cast<unsigned char>(c)) ? ' ' : net::lower(c); }

std::size_t find_folded(std::string_view text, std::string_view part, std::size_t from) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  const auto found = std::search(begin, text.end(), part.begin(), part.end(),
                                 [](char a, char b) { return folded(a) == folded(b); });
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

// The names of members are texts, too.
void leave_out_of_json(net::Json& json, const std::vector<std::string_view>& never_shown) {
  if (json.is_string()) leave_out(json.get_ref<std::string&>(), never_shown);
  if (json.is_structured()) {
    for (net::Json& child : json) leave_out_of_json(child, never_shown);
  }
  if (!json.is_object()) return;
  auto& members = json.get_ref<net::Json::object_t&>();
  for (auto next = members.begin(); next != members.end();) {
    const auto member = next++;
    std::string name = member->first;
    leave_out(name, never_shown);
    if (name == member->first) continue;
    auto node = members.extract(member);
    node.key() = std::move(name);
    members.insert(std::move(node));
  }
}

std::string media_type(const net::Headers& headers,
                       const std::vector<std::string_view>& never_shown) {
  std::string type(headers.get("Content-Type"));
  type.resize(std::min(type.size(), type.find(';')));
  leave_out(type, never_shown);
  return printable(net::lower(type), 60);
}

bool may_hold_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 6> kParts = {"token", "secret",      "assertion",
                                                      "jwt",   "request_uri", "password"};
  const std::string text = net::lower(name);
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

// The views are of `secrets`.
std::vector<std::string_view> revealed(const std::vector<net::SecretString>& secrets) {
  std::vector<std::string_view> texts;
  texts.reserve(secrets.size());
  for (const net::SecretString& secret : secrets) texts.push_back(secret.reveal());
  return texts;
}

// Leaves them out before the cut, since half of one would remain otherwise.
std::string printable_without(std::string text, const std::vector<net::SecretString>& left_out,
                              std::size_t most_characters = 200) {
  leave_out(text, left_out);
  return printable(text, most_characters);
}

std::string shown(const std::string& name, const net::Json& value, bool strings,
                  const std::vector<net::SecretString>& left_out) {
  const std::string begin = "\"" + printable_without(name, left_out, 60) + "\": ";
  if (may_hold_a_secret(name)) return begin + "(left out)";
  if (value.is_string() && strings)
    return begin + "\"" + printable_without(value.get<std::string>(), left_out) + "\"";
  if (value.is_number_integer() || value.is_boolean())
    return begin + printable_without(value.dump(), left_out);
  return begin + "(" + value.type_name() + ")";
}

void wipe(net::Json& json) {
  if (json.is_string()) net::wipe(json.get_ref<std::string&>());
  if (json.is_structured()) {
    for (net::Json& child : json) wipe(child);
  }
}

std::string shown_parameter(std::string_view location, std::string_view name,
                            std::size_t most_characters,
                            const std::vector<std::string_view>& never_shown,
                            const std::vector<net::SecretString>& shown_without) {
  std::string text = location_parameter(location, name);
  leave_out(text, never_shown);
  return printable_without(std::move(text), shown_without, most_characters);
}

// Puts the longest first, since a replaced part would hide the rest of a longer one.
void put_in_order(std::vector<net::SecretString>& ways) {
  std::sort(ways.begin(), ways.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.reveal() < b.reveal();
  });
  ways.erase(std::unique(ways.begin(), ways.end()), ways.end());
}

void add_spellings(const std::string& text, std::vector<net::SecretString>& ways) {
  if (text.size() < kLeastSecretBytes) return;
  ways.emplace_back(text);
  ways.emplace_back(net::percent_encode(text));
  ways.emplace_back(net::form_encode(text));
  ways.emplace_back(net::base64(text));
  ways.emplace_back(net::base64url(text));
}

}  // namespace

std::string Answer::summary() const {
  const std::string status = std::to_string(http_status);
  if (!error.empty()) return status + " " + shown_error;
  if (is_json || content_type.empty()) return status;
  return status + " (" + printable_without(content_type, shown_without, 60) + ")";
}

std::string Answer::details() const {
  constexpr std::size_t kMostMembers = 8;
  if (!is_json || json.empty()) return summary();
  // The texts of a success may be private.
  const bool success = http_status >= 200 && http_status < 300 && error.empty();
  std::string members;
  std::size_t count = 0;
  for (const auto& [name, value] : json.items()) {
    if (count++ == kMostMembers) break;
    members += (members.empty() ? "" : ", ") + shown(name, value, !success, shown_without);
  }
  if (count > kMostMembers) members += std::string(", ") + std::string(kEllipsis);
  return std::to_string(http_status) + " {" + members + "}";
}

std::string location_parameter(std::string_view location, std::string_view name) {
  location = location.substr(0, location.find('#'));
  const std::size_t question = location.find('?');
  if (question == std::string_view::npos) return {};
  const auto fields = net::parse_form(location.substr(question + 1));
  if (!fields.ok()) return {};
  for (const auto& [key, value] : *fields) {
    if (key == name) return value;
  }
  return {};
}

std::vector<net::SecretString> ways_to_write(const std::string& client_id,
                                             const net::SecretString& secret) {
  const std::string& text = secret.reveal();
  std::vector<net::SecretString> ways;
  ways.emplace_back(net::base64(client_id + ":" + text));
  ways.emplace_back(net::base64(net::percent_encode(client_id) + ":" + net::percent_encode(text)));
  ways.emplace_back(net::base64(net::form_encode(client_id) + ":" + net::form_encode(text)));
  add_spellings(text, ways);
  put_in_order(ways);
  return ways;
}

std::vector<net::SecretString> ways_to_write(const std::string& client_id) {
  std::vector<net::SecretString> ways;
  add_spellings(client_id, ways);
  put_in_order(ways);
  return ways;
}

void leave_out(std::string& text, const std::vector<std::string_view>& never_shown) {
  constexpr std::string_view kLeftOut = "[left out]";
  for (const std::string_view secret : never_shown) {
    if (secret.empty()) continue;
    for (std::size_t at = find_folded(text, secret, 0); at != std::string::npos;
         at = find_folded(text, secret, at + kLeftOut.size())) {
      text.replace(at, secret.size(), kLeftOut);
    }
  }
}

void leave_out(std::string& text, const std::vector<net::SecretString>& never_shown) {
  leave_out(text, revealed(never_shown));
}

Answer read_answer(const net::HttpResponse& response, net::SystemTime now,
                   const std::vector<std::string_view>& never_shown,
                   const std::vector<net::SecretString>& shown_without) {
  Answer answer;
  answer.http_status = response.status;
  answer.shown_without = shown_without;
  answer.location = response.headers.get("Location");
  answer.location_error = shown_parameter(answer.location, "error", 60, never_shown, shown_without);
  answer.location_error_description =
      shown_parameter(answer.location, "error_description", 200, never_shown, shown_without);
  answer.content_type = media_type(response.headers, never_shown);
  answer.retry_after = net::retry_after(response.headers, now);
  auto json = net::parse_json(response.body);
  answer.is_json = json.ok() && json->is_object();
  if (!answer.is_json) {
    answer.text = response.body.substr(0, kMostTextBytes);
    return answer;
  }
  answer.json = std::move(*json);
  leave_out_of_json(answer.json, never_shown);
  answer.error = net::string_member(answer.json, "error");
  answer.shown_error = printable_without(answer.error, shown_without, 60);
  answer.error.resize(std::min(answer.error.size(), kMostErrorBytes));
  answer.error_description =
      printable_without(net::string_member(answer.json, "error_description"), shown_without);
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
    const net::Utf8Character next = net::first_utf8(text);
    if (next.bytes == 0 || (is_unprintable(next.code_point) && !is_space(next.code_point))) {
      result += net::kReplacementCharacter;
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
