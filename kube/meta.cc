#include "kube/meta.h"

#include <algorithm>

#include "net/secret_string.h"
#include "net/time_format.h"
#include "net/url.h"

namespace kube {
namespace {

bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void set_unless_empty(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}

std::int64_t integer_member(const Json& json, const char* key) {
  auto found = json.find(key);
  return found == json.end() || found->is_null() ? 0 : found->get<std::int64_t>();
}

bool bool_member(const Json& json, const char* key) {
  auto found = json.find(key);
  return found != json.end() && !found->is_null() && found->get<bool>();
}

// Absent and null mean the same to the API server (Go's nil maps and slices).
template <class T>
T collection_member(const Json& json, const char* key) {
  auto found = json.find(key);
  return found == json.end() || found->is_null() ? T{} : found->get<T>();
}

std::optional<net::SystemTime> time_member(const Json& json, const char* key) {
  const std::string text = net::string_member(json, key);
  if (text.empty()) return std::nullopt;
  const auto time = net::parse_rfc3339(text);
  if (!time.ok()) {
    throw Json::other_error::create(501, std::string(key) + ": " + time.error().message, &json);
  }
  return *time;
}

bool satisfies(const LabelRequirement& requirement,
               const std::map<std::string, std::string>& labels) {
  const auto label = labels.find(requirement.key);
  const bool present = label != labels.end();
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), label->second) !=
           requirement.values.end();
  };
  if (requirement.op == "In") return present && listed();
  if (requirement.op == "NotIn") return !present || !listed();
  if (requirement.op == "Exists") return present;
  if (requirement.op == "DoesNotExist") return !present;
  return false;
}

}  // namespace

std::string Resource::path(std::string_view ns, std::string_view name) const {
  std::string path = group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
  if (namespaced && !ns.empty()) path += "/namespaces/" + net::percent_encode(ns);
  path += "/" + plural;
  if (!name.empty()) path += "/" + net::percent_encode(name);
  return path;
}

std::string OwnerReference::group() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

bool ObjectMeta::has_finalizer(std::string_view finalizer) const {
  return std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
}

void from_json(const Json& json, OwnerReference& owner) {
  owner.api_version = net::string_member(json, "apiVersion");
  owner.kind = net::string_member(json, "kind");
  owner.name = net::string_member(json, "name");
  owner.uid = net::string_member(json, "uid");
  owner.controller = bool_member(json, "controller");
  owner.block_owner_deletion = bool_member(json, "blockOwnerDeletion");
}

void to_json(Json& json, const OwnerReference& owner) {
  json = {{"apiVersion", owner.api_version},
          {"kind", owner.kind},
          {"name", owner.name},
          {"uid", owner.uid}};
  if (owner.controller) json["controller"] = true;
  if (owner.block_owner_deletion) json["blockOwnerDeletion"] = true;
}

void from_json(const Json& json, ObjectMeta& meta) {
  meta.name = net::string_member(json, "name");
  meta.namespace_ = net::string_member(json, "namespace");
  meta.uid = net::string_member(json, "uid");
  meta.resource_version = net::string_member(json, "resourceVersion");
  meta.generation = integer_member(json, "generation");
  meta.creation_timestamp = time_member(json, "creationTimestamp");
  meta.deletion_timestamp = time_member(json, "deletionTimestamp");
  meta.finalizers = collection_member<decltype(meta.finalizers)>(json, "finalizers");
  meta.labels = collection_member<decltype(meta.labels)>(json, "labels");
  meta.annotations = collection_member<decltype(meta.annotations)>(json, "annotations");
  meta.owner_references =
      collection_member<decltype(meta.owner_references)>(json, "ownerReferences");
}

void to_json(Json& json, const ObjectMeta& meta) {
  json = {{"name", meta.name}};
  set_unless_empty(json, "namespace", meta.namespace_);
  set_unless_empty(json, "uid", meta.uid);
  set_unless_empty(json, "resourceVersion", meta.resource_version);
  if (meta.generation != 0) json["generation"] = meta.generation;
  if (meta.creation_timestamp) {
    json["creationTimestamp"] = net::format_rfc3339(*meta.creation_timestamp);
  }
  if (meta.deletion_timestamp) {
    json["deletionTimestamp"] = net::format_rfc3339(*meta.deletion_timestamp);
  }
  if (!meta.finalizers.empty()) json["finalizers"] = meta.finalizers;
  if (!meta.labels.empty()) json["labels"] = meta.labels;
  if (!meta.annotations.empty()) json["annotations"] = meta.annotations;
  if (!meta.owner_references.empty()) json["ownerReferences"] = meta.owner_references;
}

