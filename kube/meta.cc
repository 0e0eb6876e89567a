#include "kube/meta.h"

#include <algorithm>

#include "net/json_fields.h"
#include "net/secret_string.h"
#include "net/url.h"

namespace kube {
namespace {

bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
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
  owner = net::read_object<OwnerReference>(json);
}

void to_json(Json& json, const OwnerReference& owner) { json = net::write_object(owner); }

void from_json(const Json& json, ObjectMeta& meta) { meta = net::read_object<ObjectMeta>(json); }

void to_json(Json& json, const ObjectMeta& meta) { json = net::write_object(meta); }

bool older_resource_version(std::string_view a, std::string_view b) {
  if (!is_decimal(a) || !is_decimal(b)) return false;
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

constexpr net::EnumNames<ConditionStatus> kConditionStatuses{
    {{ConditionStatus::True, "True"},
     {ConditionStatus::False, "False"},
     {ConditionStatus::Unknown, "Unknown"}}};
const char* to_string(ConditionStatus status) { return kConditionStatuses[status]; }

void from_json(const Json& json, Condition& condition) {
  condition = net::read_object<Condition>(json);
}

void to_json(Json& json, const Condition& condition) { json = net::write_object(condition); }

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
  requirement = net::read_object<LabelRequirement>(json);
}

void to_json(Json& json, const LabelRequirement& requirement) {
  json = net::write_object(requirement);
}

void from_json(const Json& json, LabelSelector& selector) {
  selector = net::read_object<LabelSelector>(json);
}

void to_json(Json& json, const LabelSelector& selector) { json = net::write_object(selector); }

void wipe(Json& json) {
  if (json.is_string()) {
    net::wipe(json.get_ref<std::string&>());
  } else if (json.is_structured()) {
    for (Json& member : json) wipe(member);
  }
}

}  // namespace kube
