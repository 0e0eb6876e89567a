#include "net/json.h"

#include <string>

namespace net {
namespace {

// nlohmann-json has no bound of its own, and writing a deep document recurses. Strings are skipped;
// whether the rest is JSON at all is the parser's to say.
bool nested_deeper_than(std::string_view text, std::size_t max_depth) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_depth) {
  if (nested_deeper_than(text, max_depth)) {
    return Error{ErrorCode::Invalid,
                 "JSON is nested deeper than " + std::to_string(max_depth) + " levels"};
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Error{ErrorCode::Invalid, "not JSON: error at byte " + std::to_string(error.byte)};
  } catch (const Json::exception&) {
    return Error{ErrorCode::Invalid, "not JSON: a number is out of range"};
  }
}

std::string string_member(const Json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto member = object.find(key);
  if (member == object.end() || !member->is_string()) return {};
  return member->get<std::string>();
}

}  // namespace net