bool older_resource_version(std::string_view a, std::string_view b) {
  if (!is_decimal(a) || !is_decimal(b)) return false;
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

const char* to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::True:
      return "True";
    case ConditionStatus::False:
      return "False";
    case ConditionStatus::Unknown:
      break;
  }
  return "Unknown";
}

void from_json(const Json& json, Condition& condition) {
  condition.type = net::string_member(json, "type");
  const std::string status = net::string_member(json, "status");
  condition.status = status == "True"    ? ConditionStatus::True
                     : status == "False" ? ConditionStatus::False
                                         : ConditionStatus::Unknown;
  condition.observed_generation = integer_member(json, "observedGeneration");
  condition.last_transition_time =
      time_member(json, "lastTransitionTime").value_or(net::SystemTime{});
  condition.reason = net::string_member(json, "reason");
  condition.message = net::string_member(json, "message");
}

void to_json(Json& json, const Condition& condition) {
  json = {{"type", condition.type},
          {"status", to_string(condition.status)},
          {"lastTransitionTime", net::format_rfc3339(condition.last_transition_time)},
          {"reason", condition.reason},
          {"message", condition.message}};
  if (condition.observed_generation != 0) {
    json["observedGeneration"] = condition.observed_generation;
  }
}

// At most `limit` bytes, without half a UTF-8 character at the end.
std::string cut_text(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const auto continues = [&](std::size_t i) { return (text[i] & 0xC0) == 0x80; };
  while (limit > 0 && continues(limit)) --limit;
  text.resize(limit);
  return text;
}

const Condition* find_condition(const Conditions& conditions, std::string_view type) {
  const auto found = std::find_if(conditions.begin(), conditions.end(),
                                  [&](const Condition& c) { return c.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

bool is_true(const Conditions& conditions, std::string_view type) {
  const Condition* found = find_condition(conditions, type);
  return found != nullptr && found->status == ConditionStatus::True;
}

// Less than metav1.Condition's 32768, which refuses the whole status: an object has ten of them.
constexpr std::size_t kMaxMessageBytes = 4096;

void set_condition(Conditions& conditions, Condition condition, net::SystemTime now) {
  const auto existing = std::find_if(conditions.begin(), conditions.end(),
                                     [&](const Condition& c) { return c.type == condition.type; });
  condition.message = cut_text(std::move(condition.message), kMaxMessageBytes);
  const bool changed = existing == conditions.end() || existing->status != condition.status;
  condition.last_transition_time =
      changed ? std::chrono::floor<std::chrono::seconds>(now) : existing->last_transition_time;
  if (existing == conditions.end()) {
    conditions.push_back(std::move(condition));
  } else {
    *existing = std::move(condition);
  }
}

void remove_condition(Conditions& conditions, std::string_view type) {
  std::erase_if(conditions, [&](const Condition& c) { return c.type == type; });
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  for (const auto& [key, value] : match_labels) {
    const auto label = labels.find(key);
    if (label == labels.end() || label->second != value) return false;
  }
  return std::all_of(match_expressions.begin(), match_expressions.end(),
                     [&](const LabelRequirement& r) { return satisfies(r, labels); });
}

void from_json(const Json& json, LabelRequirement& requirement) {
  requirement.key = net::string_member(json, "key");
  requirement.op = net::string_member(json, "operator");
  requirement.values = collection_member<decltype(requirement.values)>(json, "values");
}

void to_json(Json& json, const LabelRequirement& requirement) {
  json = {{"key", requirement.key}, {"operator", requirement.op}};
  if (!requirement.values.empty()) json["values"] = requirement.values;
}

void from_json(const Json& json, LabelSelector& selector) {
  selector.match_labels = collection_member<decltype(selector.match_labels)>(json, "matchLabels");
  selector.match_expressions =
      collection_member<decltype(selector.match_expressions)>(json, "matchExpressions");
}

void to_json(Json& json, const LabelSelector& selector) {
  json = Json::object();
  if (!selector.match_labels.empty()) json["matchLabels"] = selector.match_labels;
  if (!selector.match_expressions.empty()) json["matchExpressions"] = selector.match_expressions;
}

void wipe(Json& json) {
  if (json.is_string()) {
    net::wipe(json.get_ref<std::string&>());
  } else if (json.is_structured()) {
    for (Json& member : json) wipe(member);
  }
}

}  // namespace kube
