// The CRDs and the catalog of the source tree, for tests.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/json.h"

namespace support {

using net::Json;

// The whole CRD of crds/oauth.integrations.dev_PLURAL.yaml, and its schema.
Json read_crd(const std::string& plural);
Json read_schema(const std::string& plural);

// A YAML document of the source tree, by its path there: "catalog/google.yaml".
Json read_manifest(const std::string& path);
// The paths of the catalog's Offerings.
std::vector<std::string> catalog();

// Visits `schema` and everything below it: properties, items, additionalProperties. A path has
// kubectl explain's form, with [] for the items of a list and {} for the values of a map.
using Visitor = std::function<void(const std::string& path, const Json& schema)>;
void walk(const Json& schema, const Visitor& visit, const std::string& path = "");

// An object with a valid value for each leaf of `schema`, no two alike, and none of them the
// default if there is another. `enum_offset` chooses among the values of enumerations: 0 is the
// last one, and so on backwards.
Json example_of(const Json& schema, std::size_t enum_offset = 0);

// Returns whether the strings of `schema` are durations: a rule calls duration(self).
bool is_duration(const Json& schema);

// Changes `object` as the API server would: missing members get the schema's defaults.
void apply_defaults(const Json& schema, Json& object);

}  // namespace support
