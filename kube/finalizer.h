// Finalizers, added and removed by JSON patches that fail where somebody else changed the list
// meanwhile (kube-rs, kube-runtime/src/finalizer.rs).
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/meta.h"

namespace kube {

// The patch that adds (or removes) `finalizer`, guarded by `test` on the uid and on what is there
// now; empty where there is nothing to do.
std::vector<PatchOperation> add_finalizer_patch(const ObjectMeta& metadata,
                                                const std::string& finalizer);
std::vector<PatchOperation> remove_finalizer_patch(const ObjectMeta& metadata,
                                                   const std::string& finalizer);

// Conflict where the object changed (read it again); ok where it is gone. Guarantee: a controller
// that acts only after ensure_finalizer succeeded is called again before the object's deletion
// completes.
template <KubeObject T>
net::Result<T> ensure_finalizer(Client& client, const T& object, const std::string& finalizer,
                                std::stop_token stop) {
  const auto patch = add_finalizer_patch(object.metadata, finalizer);
  if (patch.empty()) return object;
  return client.json_patch<T>(object.metadata.key(), patch, stop);
}
template <KubeObject T>
net::Result<T> drop_finalizer(Client& client, const T& object, const std::string& finalizer,
                              std::stop_token stop) {
  const auto patch = remove_finalizer_patch(object.metadata, finalizer);
  if (patch.empty()) return object;
  auto patched = client.json_patch<T>(object.metadata.key(), patch, stop);
  if (!patched.ok() && patched.error().code == net::ErrorCode::NotFound) return object;
  return patched;
}

}  // namespace kube
