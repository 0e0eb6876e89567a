#include "api/integration.h"

#include <array>

#include "api/fields.h"

namespace api {

using fields::read;
using fields::write;
using kube::Json;

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::Draft:
      return "Draft";
    case Phase::Configured:
      return "Configured";
  }
  return "";
}

namespace {

constexpr std::array phases = {Phase::Draft, Phase::Configured};

CredentialsSecretRef read_credentials_secret_ref(const Json& json) {
  CredentialsSecretRef ref;
  read(json, "name", ref.name);
  read(json, "clientIDKey", ref.client_id_key);
  read(json, "clientSecretKey", ref.client_secret_key);
  return ref;
}

Json write_credentials_secret_ref(const CredentialsSecretRef& ref) {
  Json json = Json::object();
  write(json, "name", ref.name);
  write(json, "clientIDKey", ref.client_id_key);
  write(json, "clientSecretKey", ref.client_secret_key);
  return json;
}

IntegrationSpec read_spec(const Json& json) {
  IntegrationSpec spec;
  read(json, "displayName", spec.display_name);
  read(fields::object_at(json, "offeringRef"), "name", spec.offering);
  spec.credentials_secret_ref =
      read_credentials_secret_ref(fields::object_at(json, "credentialsSecretRef"));
  read(json, "scopes", spec.scopes);
  return spec;
}

Json write_spec(const IntegrationSpec& spec) {
  Json json = Json::object();
  write(json, "displayName", spec.display_name);
  json["offeringRef"]["name"] = spec.offering;
  json["credentialsSecretRef"] = write_credentials_secret_ref(spec.credentials_secret_ref);
  write(json, "scopes", spec.scopes);
  return json;
}

VerificationStatus read_verification(const Json& json) {
  VerificationStatus verification;
  read(json, "method", verification.method);
  read(json, "inputHash", verification.input_hash);
  read(json, "time", verification.time);
  read(json, "since", verification.since);
  read(json, "controlTime", verification.control_time);
  read(json, "controlAnswer", verification.control_answer);
  read(json, "secretKey", verification.secret_key);
  return verification;
}

Json write_verification(const VerificationStatus& verification) {
  Json json = Json::object();
  write(json, "method", verification.method);
  write(json, "inputHash", verification.input_hash);
  write(json, "time", verification.time);
  write(json, "since", verification.since);
  write(json, "controlTime", verification.control_time);
  write(json, "controlAnswer", verification.control_answer);
  write(json, "secretKey", verification.secret_key);
  return json;
}

IntegrationStatus read_status(const Json& json) {
  IntegrationStatus status;
  read(json, "observedGeneration", status.observed_generation);
  fields::read_enum(json, "phase", phases, to_string, status.phase);
  read(json, "callbackURL", status.callback_url);
  read(json, "clientID", status.client_id);
  status.verification = read_verification(fields::object_at(json, "verification"));
  read(json, "lastHandledReconcileAt", status.last_handled_reconcile_at);
  read(json, "conditions", status.conditions);
  return status;
}

}  // namespace

const kube::Resource& Integration::resource() {
  static const kube::Resource resource{"oauth.integrations.dev", "v1alpha1", "integrations",
                                       "Integration", true};
  return resource;
}

void from_json(const Json& json, Integration& integration) {
  read(json, "metadata", integration.metadata);
  integration.spec = read_spec(fields::object_at(json, "spec"));
  integration.status = read_status(fields::object_at(json, "status"));
}

void to_json(Json& json, const Integration& integration) {
  json = Json::object();
  json["apiVersion"] = Integration::resource().api_version();
  json["kind"] = Integration::resource().kind;
  json["metadata"] = integration.metadata;
  json["spec"] = write_spec(integration.spec);
  json["status"] = integration.status;
}

void to_json(Json& json, const IntegrationStatus& status) {
  json = Json::object();
  json["observedGeneration"] = status.observed_generation;
  json["phase"] = to_string(status.phase);
  write(json, "callbackURL", status.callback_url);
  write(json, "clientID", status.client_id);
  write(json, "verification", write_verification(status.verification));
  write(json, "lastHandledReconcileAt", status.last_handled_reconcile_at);
  write(json, "conditions", status.conditions);
}

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
