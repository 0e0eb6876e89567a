#include "support/versioned_objects.h"

#include <utility>

namespace support {

VersionedObjects::Pointer VersionedObjects::find(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

VersionedObjects::Pointer VersionedObjects::put(const ObjectKey& key, Json object) {
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  auto after = std::make_shared<const Json>(std::move(object));
  Pointer before = std::exchange(objects_[key], after);
  history_.push_back({version_, key, std::move(before), after});
  return after;
}

VersionedObjects::Pointer VersionedObjects::erase(const ObjectKey& key) {
  Json last = *objects_.at(key);
  last["metadata"]["resourceVersion"] = std::to_string(++version_);
  auto before = std::make_shared<const Json>(std::move(last));
  objects_.erase(key);
  history_.push_back({version_, key, before, nullptr});
  return before;
}

std::map<ObjectKey, VersionedObjects::Pointer> VersionedObjects::at(const std::string& collection,
                                                                    Version version) const {
  std::map<ObjectKey, Pointer> objects;
  for (const auto& [key, object] : objects_) {
    if (key.collection == collection) objects.emplace(key, object);
  }
  // No std::views::reverse: clang 14 does not compile the one of libstdc++ 12.
  for (auto change = history_.rbegin(); change != history_.rend(); ++change) {
    if (change->version <= version) break;
    if (change->key.collection != collection) continue;
    if (change->before) {
      objects[change->key] = change->before;
    } else {
      objects.erase(change->key);
    }
  }
  return objects;
}

std::vector<VersionedObjects::Change> VersionedObjects::since(const std::string& collection,
                                                              Version version) const {
  std::vector<Change> changes;
  for (const Change& change : history_) {
    if (change.version > version && change.key.collection == collection) changes.push_back(change);
  }
  return changes;
}

}  // namespace support
