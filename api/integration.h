// Integration: an application's OAuth client at an Offering's provider. The schema, with the
// meaning of each field, is crds/oauth.integrations.dev_integrations.yaml; docs/api.md is the tour.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/meta.h"
#include "net/clock.h"
#include "net/fields.h"

namespace api {

enum class Phase { Draft, Configured };
const char* to_string(Phase phase);

struct CredentialsSecretRef {
  std::string name;
  std::string client_id_key = "client_id";
  std::string client_secret_key = "client_secret";
  bool operator==(const CredentialsSecretRef&) const = default;
};

struct IntegrationSpec {
  std::string display_name;
  std::string offering;  // offeringRef.name
  CredentialsSecretRef credentials_secret_ref;
  std::vector<std::string> scopes;  // a set
  bool operator==(const IntegrationSpec&) const = default;
};

// The kept verdict: its inputs and its time. Of the secret it has nothing but a keyed HMAC.
struct VerificationStatus {
  std::string method;                           // an oauth::Method's name
  std::string input_hash;                       // oauth::InputHash::to_string()
  std::optional<net::SystemTime> time;          // when the provider last answered
  std::optional<net::SystemTime> since;         // when it first gave this answer to these inputs
  std::optional<net::SystemTime> control_time;  // when the control was made
  std::string control_answer;                   // the answer to a made-up secret then
  std::string secret_key;                       // the key of the Secret whose value was verified
  bool operator==(const VerificationStatus&) const = default;
};

struct IntegrationStatus {
  std::int64_t observed_generation = -1;
  Phase phase = Phase::Draft;
  std::string callback_url;
  std::string client_id;  // only once the provider has accepted it
  VerificationStatus verification;
  std::string last_handled_reconcile_at;  // the annotation's last handled value
  kube::Conditions conditions;
  bool operator==(const IntegrationStatus&) const = default;
};

struct Integration {
  kube::ObjectMeta metadata;
  IntegrationSpec spec;
  IntegrationStatus status;
  static const kube::Resource& resource();
};
// By the descriptions below. Throws only nlohmann's exceptions, whose messages name the field's
// path.
void from_json(const kube::Json& json, Integration& integration);
void to_json(kube::Json& json, const Integration& integration);
void to_json(kube::Json& json, const IntegrationStatus& status);

// By its annotation: the operator verifies and writes nothing then.
bool is_paused(const Integration& integration);
// That annotation has a value other than "true" and "false". CEL rules of a CRD do not see
// annotations, so nothing refuses it.
bool has_unknown_pause(const Integration& integration);

// Annotations and labels of the API group (docs/api.md), and the Secret's key for rotation.
inline constexpr const char* reconcile_requested_at_annotation =
    "oauth.integrations.dev/reconcile-requested-at";
inline constexpr const char* paused_annotation = "oauth.integrations.dev/paused";
inline constexpr const char* credentials_label = "oauth.integrations.dev/credentials";
inline constexpr const char* label_prefix = "oauth.integrations.dev/";
inline constexpr const char* previous_client_secret_key = "client_secret_previous";

}  // namespace api

template <>
inline constexpr auto net::fields<api::CredentialsSecretRef> = [](auto& ref, auto field) {
  field("name", ref.name);
  field("clientIDKey", ref.client_id_key);
  field("clientSecretKey", ref.client_secret_key);
};

template <>
inline constexpr auto net::fields<api::IntegrationSpec> = [](auto& spec, auto field) {
  field("displayName", spec.display_name);
  field("offeringRef.name", spec.offering, Written::Always);
  field("credentialsSecretRef", spec.credentials_secret_ref, Written::Always);
  field("scopes", spec.scopes);
};

template <>
inline constexpr auto net::fields<api::VerificationStatus> = [](auto& verification, auto field) {
  field("method", verification.method);
  field("inputHash", verification.input_hash);
  field("time", verification.time);
  field("since", verification.since);
  field("controlTime", verification.control_time);
  field("controlAnswer", verification.control_answer);
  field("secretKey", verification.secret_key);
};

template <>
inline constexpr auto net::fields<api::IntegrationStatus> = [](auto& status, auto field) {
  field("observedGeneration", status.observed_generation, Written::Always);
  field("phase", status.phase);
  field("callbackURL", status.callback_url);
  field("clientID", status.client_id);
  field("verification", status.verification);
  field("lastHandledReconcileAt", status.last_handled_reconcile_at);
  field("conditions", status.conditions);
};

template <>
inline constexpr auto net::fields<api::Integration> = [](auto& integration, auto field) {
  field("metadata", integration.metadata, Written::Always);
  field("spec", integration.spec, Written::Always);
  field("status", integration.status, Written::Always);
};
