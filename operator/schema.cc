#include "operator/schema.h"

#include <algorithm>
#include <optional>
#include <set>

#include "cel/expression.h"

namespace op {

namespace {

using net::Json;
using net::Result;
using net::Status;

std::size_t characters_in(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string article(const std::string& type) {
  return (type == "object" || type == "array" || type == "integer" ? "an " : "a ") + type;
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<Json> read(const YAML::Node& node, const YAML::Node& schema, const std::string& path) {
    auto value = read_type(node, schema, path);
    if (!value.ok()) return value;
    if (Status sound = check_rules(*value, node, schema, path); !sound.ok()) return sound.error();
    return value;
  }

 private:
  net::Error error(const YAML::Node& node, const std::string& path, const std::string& what) const {
    return {net::ErrorCode::Invalid, file_ + ":" + std::to_string(node.Mark().line + 1) + ": " +
                                         path + (path.empty() ? "" : ": ") + what};
  }

  Result<Json> read_type(const YAML::Node& node, const YAML::Node& schema,
                         const std::string& path) {
    const auto type = schema["type"].as<std::string>();
    if (type == "object") return read_object(node, schema, path);
    if (type == "array") return read_array(node, schema, path);
    return read_scalar(node, schema, type, path);
  }

  Result<Json> read_object(const YAML::Node& node, const YAML::Node& schema,
                           const std::string& path) {
    if (!node.IsMap()) return error(node, path, "must be an object");
    const YAML::Node properties = schema["properties"];
    const YAML::Node values = schema["additionalProperties"];
    Json object = Json::object();
    std::set<std::string> seen;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) return error(member.first, path, "has a key that is not text");
      const std::string name = member.first.Scalar();
      const std::string inner = path.empty() ? name : path + "." + name;
      if (!seen.insert(name).second) return error(member.first, inner, "is duplicated");
      const bool known = properties && properties[name];
      if (!known && !values)
        return error(member.first, inner, "is an unknown field" + fields_of(properties));
      if (member.second.IsNull()) continue;
      auto value = read(member.second, known ? properties[name] : values, inner);
      if (!value.ok()) return value;
      object[name] = std::move(*value);
    }
    for (const YAML::Node& required : schema["required"])
      if (!object.contains(required.Scalar()))
        return error(node, path.empty() ? required.Scalar() : path + "." + required.Scalar(),
                     "is required");
    if (Status filled = fill_in_defaults(object, properties); !filled.ok()) return filled.error();
    if (Status sized = check_size(object.size(), "Properties", "fields", node, schema, path);
        !sized.ok())
      return sized.error();
    return object;
  }

  // Before the rules, which may read the defaults.
  Status fill_in_defaults(Json& object, const YAML::Node& properties) {
    if (!properties) return {};
    for (const auto& property : properties) {
      const YAML::Node value = property.second["default"];
      if (!value || object.contains(property.first.Scalar())) continue;
      auto read_value = read(value, property.second, "default of " + property.first.Scalar());
      if (!read_value.ok()) return read_value.error();
      object[property.first.Scalar()] = std::move(*read_value);
    }
    return {};
  }

  static std::string fields_of(const YAML::Node& properties) {
    std::string names;
    if (properties)
      for (const auto& known : properties)
        names += (names.empty() ? "; known fields: " : ", ") + known.first.Scalar();
    return names;
  }

  Result<Json> read_array(const YAML::Node& node, const YAML::Node& schema,
                          const std::string& path) {
    if (!node.IsSequence()) return error(node, path, "must be a list");
    const bool set =
        schema["x-kubernetes-list-type"] && schema["x-kubernetes-list-type"].Scalar() == "set";
    Json array = Json::array();
    for (const YAML::Node& item : node) {
      const std::string inner = path + "[" + std::to_string(array.size()) + "]";
      auto value = read(item, schema["items"], inner);
      if (!value.ok()) return value;
      if (set && std::find(array.begin(), array.end(), *value) != array.end())
        return error(item, inner, "is duplicated");
      array.push_back(std::move(*value));
    }
    if (Status sized = check_size(array.size(), "Items", "items", node, schema, path); !sized.ok())
      return sized.error();
    return array;
  }

