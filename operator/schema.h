// YAML held to a CRD's schema, as the API server holds what it is given under strict validation:
// types, bounds, fields that do not exist, the rules of admission_rules.h. Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "net/json.h"
#include "net/result.h"

namespace op {

// The JSON of `node`. Invalid, with "FILE:LINE: spec.issuer: what is wrong", for the first thing
// that `schema` (a structural OpenAPI v3 schema) does not allow. Plain scalars are numbers,
// booleans or null where YAML 1.1 has them so, as kubectl reads them; null is as absent. Defaults
// are not filled in: the API's types have the same. Throws YAML::Exception only for a schema that
// is none.
net::Result<net::Json> read_by_schema(const YAML::Node& node, const YAML::Node& schema,
                                      const std::string& file, const std::string& path);

}  // namespace op
