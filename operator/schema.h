// YAML held to a CRD's schema, as the API server holds what it is given under strict validation:
// types, bounds, fields that do not exist, defaults, and the rules in CEL
// (x-kubernetes-validations). Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "net/json.h"
#include "net/result.h"

namespace op {

// The JSON of `node`. Invalid, with "FILE:LINE: spec.issuer: what is wrong", for the first thing
// that `schema` (a structural OpenAPI v3 schema) does not allow. Plain scalars are numbers,
// booleans or null where YAML 1.1 has them so, as kubectl reads them; null is as absent. Defaults
// are filled in. Throws YAML::Exception only for a schema that is none.
net::Result<net::Json> read_by_schema(const YAML::Node& node, const YAML::Node& schema,
                                      const std::string& file, const std::string& path);

// What one rule of a schema says against a value.
struct BrokenRule {
  std::string field;  // below the value, such as ".issuer"; may be empty
  std::string message;
};

// The first of the rules at `schema` itself that does not hold for `value`, which has passed the
// rest of that schema. A rule about changes (with oldSelf) holds. A rule that cel/ cannot evaluate
// does not: what cannot be judged is not let through.
std::optional<BrokenRule> broken_rule(const net::Json& value, const YAML::Node& schema);

}  // namespace op