  Result<Json> read_scalar(const YAML::Node& node, const YAML::Node& schema,
                           const std::string& type, const std::string& path) {
    if (!node.IsScalar()) return error(node, path, "must be " + article(type));
    Json value = resolve(node);
    if (type == "string" && !value.is_string())
      return error(node, path, "must be a string: write it in quotes");
    if (type == "boolean" && !value.is_boolean()) return error(node, path, "must be true or false");
    if (type == "integer" && !value.is_number_integer())
      return error(node, path, "must be a whole number");
    if (const YAML::Node choices = schema["enum"]) {
      std::string all;
      for (const YAML::Node& choice : choices) {
        if (value == choice.Scalar()) return value;
        all += (all.empty() ? "" : ", ") + Json(choice.Scalar()).dump();
      }
      return error(node, path, "must be one of " + all);
    }
    if (value.is_string())
      if (Status sized = check_size(characters_in(value.get_ref<const std::string&>()), "Length",
                                    "characters", node, schema, path);
          !sized.ok())
        return sized.error();
    if (value.is_number_integer())
      if (Status within = check_bounds(value.get<std::int64_t>(), node, schema, path); !within.ok())
        return within.error();
    return value;
  }

  // YAML 1.1, as kubectl reads it (go-yaml): a quoted scalar and a block are strings.
  static Json resolve(const YAML::Node& node) {
    if (node.Tag() != "?") return node.Scalar();
    if (bool boolean = false;
        YAML::convert<bool>::decode(node, boolean) && node.Scalar().size() > 1)
      return boolean;
    if (std::int64_t whole = 0; YAML::convert<std::int64_t>::decode(node, whole)) return whole;
    if (double real = 0; YAML::convert<double>::decode(node, real)) return real;
    return node.Scalar();
  }

  // minItems, maxLength and so on.
  Status check_size(std::size_t size, const std::string& of, const std::string& what,
                    const YAML::Node& node, const YAML::Node& schema,
                    const std::string& path) const {
    if (const YAML::Node least = schema["min" + of]; least && size < least.as<std::size_t>())
      return error(
          node, path,
          size == 0 ? "must not be empty" : "must have at least " + least.Scalar() + " " + what);
    if (const YAML::Node most = schema["max" + of]; most && size > most.as<std::size_t>())
      return error(node, path, "must have at most " + most.Scalar() + " " + what);
    return {};
  }

  Status check_bounds(std::int64_t value, const YAML::Node& node, const YAML::Node& schema,
                      const std::string& path) const {
    if (const YAML::Node least = schema["minimum"]; least && value < least.as<std::int64_t>())
      return error(node, path, "must be at least " + least.Scalar());
    if (const YAML::Node most = schema["maximum"]; most && value > most.as<std::int64_t>())
      return error(node, path, "must be at most " + most.Scalar());
    return {};
  }

  Status check_rules(const Json& value, const YAML::Node& node, const YAML::Node& schema,
                     const std::string& path) const {
    const auto broken = broken_rule(value, schema);
    if (!broken) return {};
    return error(node, path + broken->field, broken->message);
  }

  const std::string file_;
};

// Returns x-kubernetes-validations[].messageExpression if it gives a text, the message otherwise.
std::string message_of(const YAML::Node& rule, const cel::Variables& variables) {
  const YAML::Node expression = rule["messageExpression"];
  if (!expression) return rule["message"].Scalar();
  const auto parsed = cel::Expression::parse(expression.Scalar());
  if (!parsed.ok()) return rule["message"].Scalar();
  const auto text = parsed->evaluate(variables);
  const bool usable =
      text.ok() && text->is_string() && !text->get_ref<const std::string&>().empty();
  return usable ? text->get<std::string>() : rule["message"].Scalar();
}

// Returns whether `rule` holds. A rule that cannot be evaluated does not, as at the API server.
bool holds(const YAML::Node& rule, const cel::Variables& variables) {
  const auto expression = cel::Expression::parse(rule["rule"].Scalar());
  if (!expression.ok()) return false;
  if (expression->uses("oldSelf")) return true;  // nothing was there before
  const auto held = expression->evaluate(variables);
  return held.ok() && *held == true;
}

}  // namespace

std::optional<BrokenRule> broken_rule(const Json& value, const YAML::Node& schema) {
  const cel::Variables variables = {{"self", value}};
  for (const YAML::Node& rule : schema["x-kubernetes-validations"]) {
    if (holds(rule, variables)) continue;
    const YAML::Node field = rule["fieldPath"];
    return BrokenRule{field ? field.Scalar() : "", message_of(rule, variables)};
  }
  return std::nullopt;
}

Result<Json> read_by_schema(const YAML::Node& node, const YAML::Node& schema,
                            const std::string& file, const std::string& path) {
  return Reader(file).read(node, schema, path);
}

}  // namespace op
