// Manifests of both kinds as JSON, for tests that vary any field of them.
#pragma once

#include <string>

#include "net/json.h"

namespace support {

// Integrations are in the namespace "default".
inline net::Json manifest(const std::string& kind, const std::string& name, const net::Json& spec) {
  net::Json object = {{"apiVersion", "oauth.integrations.dev/v1alpha1"},
                      {"kind", kind},
                      {"metadata", {{"name", name}}},
                      {"spec", spec}};
  if (kind == "Integration") object["metadata"]["namespace"] = "default";
  return object;
}

// The smallest accepted spec.
inline net::Json minimal_spec(const std::string& kind) {
  return kind == "Offering"
             ? net::Json{{"provider", "example"}, {"issuer", "https://login.example"}}
             : net::Json{{"offeringRef", {{"name", "example"}}},
                         {"credentialsSecretRef", {{"name", "example-client"}}}};
}

}  // namespace support
