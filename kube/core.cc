#include "kube/core.h"

#include "net/crypto.h"
#include "net/time_format.h"

namespace kube {
namespace {

// metav1.MicroTime. A text that does not parse counts as absent: a Lease in which another client
// wrote nonsense can still be taken over.
std::optional<net::SystemTime> micro_time_member(const Json& json, const char* key) {
  const auto time = net::parse_rfc3339(net::string_member(json, key));
  if (!time.ok()) return std::nullopt;
  return *time;
}

int int_member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace

const Resource& Secret::resource() {
  static const Resource resource{"", "v1", "secrets", "Secret", true};
  return resource;
}

void from_json(const Json& json, Secret& secret) {
  secret.metadata = json.at("metadata").get<ObjectMeta>();
  secret.type = net::string_member(json, "type");
  secret.data.clear();
  const auto data = json.find("data");
  if (data == json.end() || data->is_null()) return;
  for (const auto& [key, value] : data->items()) {
    auto decoded = net::parse_base64(value.get_ref<const std::string&>());
    if (!decoded.ok()) {
      throw Json::other_error::create(501, "data." + key + " is not base64", &json);
    }
    secret.data.emplace(key, net::SecretString(std::move(*decoded)));
  }
}

void to_json(Json& json, const Secret& secret) {
  Json data = Json::object();
  for (const auto& [key, value] : secret.data) data[key] = net::base64(value.reveal());
  json = {{"metadata", secret.metadata}, {"type", secret.type}};
  json["data"] = std::move(data);
}

const Resource& PartialSecret::resource() { return Secret::resource(); }

void from_json(const Json& json, PartialSecret& secret) {
  const Json& metadata = json.at("metadata");
  ObjectMeta kept;
  kept.name = net::string_member(metadata, "name");
  kept.namespace_ = net::string_member(metadata, "namespace");
  kept.uid = net::string_member(metadata, "uid");
  kept.resource_version = net::string_member(metadata, "resourceVersion");
  const auto labels = metadata.find("labels");
  if (labels != metadata.end() && labels->is_object()) labels->get_to(kept.labels);
  const auto owners = metadata.find("ownerReferences");
  if (owners != metadata.end() && owners->is_array()) {
    for (const Json& owner : *owners) {
      auto reference = owner.get<OwnerReference>();
      if (reference.controller) kept.owner_references.push_back(std::move(reference));
    }
  }
  secret.metadata = std::move(kept);
}

const Resource& Namespace::resource() {
  static const Resource resource{"", "v1", "namespaces", "Namespace", false};
  return resource;
}

void from_json(const Json& json, Namespace& ns) {
  ns.metadata = json.at("metadata").get<ObjectMeta>();
}

const Resource& Lease::resource() {
  static const Resource resource{"coordination.k8s.io", "v1", "leases", "Lease", true};
  return resource;
}

void from_json(const Json& json, Lease& lease) {
  lease.metadata = json.at("metadata").get<ObjectMeta>();
  const Json spec = json.value("spec", Json::object());
  lease.holder_identity = net::string_member(spec, "holderIdentity");
  lease.lease_duration_seconds = int_member(spec, "leaseDurationSeconds");
  lease.acquire_time = micro_time_member(spec, "acquireTime");
  lease.renew_time = micro_time_member(spec, "renewTime");
  lease.lease_transitions = int_member(spec, "leaseTransitions");
}

void to_json(Json& json, const Lease& lease) {
  Json spec = {{"holderIdentity", lease.holder_identity},
               {"leaseTransitions", lease.lease_transitions}};
  if (lease.lease_duration_seconds > 0) spec["leaseDurationSeconds"] = lease.lease_duration_seconds;
  if (lease.acquire_time) spec["acquireTime"] = net::format_rfc3339_micro(*lease.acquire_time);
  if (lease.renew_time) spec["renewTime"] = net::format_rfc3339_micro(*lease.renew_time);
  json = {{"metadata", lease.metadata}, {"spec", std::move(spec)}};
}

}  // namespace kube
