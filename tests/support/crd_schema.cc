#include "support/crd_schema.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "net/time_format.h"

namespace support {
namespace {

Json scalar_to_json(const YAML::Node& node) {
  const bool plain = node.Tag() == "?";
  bool boolean = false;
  std::int64_t integer = 0;
  if (plain && YAML::convert<bool>::decode(node, boolean)) return boolean;
  if (plain && YAML::convert<std::int64_t>::decode(node, integer)) return integer;
  return node.Scalar();
}

Json to_json(const YAML::Node& node) {
  if (node.IsScalar()) return scalar_to_json(node);
  Json json = node.IsSequence() ? Json::array() : Json::object();
  if (node.IsSequence()) {
    for (const auto& item : node) json.push_back(to_json(item));
  } else {
    for (const auto& member : node) json[member.first.Scalar()] = to_json(member.second);
  }
  return json;
}

const Json& properties_of(const Json& schema) {
  static const Json none = Json::object();
  const auto properties = schema.find("properties");
  return properties == schema.end() ? none : *properties;
}

// Makes values that are all different, by counting.
class ExampleMaker {
 public:
  explicit ExampleMaker(std::size_t enum_offset) : enum_offset_(enum_offset) {}

  Json make(const Json& schema) {
    const std::string type = schema.at("type");
    if (type == "object") return make_object(schema);
    if (type == "array") return Json::array({make(schema.at("items")), make(schema.at("items"))});
    if (type == "boolean") return !schema.value("default", false);
    if (type == "integer") return schema.value("minimum", 0) + ++count_;
    return make_string(schema);
  }

 private:
  Json make_object(const Json& schema) {
    Json object = Json::object();
    for (const auto& [name, property] : properties_of(schema).items()) {
      if (name != "metadata") object[name] = make(property);
    }
    if (schema.contains("additionalProperties")) {
      object["key-" + std::to_string(++count_)] = make(schema.at("additionalProperties"));
      object["key-" + std::to_string(++count_)] = make(schema.at("additionalProperties"));
    }
    return object;
  }

  std::string make_string(const Json& schema) {
    if (schema.contains("enum")) return choose(schema);
    ++count_;
    if (schema.value("format", "") == "date-time") {
      return net::format_rfc3339(
          net::SystemTime{std::chrono::seconds{1'700'000'000} + std::chrono::minutes{count_}});
    }
    if (is_duration(schema)) {
      return net::format_duration(std::chrono::hours{1} + std::chrono::seconds{count_});
    }
    return "text-" + std::to_string(count_);
  }

  std::string choose(const Json& schema) const {
    std::vector<std::string> values = schema.at("enum");
    if (schema.contains("default") && schema.at("default") == values.back()) {
      std::swap(values.front(), values.back());
    }
    return values[values.size() - 1 - enum_offset_ % values.size()];
  }

  const std::size_t enum_offset_;
  int count_ = 0;
};

}  // namespace

Json read_manifest(const std::string& path) {
  return to_json(YAML::LoadFile(SOURCE_DIR "/" + path));
}

std::vector<std::string> catalog() {
  std::vector<std::string> paths;
  const std::filesystem::path root = SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "catalog")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().lexically_relative(root));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Json read_crd(const std::string& plural) {
  return read_manifest("crds/oauth.integrations.dev_" + plural + ".yaml");
}

Json read_schema(const std::string& plural) {
  return read_crd(plural).at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer);
}

void walk(const Json& schema, const Visitor& visit, const std::string& path) {
  visit(path, schema);
  for (const auto& [name, property] : properties_of(schema).items()) {
    walk(property, visit, path.empty() ? name : path + "." + name);
  }
  const auto items = schema.find("items");
  if (items != schema.end()) walk(*items, visit, path + "[]");
  const auto values = schema.find("additionalProperties");
  if (values != schema.end()) walk(*values, visit, path + "{}");
}

Json example_of(const Json& schema, std::size_t enum_offset) {
  return ExampleMaker(enum_offset).make(schema);
}

bool is_duration(const Json& schema) {
  return schema.value("x-kubernetes-validations", Json::array()).dump().find("duration(self)") !=
         std::string::npos;
}

void apply_defaults(const Json& schema, Json& object) {
  for (const auto& [name, property] : properties_of(schema).items()) {
    if (!object.contains(name) && property.contains("default")) {
      object[name] = property.at("default");
    }
    if (object.contains(name) && object[name].is_object()) apply_defaults(property, object[name]);
  }
}

}  // namespace support
