// All Kubernetes objects share this: metadata, names, conditions, and how a C++ type says which
// resource it is.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.h"
#include "net/fields.h"
#include "net/json.h"

namespace kube {

using net::Json;

// namespace/name; the namespace is empty for cluster-scoped objects.
struct NamespacedName {
  std::string namespace_;
  std::string name;

  std::string to_string() const { return namespace_.empty() ? name : namespace_ + "/" + name; }
  auto operator<=>(const NamespacedName&) const = default;
};

// Where the API server serves a type. E.g. {"coordination.k8s.io", "v1", "leases", "Lease", true}.
struct Resource {
  std::string group;  // empty for the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  // "/apis/GROUP/VERSION[/namespaces/NS]/PLURAL[/NAME]"; an empty namespace spans all namespaces.
  std::string path(std::string_view ns, std::string_view name = {}) const;
};

// metav1.OwnerReference.
struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
  bool block_owner_deletion = false;

  std::string group() const;  // of the owner's kind; empty for the core group
  bool operator==(const OwnerReference&) const = default;
};

// metav1.ObjectMeta, as far as controllers use it; managedFields are dropped when decoding.
struct ObjectMeta {
  std::string name;
  std::string namespace_;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::optional<net::SystemTime> creation_timestamp;
  std::optional<net::SystemTime> deletion_timestamp;
  std::vector<std::string> finalizers;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> owner_references;

  NamespacedName key() const { return {namespace_, name}; }
  bool being_deleted() const { return deletion_timestamp.has_value(); }
  bool has_finalizer(std::string_view finalizer) const;
  bool operator==(const ObjectMeta&) const = default;
};
void from_json(const Json& json, ObjectMeta& meta);
void to_json(Json& json, const ObjectMeta& meta);
void from_json(const Json& json, OwnerReference& owner);
void to_json(Json& json, const OwnerReference& owner);

// Does `a` come before `b`? Versions of one resource type compare as decimal integers of any length
// (KEP-5504).
bool older_resource_version(std::string_view a, std::string_view b);

// metav1.Condition.
enum class ConditionStatus { True, False, Unknown };
const char* to_string(ConditionStatus status);
struct Condition {
  std::string type = {};
  ConditionStatus status = ConditionStatus::Unknown;
  std::int64_t observed_generation = 0;
  net::SystemTime last_transition_time{};  // whole seconds
  std::string reason = {};
  std::string message = {};  // at most 32768 bytes
  bool operator==(const Condition&) const = default;
};
void from_json(const Json& json, Condition& condition);
void to_json(Json& json, const Condition& condition);

// `text`, at most `limit` bytes of it, cut at the end of a UTF-8 character.
std::string cut_text(std::string text, std::size_t limit);

// A list map keyed by type, in the order in which conditions were first set.
using Conditions = std::vector<Condition>;
const Condition* find_condition(const Conditions& conditions, std::string_view type);
bool is_true(const Conditions& conditions, std::string_view type);
// Sets or replaces by type. last_transition_time moves to `now` only where the status differs from
// what was there (apimachinery's meta.SetStatusCondition).
void set_condition(Conditions& conditions, Condition condition, net::SystemTime now);
void remove_condition(Conditions& conditions, std::string_view type);

// metav1.LabelSelector: matchLabels and matchExpressions (In, NotIn, Exists, DoesNotExist).
struct LabelRequirement {
  std::string key = {};
  std::string op = {};
  std::vector<std::string> values;
  bool operator==(const LabelRequirement&) const = default;
};
struct LabelSelector {
  std::map<std::string, std::string> match_labels = {};
  std::vector<LabelRequirement> match_expressions = {};
  bool matches(const std::map<std::string, std::string>& labels) const;
  bool operator==(const LabelSelector&) const = default;
};
void from_json(const Json& json, LabelRequirement& requirement);
void to_json(Json& json, const LabelRequirement& requirement);
void from_json(const Json& json, LabelSelector& selector);
void to_json(Json& json, const LabelSelector& selector);

// Overwrites every string in `json`: an object of the API server may hold a Secret.
void wipe(Json& json);

// A type that the client can read and cache: it knows its resource, has metadata, and decodes from
// JSON (throwing only nlohmann's exceptions, which the client catches). A type may narrow what it
// asks for by `static constexpr const char* accept` and `list_accept` (see PartialSecret).
template <class T>
concept KubeObject = requires(T object, const Json& json) {
  { T::resource() } -> std::convertible_to<const Resource&>;
  { object.metadata } -> std::convertible_to<ObjectMeta>;
  {json.get<T>()};
};

// The media types to ask for: the API server refuses (406) to answer a list with the one and an
// object, or the events of a watch, with the other.
struct Accept {
  std::string object = "application/json";
  std::string list = "application/json";
};
template <KubeObject T>
Accept accept_of() {
  if constexpr (requires {
                  T::accept;
                  T::list_accept;
                })
    return {T::accept, T::list_accept};
  else
    return {};
}

}  // namespace kube

template <>
inline constexpr auto net::fields<kube::OwnerReference> = [](auto& owner, auto field) {
  field("apiVersion", owner.api_version, Written::Always);
  field("kind", owner.kind, Written::Always);
  field("name", owner.name, Written::Always);
  field("uid", owner.uid, Written::Always);
  field("controller", owner.controller);
  field("blockOwnerDeletion", owner.block_owner_deletion);
};

template <>
inline constexpr auto net::fields<kube::ObjectMeta> = [](auto& meta, auto field) {
  field("name", meta.name, Written::Always);
  field("namespace", meta.namespace_);
  field("uid", meta.uid);
  field("resourceVersion", meta.resource_version);
  field("generation", meta.generation);
  field("creationTimestamp", meta.creation_timestamp);
  field("deletionTimestamp", meta.deletion_timestamp);
  field("finalizers", meta.finalizers);
  field("labels", meta.labels);
  field("annotations", meta.annotations);
  field("ownerReferences", meta.owner_references);
};

template <>
inline constexpr auto net::fields<kube::Condition> = [](auto& condition, auto field) {
  field("type", condition.type, Written::Always);
  field("status", condition.status);
  field("observedGeneration", condition.observed_generation);
  field("lastTransitionTime", condition.last_transition_time);
  field("reason", condition.reason, Written::Always);
  field("message", condition.message, Written::Always);
};

template <>
inline constexpr auto net::fields<kube::LabelRequirement> = [](auto& requirement, auto field) {
  field("key", requirement.key, Written::Always);
  field("operator", requirement.op, Written::Always);
  field("values", requirement.values);
};

template <>
inline constexpr auto net::fields<kube::LabelSelector> = [](auto& selector, auto field) {
  field("matchLabels", selector.match_labels);
  field("matchExpressions", selector.match_expressions);
};

template <>
struct std::hash<kube::NamespacedName> {
  std::size_t operator()(const kube::NamespacedName& name) const noexcept {
    return std::hash<std::string>{}(name.namespace_) * 31 + std::hash<std::string>{}(name.name);
  }
};
