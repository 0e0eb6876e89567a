// Members of JSON objects as this API has them: optional ones may be absent when reading, and empty
// ones are left out when writing. Only for api/*.cc.
//
// Reading throws nothing but nlohmann's exceptions, as KubeObject (kube/meta.h) demands; their
// messages name the field.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/clock.h"
#include "net/json.h"
#include "net/time_format.h"

namespace api::fields {

using net::Json;

[[noreturn]] inline void refuse(std::string_view key, const std::string& why) {
  throw Json::other_error::create(501, std::string(key) + ": " + why, nullptr);
}

// The member, or null where it is absent, null, or `object` is itself null.
inline const Json* find(const Json& object, const char* key) {
  if (object.is_null()) return nullptr;
  if (!object.is_object()) refuse(key, "is looked for in something that is not an object");
  const auto member = object.find(key);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

// The member as an object to read from; an absent one reads like one without members.
inline const Json& object_at(const Json& object, const char* key) {
  static const Json absent;
  const Json* member = find(object, key);
  return member ? *member : absent;
}

// An absent member leaves `value` as it is: at its default.
template <class T>
void read(const Json& object, const char* key, T& value) {
  if (const Json* member = find(object, key)) member->get_to(value);
}

inline void read(const Json& object, const char* key, std::optional<int>& value) {
  if (const Json* member = find(object, key)) value = member->get<int>();
}

inline void read(const Json& object, const char* key, net::Duration& value) {
  const Json* member = find(object, key);
  if (!member) return;
  const auto duration = net::parse_duration(member->get_ref<const std::string&>());
  if (!duration.ok()) refuse(key, duration.error().message);
  value = *duration;
}

inline void read(const Json& object, const char* key, std::optional<net::Duration>& value) {
  net::Duration duration{};
  if (!find(object, key)) return;
  read(object, key, duration);
  value = duration;
}

inline void read(const Json& object, const char* key, std::optional<net::SystemTime>& value) {
  const Json* member = find(object, key);
  if (!member) return;
  const auto time = net::parse_rfc3339(member->get_ref<const std::string&>());
  if (!time.ok()) refuse(key, time.error().message);
  value = *time;
}

// An enumeration whose names `to_string` gives; `values` are all of it.
template <class Enum, std::size_t n, class ToString>
void read_enum(const Json& object, const char* key, const std::array<Enum, n>& values,
               ToString to_string, Enum& value) {
  const Json* member = find(object, key);
  if (!member) return;
  const auto& name = member->get_ref<const std::string&>();
  for (const Enum candidate : values) {
    if (name == to_string(candidate)) {
      value = candidate;
      return;
    }
  }
  refuse(key, "\"" + name + "\" is not a value that this version knows");
}

// Writes strings, lists, maps and objects, unless they are empty.
template <class T>
void write(Json& object, const char* key, const T& value) {
  Json json = value;
  if (json.empty() || (json.is_string() && json.get_ref<const std::string&>().empty())) return;
  object[key] = std::move(json);
}

inline void write(Json& object, const char* key, const std::optional<int>& value) {
  if (value) object[key] = *value;
}

inline void write(Json& object, const char* key, const std::optional<net::Duration>& value) {
  if (value) object[key] = net::format_duration(*value);
}

inline void write(Json& object, const char* key, const std::optional<net::SystemTime>& value) {
  if (value) object[key] = net::format_rfc3339(*value);
}

}  // namespace api::fields
