// The descriptions of the C++ types (net/fields.h) and the schemas of the CRDs have the same
// fields, of fitting types. The compiler ensures that a description names every member of its type.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "api/integration.h"
#include "api/offering.h"
#include "net/json_fields.h"
#include "support/crd_schema.h"

namespace {

using support::Json;

// The type of each field, by its path as support::walk writes it: "spec.scopes.required[]".
using Fields = std::map<std::string, std::string>;

// --- The descriptions.

template <class T>
void add_fields(const std::string& path, const T& value, Fields& fields);

template <class T>
void add_members(const std::string& path, const T& value, Fields& fields) {
  net::fields<T>(value, [&](const std::string& name, const auto& member, net::Written = {}) {
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      fields[path + "." + name.substr(0, dot)] = "object";
    add_fields(path + "." + name, member, fields);
  });
}

template <class Enum>
std::string one_of() {
  std::string type = "one of";
  for (const Enum value : net::all_of<Enum>()) type += std::string(" ") + to_string(value);
  return type;
}

std::string type_of(const std::string&) { return "string"; }
std::string type_of(bool) { return "boolean"; }
std::string type_of(int) { return "int32"; }
std::string type_of(std::int64_t) { return "int64"; }
std::string type_of(net::Duration) { return "duration"; }
std::string type_of(net::SystemTime) { return "date-time"; }

template <class T>
void add_fields(const std::string& path, const T& value, Fields& fields) {
  if constexpr (net::Described<T>) {
    fields[path] = "object";
    add_members(path, value, fields);
  } else if constexpr (net::internal::Optional<T>) {
    add_fields(path, typename T::value_type{}, fields);
  } else if constexpr (net::internal::List<T>) {
    fields[path] = "list";
    add_fields(path + "[]", typename T::value_type{}, fields);
  } else if constexpr (net::internal::Map<T>) {
    fields[path] = "map";
    add_fields(path + "{}", typename T::mapped_type{}, fields);
  } else if constexpr (std::is_enum_v<T>) {
    fields[path] = one_of<T>();
  } else {
    fields[path] = type_of(value);
  }
}

template <class Kind>
Fields fields_of_description() {
  Fields fields;
  add_fields("spec", decltype(Kind::spec){}, fields);
  add_fields("status", decltype(Kind::status){}, fields);
  return fields;
}

// --- The schema.

std::string type_of_schema(const Json& schema) {
  const std::string type = schema.at("type");
  if (type == "array") return "list";
  if (type == "object") return schema.contains("additionalProperties") ? "map" : "object";
  if (schema.contains("enum")) {
    std::string names = "one of";
    for (const Json& value : schema.at("enum")) names += " " + value.get<std::string>();
    return names;
  }
  if (support::is_duration(schema)) return "duration";
  return schema.value("format", type);
}

Fields fields_of_schema(const Json& schema) {
  Fields fields;
  support::walk(schema, [&](const std::string& path, const Json& field) {
    if (!path.empty() && path != "metadata") fields[path] = type_of_schema(field);
  });
  return fields;
}

// --- Both.

// A string of the type may be narrower in the schema.
bool fits(const std::string& described, const std::string& in_schema) {
  return described == in_schema || (described == "string" && in_schema.starts_with("one of"));
}

std::vector<std::string> differences(const Fields& described, const Fields& schema) {
  std::vector<std::string> found;
  for (const auto& [path, type] : described) {
    const auto field = schema.find(path);
    if (field == schema.end()) {
      found.push_back(path + ": the type has it (" + type + "), and the CRD does not");
    } else if (!fits(type, field->second)) {
      found.push_back(path + ": is " + type + " in the type, and " + field->second + " in the CRD");
    }
  }
  for (const auto& [path, type] : schema) {
    if (!described.contains(path))
      found.push_back(path + ": the CRD has it (" + type + "), and the type does not");
  }
  return found;
}

template <class Kind>
class Description : public testing::Test {};
using Kinds = testing::Types<api::Offering, api::Integration>;
TYPED_TEST_SUITE(Description, Kinds);

TYPED_TEST(Description, has_the_fields_of_the_crd_and_no_others) {
  const Fields described = fields_of_description<TypeParam>();
  EXPECT_GT(described.size(), 20U);
  const Json schema = support::read_schema(TypeParam::resource().plural);
  for (const std::string& difference : differences(described, fields_of_schema(schema)))
    ADD_FAILURE() << difference;
}

TEST(DescriptionDifferences, name_the_path_and_both_types) {
  Json schema = support::read_schema("offerings");
  Json& spec = schema["properties"]["spec"]["properties"];
  spec.erase("issuer");
  spec["newField"] = {{"type", "boolean"}};
  spec["caBundle"]["format"] = "date-time";
  spec["pkce"]["enum"].push_back("Plain");
  spec["verification"]["properties"]["interval"].erase("x-kubernetes-validations");
  spec["verification"]["properties"]["rules"]["items"]["properties"]["httpStatus"]["format"] =
      "int64";
  EXPECT_EQ(differences(fields_of_description<api::Offering>(), fields_of_schema(schema)),
            (std::vector<std::string>{
                "spec.caBundle: is string in the type, and date-time in the CRD",
                "spec.issuer: the type has it (string), and the CRD does not",
                "spec.pkce: is one of S256 None in the type, and one of S256 None Plain in the CRD",
                "spec.verification.interval: is duration in the type, and string in the CRD",
                "spec.verification.rules[].httpStatus: is int32 in the type, and int64 in the CRD",
                "spec.newField: the CRD has it (boolean), and the type does not"}));
}

}  // namespace
