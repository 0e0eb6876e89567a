// Reads structs from JSON objects and writes them as such, by their descriptions (net/fields.h).
//
//   Rule rule = net::read_object<Rule>(json);
//   Json json = net::write_object(rule);
//
// Members are strings, bools, ints, std::int64_ts, enumerations (net/enums.h; by name),
// net::Durations (as Go writes them), net::SystemTimes (RFC 3339, whole seconds), described
// structs, and vectors, maps with string keys, and optionals of these.
//
// Reading: a member that is absent or null keeps its default; one that the description does not
// know is ignored. Errors are nlohmann's exceptions (Json::other_error), as its from_json demands,
// and say where: `spec.verification.rules[1].verdict: must be one of Verified, Rejected; it is
// "Maybe"`. They repeat no value but an enumeration's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "net/clock.h"
#include "net/enums.h"
#include "net/fields.h"
#include "net/json.h"

namespace net {
namespace internal {

// Where reading is in the document: a list on the stack.
struct FieldPath {
  const FieldPath* parent = nullptr;
  std::string_view name;  // of a member
  std::size_t index = 0;  // of an item, where there is no name

  std::string to_string() const;  // "spec.rules[1]"
};

[[noreturn]] void refuse(const FieldPath& path, const std::string& why);

// The value of a member, or null where it or what should have it is absent.
const Json* find_member(const Json& object, const FieldPath& path, std::string_view name);
const Json& expect_object(const Json& json, const FieldPath& path);
const Json& expect_array(const Json& json, const FieldPath& path);
const std::string& expect_string(const Json& json, const FieldPath& path);

void read_value(const Json& json, const FieldPath& path, std::string& value);
void read_value(const Json& json, const FieldPath& path, bool& value);
void read_value(const Json& json, const FieldPath& path, int& value);
void read_value(const Json& json, const FieldPath& path, std::int64_t& value);
void read_value(const Json& json, const FieldPath& path, Duration& value);
void read_value(const Json& json, const FieldPath& path, SystemTime& value);

Json to_json_value(Duration value);
Json to_json_value(SystemTime value);

bool is_empty(const Json& value);
Json& member_at(Json& object, std::string_view name);

template <class T>
concept Optional = requires(T value) {
  value.has_value();
  value.emplace();
};
template <class T>
concept List = requires(T value) {
  value.emplace_back();
};
template <class T>
concept Map = requires {
  typename T::mapped_type;
};

template <class Enum>
Enum read_enum(const Json& json, const FieldPath& path) {
  const std::string& name = expect_string(json, path);
  if (const auto value = parse_enum<Enum>(name)) return *value;
  std::string names;
  for (const Enum known : all_of<Enum>())
    names += (names.empty() ? "" : ", ") + std::string(to_string(known));
  refuse(path, "must be one of " + names + ", not \"" + name + "\"");
}

template <class T>
void read_any(const Json& json, const FieldPath& path, T& value) {
  if constexpr (Described<T>) {
    static_assert(describes_every_member<T>(),
                  "the description leaves out a member, or repeats one");
    expect_object(json, path);
    fields<T>(value, [&](const char* name, auto& member, Written = {}) {
      const FieldPath at{&path, name};
      if (const Json* found = find_member(json, path, name)) read_any(*found, at, member);
    });
  } else if constexpr (Optional<T>) {
    read_any(json, path, value.emplace());
  } else if constexpr (List<T>) {
    std::size_t index = 0;
    for (const Json& item : expect_array(json, path))
      read_any(item, FieldPath{&path, {}, index++}, value.emplace_back());
  } else if constexpr (Map<T>) {
    for (const auto& [key, item] : expect_object(json, path).items())
      read_any(item, FieldPath{&path, key}, value[key]);
  } else if constexpr (std::is_enum_v<T>) {
    value = read_enum<T>(json, path);
  } else {
    read_value(json, path, value);
  }
}

template <class T>
Json write_any(const T& value) {
  if constexpr (Described<T>) {
    static_assert(describes_every_member<T>(),
                  "the description leaves out a member, or repeats one");
    Json object = Json::object();
    fields<T>(value,
              [&](const char* name, const auto& member, Written written = Written::UnlessEmpty) {
                if constexpr (Optional<std::remove_cvref_t<decltype(member)>>) {
                  if (member) member_at(object, name) = write_any(*member);
                } else {
                  Json json = write_any(member);
                  if (written == Written::Always || !is_empty(json))
                    member_at(object, name) = std::move(json);
                }
              });
    return object;
  } else if constexpr (List<T>) {
    Json array = Json::array();
    for (const auto& item : value) array.push_back(write_any(item));
    return array;
  } else if constexpr (Map<T>) {
    Json object = Json::object();
    for (const auto& [key, item] : value) object[key] = write_any(item);
    return object;
  } else if constexpr (std::is_enum_v<T>) {
    return to_string(value);
  } else if constexpr (std::same_as<T, Duration> || std::same_as<T, SystemTime>) {
    return to_json_value(value);
  } else {
    return value;
  }
}

}  // namespace internal

// Throws nlohmann's exceptions, whose messages begin with the path of the field. Null reads like an
// object without members.
template <Described T>
T read_object(const Json& json) {
  T object{};
  if (!json.is_null()) internal::read_any(json, {}, object);
  return object;
}

template <Described T>
Json write_object(const T& object) {
  return internal::write_any(object);
}

}  // namespace net
