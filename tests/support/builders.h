// Builders of API objects: a good one by default, and modifiers for a test's subject.
//
//   gen::Integration("crm", gen::in_namespace("sales"), gen::on_offering("acme"))
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "api/conditions.h"
#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "kube/meta.h"
#include "net/crypto.h"

namespace gen {

// Where net::ManualClock begins: a whole second.
inline constexpr net::SystemTime start{std::chrono::seconds{1'700'000'000}};

inline kube::Condition Condition(std::string type, kube::ConditionStatus status, std::string reason,
                                 std::string message = {}) {
  return {.type = std::move(type),
          .status = status,
          .observed_generation = 1,
          .last_transition_time = start,
          .reason = std::move(reason),
          .message = std::move(message)};
}

inline kube::ObjectMeta Metadata(const std::string& ns, const std::string& name) {
  return {.name = name,
          .namespace_ = ns,
          .uid = "uid-of-" + name,
          .resource_version = "100",
          .generation = 1,
          .creation_timestamp = start};
}

// --- Modifiers of every kind of object.

inline auto in_namespace(std::string ns) {
  return [=](auto& object) { object.metadata.namespace_ = ns; };
}
inline auto uid(std::string value) {
  return [=](auto& object) { object.metadata.uid = value; };
}
inline auto generation(std::int64_t value) {
  return [=](auto& object) { object.metadata.generation = value; };
}
inline auto resource_version(std::string value) {
  return [=](auto& object) { object.metadata.resource_version = value; };
}
inline auto created_at(net::SystemTime time) {
  return [=](auto& object) { object.metadata.creation_timestamp = time; };
}
inline auto being_deleted(net::SystemTime since = start) {
  return [=](auto& object) { object.metadata.deletion_timestamp = since; };
}
inline auto finalizer(std::string name) {
  return [=](auto& object) { object.metadata.finalizers.push_back(name); };
}
inline auto annotation(std::string key, std::string value) {
  return [=](auto& object) { object.metadata.annotations[key] = value; };
}
inline auto label(std::string key, std::string value) {
  return [=](auto& object) { object.metadata.labels[key] = value; };
}
inline auto condition(kube::Condition value) {
  return [=](auto& object) { object.status.conditions.push_back(value); };
}

// --- Offering: its endpoints are given, it requires "openid" and offers "email", and it is ready.

template <class... Modifiers>
api::Offering Offering(const std::string& name, const Modifiers&... modify) {
  api::Offering offering;
  offering.metadata = Metadata("", name);
  offering.spec.display_name = name;
  offering.spec.provider = "acme";
  offering.spec.environment = "test";
  offering.spec.endpoints.authorization = "https://login.acme.example/authorize";
  offering.spec.endpoints.token = "https://login.acme.example/token";
  offering.spec.scopes = {.required = {"openid"}, .optional = {"email"}};
  offering.status.observed_generation = 1;
  offering.status.endpoints = offering.spec.endpoints;
  offering.status.conditions = {
      Condition("Discovered", kube::ConditionStatus::True, api::reason::endpoints_given),
      Condition("Ready", kube::ConditionStatus::True, api::reason::available)};
  (modify(offering), ...);
  return offering;
}

// Discovered from there instead, and not handled by any controller yet.
inline auto issuer(std::string url) {
  return [=](api::Offering& offering) {
    offering.spec.issuer = url;
    offering.spec.endpoints = {};
    offering.status = {};
  };
}
inline auto not_looked_at() {
  return [](auto& object) { object.status = {}; };
}
inline auto on_unverifiable(api::OnUnverifiable what) {
  return [=](api::Offering& offering) { offering.spec.verification.on_unverifiable = what; };
}
inline auto allowed_where(std::string key, std::string value) {
  return [=](api::Offering& offering) {
    offering.spec.allowed_namespaces = {
        .from = api::NamespacesFrom::Selector,
        .selector = kube::LabelSelector{.match_labels = {{key, value}}}};
  };
}

// --- Integration: in "team", on Offering "acme", with Secret "credentials" and scope "openid"; no
// controller has handled it yet.

template <class... Modifiers>
api::Integration Integration(const std::string& name, const Modifiers&... modify) {
  api::Integration integration;
  integration.metadata = Metadata("team", name);
  integration.spec.offering = "acme";
  integration.spec.credentials_secret_ref.name = "credentials";
  integration.spec.scopes = {"openid"};
  (modify(integration), ...);
  return integration;
}

inline auto on_offering(std::string name) {
  return [=](api::Integration& integration) { integration.spec.offering = name; };
}
inline auto with_secret(std::string name) {
  return
      [=](api::Integration& integration) { integration.spec.credentials_secret_ref.name = name; };
}
inline auto with_keys(std::string client_id, std::string client_secret) {
  return [=](api::Integration& integration) {
    integration.spec.credentials_secret_ref.client_id_key = client_id;
    integration.spec.credentials_secret_ref.client_secret_key = client_secret;
  };
}
inline auto scopes(std::vector<std::string> values) {
  return [=](api::Integration& integration) { integration.spec.scopes = values; };
}

// --- Secret "NAME" in "team" with client_id "the-client" and client_secret "the-secret".

template <class... Modifiers>
kube::Secret Secret(const std::string& name, const Modifiers&... modify) {
  kube::Secret secret;
  secret.metadata = Metadata("team", name);
  secret.type = "Opaque";
  secret.data.emplace("client_id", "the-client");
  secret.data.emplace("client_secret", "the-secret");
  (modify(secret), ...);
  return secret;
}

inline auto value(std::string key, std::string text) {
  return [=](kube::Secret& secret) { secret.data[key] = net::SecretString{text}; };
}
inline auto without(std::string key) {
  return [=](kube::Secret& secret) { secret.data.erase(key); };
}

template <class... Modifiers>
kube::Namespace Namespace(const std::string& name, const Modifiers&... modify) {
  kube::Namespace ns;
  ns.metadata = Metadata("", name);
  (modify(ns), ...);
  return ns;
}

// As kubectl would send it: without the API server's additions.
inline kube::Json manifest(const kube::Resource& resource, const kube::ObjectMeta& metadata) {
  kube::ObjectMeta sent = metadata;
  sent.uid.clear();
  sent.resource_version.clear();
  sent.generation = 0;
  sent.creation_timestamp.reset();
  return {{"apiVersion", resource.api_version()}, {"kind", resource.kind}, {"metadata", sent}};
}
inline kube::Json manifest(const api::Offering& offering) {
  kube::Json json = manifest(api::Offering::resource(), offering.metadata);
  json["spec"] = kube::Json(offering).at("spec");
  return json;
}
inline kube::Json manifest(const api::Integration& integration) {
  kube::Json json = manifest(api::Integration::resource(), integration.metadata);
  json["spec"] = kube::Json(integration).at("spec");
  return json;
}
inline kube::Json manifest(const kube::Secret& secret) {
  kube::Json json = manifest(kube::Secret::resource(), secret.metadata);
  json["type"] = secret.type;
  for (const auto& [key, text] : secret.data) json["data"][key] = net::base64(text.reveal());
  return json;
}
inline kube::Json manifest(const kube::Namespace& ns) {
  return manifest(kube::Namespace::resource(), ns.metadata);
}

}  // namespace gen
