#include "kube/finalizer.h"

#include <algorithm>

namespace kube {
namespace {

constexpr const char* kList = "/metadata/finalizers";

PatchOperation same_object(const ObjectMeta& metadata) {
  return {"test", "/metadata/uid", metadata.uid};
}

}  // namespace

std::vector<PatchOperation> add_finalizer_patch(const ObjectMeta& metadata,
                                                const std::string& finalizer) {
  if (metadata.has_finalizer(finalizer)) return {};
  if (metadata.finalizers.empty()) {
    // The API server leaves an empty list out, and takes a null in `test` for "not there".
    return {
        same_object(metadata), {"test", kList, nullptr}, {"add", kList, Json::array({finalizer})}};
  }
  // The whole list is tested: the API server would take the same finalizer twice.
  return {same_object(metadata),
          {"test", kList, metadata.finalizers},
          {"add", std::string(kList) + "/-", finalizer}};
}

std::vector<PatchOperation> remove_finalizer_patch(const ObjectMeta& metadata,
                                                   const std::string& finalizer) {
  const auto found = std::ranges::find(metadata.finalizers, finalizer);
  if (found == metadata.finalizers.end()) return {};
  const std::string path =
      std::string(kList) + "/" + std::to_string(found - metadata.finalizers.begin());
  return {same_object(metadata), {"test", path, finalizer}, {"remove", path, nullptr}};
}

}  // namespace kube
