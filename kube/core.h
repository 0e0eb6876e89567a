// The few built-in types of a controller, typed and narrowed to the fields that it uses.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kube/meta.h"
#include "net/secret_string.h"

namespace kube {

// A Secret with its values, for reading or writing one when it is needed. Never cached.
//
//   kube::Secret secret{.metadata = {.name = "token", .namespace_ = "shop"}};
//   secret.data.emplace("token", std::move(token));
//   auto created = client.create(secret, stop);
//
// Client wipes the JSON that it makes or reads of one. JSON that is made elsewhere (Json(secret))
// holds the values: kube::wipe() it.
struct Secret {
  ObjectMeta metadata = {};
  std::string type = "Opaque";                         // immutable
  std::map<std::string, net::SecretString> data = {};  // not encoded in base64
  static const Resource& resource();
};
void from_json(const Json& json, Secret& secret);
void to_json(Json& json, const Secret& secret);

// The part of a Secret that may be cached. Asked for as PartialObjectMetadata, so that values never
// leave the API server; and of its metadata only name, namespace, uid, resourceVersion, labels and
// the controller owner survive decoding: annotations can hold the whole Secret (kubectl's
// last-applied-configuration). Which labels, its informer says (KeptMetadata): 10,000 Helm releases
// need not fill the cache.
struct PartialSecret {
  static constexpr const char* accept =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  static constexpr const char* list_accept =
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  ObjectMeta metadata;
  static const Resource& resource();
};
void from_json(const Json& json, PartialSecret& secret);

// A Namespace as far as controllers look at it: its labels, and whether it ends.
struct Namespace {
  ObjectMeta metadata;
  static const Resource& resource();
};
void from_json(const Json& json, Namespace& ns);

// coordination.k8s.io/v1 Lease.
struct Lease {
  ObjectMeta metadata;
  std::string holder_identity;
  int lease_duration_seconds = 0;
  std::optional<net::SystemTime> acquire_time;  // MicroTime
  std::optional<net::SystemTime> renew_time;    // MicroTime
  int lease_transitions = 0;
  static const Resource& resource();
};
void from_json(const Json& json, Lease& lease);
void to_json(Json& json, const Lease& lease);

}  // namespace kube
