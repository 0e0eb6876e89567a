// Checks YAML against a CRD's schema, as the API server does under strict validation: types,
// bounds, unknown fields, defaults, and the rules in CEL (x-kubernetes-validations). Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "net/json.h"
#include "net/result.h"

namespace op {

// Returns the JSON of `node`. Invalid, with "FILE:LINE: spec.issuer: the mistake", for the first
// violation of `schema` (a structural OpenAPI v3 schema). Plain scalars are numbers, booleans or
// null by YAML 1.1, as kubectl reads them; null counts as absent. It adds defaults. Throws
// YAML::Exception only for an invalid schema.
net::Result<net::Json> read_by_schema(const YAML::Node& node, const YAML::Node& schema,
                                      const std::string& file, const std::string& path);

// A value's violation of one rule of a schema.
struct BrokenRule {
  std::string field;  // below the value, such as ".issuer"; may be empty
  std::string message;
};

// Returns the first broken rule of `schema` itself for `value`, which has passed the rest of that
// schema. A rule about changes (with oldSelf) holds. A rule that cel/ cannot evaluate is broken: an
// unjudged value does not pass.
std::optional<BrokenRule> broken_rule(const net::Json& value, const YAML::Node& schema);

}  // namespace op
