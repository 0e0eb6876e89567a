#include "cel/functions.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "net/time_format.h"

namespace cel {

namespace {

using net::Json;
using net::Result;

net::Error invalid(std::string what) { return {net::ErrorCode::Invalid, std::move(what)}; }

const Json* json_of(const Value& value) { return std::get_if<Json>(&value); }

const std::string* text_of(const Value& value) {
  const Json* json = json_of(value);
  return json == nullptr ? nullptr : json->get_ptr<const std::string*>();
}

// Takes two texts.
template <class Do>
Result<Value> with_texts(const Operands& operands, Do act) {
  const std::string* left = text_of(operands[0]);
  const std::string* right = text_of(operands[1]);
  if (left == nullptr || right == nullptr) return invalid("an operand is no string");
  return act(*left, *right);
}

Value boolean(bool value) { return Json(value); }

Result<Value> starts_with(const Operands& operands) {
  return with_texts(operands,
                    [](const auto& a, const auto& b) { return boolean(a.starts_with(b)); });
}

Result<Value> ends_with(const Operands& operands) {
  return with_texts(operands, [](const auto& a, const auto& b) { return boolean(a.ends_with(b)); });
}

Result<Value> contains(const Operands& operands) {
  return with_texts(operands, [](const auto& a, const auto& b) {
    return boolean(a.find(b) != std::string::npos);
  });
}

// Matches anywhere in the text, unless the expression has anchors.
Result<Value> matches(const Operands& operands) {
  return with_texts(operands, [](const auto& text, const auto& expression) -> Result<Value> {
    const RE2 pattern(expression, RE2::Quiet);
    if (!pattern.ok()) return invalid("not a regular expression: " + pattern.error());
    return boolean(RE2::PartialMatch(text, pattern));
  });
}

Result<Value> lower_ascii(const Operands& operands) {
  const std::string* text = text_of(operands[0]);
  if (text == nullptr) return invalid("lowerAscii() is for strings");
  std::string lower = *text;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return Value(Json(std::move(lower)));
}

Result<Value> duration(const Operands& operands) {
  const std::string* text = text_of(operands[0]);
  if (text == nullptr) return invalid("duration() is for strings");
  const auto parsed = net::parse_duration(*text);
  if (!parsed.ok()) return parsed.error();
  return Value(*parsed);
}

// The size of a string is its number of code points.
Result<Value> size(const Operands& operands) {
  const Json* json = json_of(operands[0]);
  if (const std::string* text = text_of(operands[0]))
    return Value(
        Json(std::count_if(text->begin(), text->end(), [](char c) { return (c & 0xc0) != 0x80; })));
  if (json == nullptr || !json->is_structured())
    return invalid("size() is for strings, lists and maps");
  return Value(Json(static_cast<std::int64_t>(json->size())));
}

Result<Value> index(const Operands& operands) {
  const Json* whole = json_of(operands[0]);
  const Json* at = json_of(operands[1]);
  if (whole != nullptr && at != nullptr) {
    if (whole->is_array() && at->is_number_integer()) {
      const auto position = at->get<std::int64_t>();
      if (position >= 0 && position < static_cast<std::int64_t>(whole->size()))
        return Value((*whole)[static_cast<std::size_t>(position)]);
    }
    if (const std::string* key = text_of(operands[1]); key != nullptr && whole->is_object())
      if (const auto found = whole->find(*key); found != whole->end()) return Value(*found);
  }
  return invalid("there is no such element");
}

Result<Value> in(const Operands& operands) {
  const Json* whole = json_of(operands[1]);
  const Json* wanted = json_of(operands[0]);
  if (whole == nullptr || wanted == nullptr || !whole->is_structured())
    return invalid("'in' is for lists and maps");
  if (whole->is_object()) return boolean(wanted->is_string() && whole->contains(*wanted));
  return boolean(std::find(whole->begin(), whole->end(), *wanted) != whole->end());
}

Result<Value> add(const Operands& operands) {
  return with_texts(operands, [](const auto& a, const auto& b) { return Value(Json(a + b)); });
}

Result<Value> negate(const Operands& operands) {
  const Json* json = json_of(operands[0]);
  if (json == nullptr || !json->is_boolean()) return invalid("'!' is for booleans");
  return boolean(!json->get<bool>());
}

Result<Value> equal(const Operands& operands) { return boolean(operands[0] == operands[1]); }
Result<Value> differ(const Operands& operands) { return boolean(operands[0] != operands[1]); }

// Takes two integers, strings or durations.
template <class Compare>
Result<Value> compare(const Operands& operands) {
  if (operands[0].index() == operands[1].index()) {
    if (const auto* left = std::get_if<net::Duration>(operands.data()))
      return boolean(Compare{}(*left, std::get<net::Duration>(operands[1])));
    const Json& left = *json_of(operands[0]);
    const Json& right = *json_of(operands[1]);
    if ((left.is_number() && right.is_number()) || (left.is_string() && right.is_string()))
      return boolean(Compare{}(left, right));
  }
  return invalid("two values of different types cannot be compared");
}

struct Entry {
  std::string_view name;
  std::size_t operands;
  Function function;
};

constexpr Entry kFunctions[] = {
    {"!", 1, negate},
    {"==", 2, equal},
    {"!=", 2, differ},
    {"<", 2, compare<std::less<>>},
    {"<=", 2, compare<std::less_equal<>>},
    {">", 2, compare<std::greater<>>},
    {">=", 2, compare<std::greater_equal<>>},
    {"in", 2, in},
    {"+", 2, add},
    {"[]", 2, index},
    {"contains", 2, contains},
    {"duration", 1, duration},
    {"endsWith", 2, ends_with},
    {"lowerAscii", 1, lower_ascii},
    {"matches", 2, matches},
    {"size", 1, size},
    {"startsWith", 2, starts_with},
};

}  // namespace

Function find_function(std::string_view name, std::size_t operands) {
  for (const Entry& entry : kFunctions)
    if (entry.name == name && entry.operands == operands) return entry.function;
  return nullptr;
}

}  // namespace cel
