// The etcd of a fake API server: objects, a version that every write raises, and the history of
// writes until it is compacted.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kube/meta.h"

namespace support {

using kube::Json;

struct ObjectKey {
  std::string collection;  // "/apis/GROUP/VERSION/PLURAL"
  kube::NamespacedName name;
  auto operator<=>(const ObjectKey&) const = default;
};

// Not thread-safe: its owner locks.
class VersionedObjects {
 public:
  using Version = std::int64_t;
  using Pointer = std::shared_ptr<const Json>;

  // One write: the object before it (null: none) and after it (null: deleted).
  struct Change {
    Version version = 0;
    ObjectKey key;
    Pointer before, after;
  };

  Version version() const { return version_; }
  // Null if there is none.
  Pointer find(const ObjectKey& key) const;
  // Both raise the version and write it into the object's metadata.resourceVersion; `erase` returns
  // the last state, under the version of its deletion. Precondition of erase: the object exists.
  Pointer put(const ObjectKey& key, Json object);
  Pointer erase(const ObjectKey& key);

  // The objects of a collection at a kept version, in the order of their keys.
  std::map<ObjectKey, Pointer> at(const std::string& collection, Version version) const;
  // The writes to a collection after a kept version.
  std::vector<Change> since(const std::string& collection, Version version) const;

  // Forgets the history: reads and watches from an older version fail from now on.
  void compact() { compacted_ = version_; }
  bool kept(Version version) const { return version >= compacted_; }

 private:
  // Not far from 100: versions of two and of three digits meet in every test, so that a comparison
  // as text fails.
  Version version_ = 96;
  Version compacted_ = 0;
  std::map<ObjectKey, Pointer> objects_;
  std::vector<Change> history_;
};

}  // namespace support
