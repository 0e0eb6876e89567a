// A cache of typed objects with indexes. An Informer fills it and reconcilers read it (client-go's
// tools/cache Indexer).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/meta.h"
#include "net/mutex.h"

namespace kube {

// Thread-safe. Objects are immutable and shared: a reader's copy stays valid whatever happens to
// the cache.
template <class T>
class Store {
 public:
  using Pointer = std::shared_ptr<const T>;
  using IndexFunction = std::function<std::vector<std::string>(const T&)>;

  // Before the first object arrives and before other threads look. `name` is unique.
  void add_index(std::string name, IndexFunction function) {
    const net::WriterLock lock(mutex_);
    indexes_.emplace(std::move(name), Index{std::move(function), {}});
  }

  // Null where there is none.
  Pointer get(const NamespacedName& key) const {
    const net::ReaderLock lock(mutex_);
    auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  std::vector<Pointer> list() const {
    const net::ReaderLock lock(mutex_);
    std::vector<Pointer> all;
    all.reserve(objects_.size());
    for (const auto& [key, object] : objects_) all.push_back(object);
    return all;
  }
  // The objects for which the index function gave `value`, in the order of their keys. The index
  // must be there.
  std::vector<Pointer> by_index(const std::string& index, const std::string& value) const {
    const net::ReaderLock lock(mutex_);
    std::vector<Pointer> found;
    const auto& keys = indexes_.at(index).keys;
    if (auto entry = keys.find(value); entry != keys.end())
      for (const NamespacedName& key : entry->second) found.push_back(objects_.at(key));
    return found;
  }
  // How many by_index() would give, without giving them: O(1).
  std::size_t count(const std::string& index, const std::string& value) const {
    const net::ReaderLock lock(mutex_);
    const auto& keys = indexes_.at(index).keys;
    const auto entry = keys.find(value);
    return entry == keys.end() ? 0 : entry->second.size();
  }
  // The keys of what by_index() would give.
  std::vector<NamespacedName> keys_by_index(const std::string& index,
                                            const std::string& value) const {
    const net::ReaderLock lock(mutex_);
    const auto& keys = indexes_.at(index).keys;
    const auto entry = keys.find(value);
    if (entry == keys.end()) return {};
    return {entry->second.begin(), entry->second.end()};
  }
  std::size_t size() const {
    const net::ReaderLock lock(mutex_);
    return objects_.size();
  }

  // Returns what was there before (null: nothing).
  Pointer upsert(T object) {
    auto fresh = std::make_shared<const T>(std::move(object));
    const net::WriterLock lock(mutex_);
    return put(std::move(fresh));
  }
  Pointer erase(const NamespacedName& key) {
    const net::WriterLock lock(mutex_);
    return take(key);
  }
  // A change of one object: before and after, either of them null.
  struct Change {
    Pointer before, after;
  };
  // Replaces everything (or, of a cache that several informers fill, everything in `ns`) at once;
  // the changes in which before and after differ in resourceVersion.
  std::vector<Change> replace(std::vector<T> objects, const std::string& ns = {}) {
    const net::WriterLock lock(mutex_);
    std::vector<Change> changes;
    std::set<NamespacedName> kept;
    for (T& object : objects) {
      auto fresh = std::make_shared<const T>(std::move(object));
      kept.insert(fresh->metadata.key());
      Pointer before = put(fresh);
      if (!before || before->metadata.resource_version != fresh->metadata.resource_version)
        changes.push_back({before, fresh});
    }
    std::vector<NamespacedName> gone;
    for (const auto& [key, object] : objects_)
      if (!kept.contains(key) && (ns.empty() || key.namespace_ == ns)) gone.push_back(key);
    for (const NamespacedName& key : gone) changes.push_back({take(key), nullptr});
    return changes;
  }

 private:
  struct Index {
    IndexFunction function;
    std::unordered_map<std::string, std::set<NamespacedName>> keys;
  };

  Pointer put(Pointer fresh) NET_REQUIRES(mutex_) {
    const NamespacedName key = fresh->metadata.key();
    Pointer& slot = objects_[key];
    Pointer before = std::exchange(slot, fresh);
    if (before) unindex(key, *before);
    for (auto& [name, index] : indexes_)
      for (const std::string& value : index.function(*fresh)) index.keys[value].insert(key);
    return before;
  }
  Pointer take(const NamespacedName& key) NET_REQUIRES(mutex_) {
    auto found = objects_.find(key);
    if (found == objects_.end()) return nullptr;
    Pointer before = found->second;
    objects_.erase(found);
    unindex(key, *before);
    return before;
  }
  void unindex(const NamespacedName& key, const T& object) NET_REQUIRES(mutex_) {
    for (auto& [name, index] : indexes_)
      for (const std::string& value : index.function(object)) {
        auto entry = index.keys.find(value);
        if (entry == index.keys.end()) continue;
        entry->second.erase(key);
        if (entry->second.empty()) index.keys.erase(entry);
      }
  }

  mutable net::SharedMutex mutex_;
  std::unordered_map<NamespacedName, Pointer> objects_ NET_GUARDED_BY(mutex_);
  std::map<std::string, Index> indexes_ NET_GUARDED_BY(mutex_);
};

}  // namespace kube
