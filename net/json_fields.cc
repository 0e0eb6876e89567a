#include "net/json_fields.h"

#include <limits>

#include "net/time_format.h"

namespace net::internal {
namespace {

[[noreturn]] void refuse_type(const FieldPath& path, const std::string& type, const Json& json) {
  refuse(path, "must be " + type + ", not " + json.type_name());
}

std::int64_t read_integer(const Json& json, const FieldPath& path, std::int64_t least,
                          std::int64_t most) {
  if (json.is_number_float()) refuse(path, "must be an integer, not a fraction");
  if (!json.is_number_integer()) refuse_type(path, "an integer", json);
  const bool too_large =
      json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  const auto value = json.get<std::int64_t>();
  if (too_large || value < least || value > most)
    refuse(path, "must be from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

template <class T>
T value_of(Result<T> parsed, const FieldPath& path) {
  if (!parsed.ok()) refuse(path, parsed.error().message);
  return *std::move(parsed);
}

}  // namespace

std::string FieldPath::to_string() const {
  if (parent == nullptr) return {};
  const std::string before = parent->to_string();
  if (name.empty()) return before + "[" + std::to_string(index) + "]";
  return (before.empty() ? "" : before + ".") + std::string(name);
}

void refuse(const FieldPath& path, const std::string& why) {
  const std::string where = path.to_string();
  throw Json::other_error::create(501, (where.empty() ? "the object" : where) + ": " + why,
                                  nullptr);
}

const Json* find_member(const Json& object, const FieldPath& path, std::string_view name) {
  const std::size_t dot = name.find('.');
  const auto found = object.find(name.substr(0, dot));
  if (found == object.end() || found->is_null()) return nullptr;
  if (dot == std::string_view::npos) return &*found;
  const FieldPath at{&path, name.substr(0, dot)};
  return find_member(expect_object(*found, at), at, name.substr(dot + 1));
}

const Json& expect_object(const Json& json, const FieldPath& path) {
  if (!json.is_object()) refuse_type(path, "an object", json);
  return json;
}

const Json& expect_array(const Json& json, const FieldPath& path) {
  if (!json.is_array()) refuse_type(path, "an array", json);
  return json;
}

const std::string& expect_string(const Json& json, const FieldPath& path) {
  if (!json.is_string()) refuse_type(path, "a string", json);
  return json.get_ref<const std::string&>();
}

void read_value(const Json& json, const FieldPath& path, std::string& value) {
  value = expect_string(json, path);
}

void read_value(const Json& json, const FieldPath& path, bool& value) {
  if (!json.is_boolean()) refuse_type(path, "a boolean", json);
  value = json.get<bool>();
}

void read_value(const Json& json, const FieldPath& path, int& value) {
  using Limits = std::numeric_limits<int>;
  value = static_cast<int>(read_integer(json, path, Limits::min(), Limits::max()));
}

void read_value(const Json& json, const FieldPath& path, std::int64_t& value) {
  using Limits = std::numeric_limits<std::int64_t>;
  value = read_integer(json, path, Limits::min(), Limits::max());
}

void read_value(const Json& json, const FieldPath& path, Duration& value) {
  value = value_of(parse_duration(expect_string(json, path)), path);
}

void read_value(const Json& json, const FieldPath& path, SystemTime& value) {
  value = value_of(parse_rfc3339(expect_string(json, path)), path);
}

Json to_json_value(Duration value) { return format_duration(value); }
Json to_json_value(SystemTime value) { return format_rfc3339(value); }

bool is_empty(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  if (value.is_number()) return value == 0;
  if (value.is_boolean()) return !value.get<bool>();
  return value.empty();
}

Json& member_at(Json& object, std::string_view name) {
  const std::size_t dot = name.find('.');
  Json& member = object[std::string(name.substr(0, dot))];
  return dot == std::string_view::npos ? member : member_at(member, name.substr(dot + 1));
}

}  // namespace net::internal
