#include "api/integration.h"

#include "net/json_fields.h"

namespace api {

using kube::Json;

constexpr net::EnumNames<Phase> kPhases{
    {{Phase::Draft, "Draft"}, {Phase::Configured, "Configured"}}};
const char* to_string(Phase phase) { return kPhases[phase]; }

const kube::Resource& Integration::resource() {
  static const kube::Resource resource{"oauth.integrations.dev", "v1alpha1", "integrations",
                                       "Integration", true};
  return resource;
}

void from_json(const Json& json, Integration& integration) {
  integration = net::read_object<Integration>(json);
}

void to_json(Json& json, const Integration& integration) {
  json = net::write_object(integration);
  json["apiVersion"] = Integration::resource().api_version();
  json["kind"] = Integration::resource().kind;
}

void to_json(Json& json, const IntegrationStatus& status) { json = net::write_object(status); }

namespace {

std::string pause_of(const Integration& integration) {
  const auto found = integration.metadata.annotations.find(paused_annotation);
  return found == integration.metadata.annotations.end() ? "false" : found->second;
}

}  // namespace

bool is_paused(const Integration& integration) { return pause_of(integration) == "true"; }

bool has_unknown_pause(const Integration& integration) {
  const std::string pause = pause_of(integration);
  return pause != "true" && pause != "false";
}

}  // namespace api
