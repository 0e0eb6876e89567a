// What was written last to each object's status, for the moment in which the cache does not show it
// yet: without it, a reconcile that comes right after a write would judge by the older status, and
// ask a provider twice.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "kube/meta.h"

namespace reconcilers {

// Thread-safe. S is a status type. Entries go when the cache has caught up, or with forget().
template <class S>
class StatusMemory {
 public:
  void wrote(const kube::ObjectMeta& written, S status) {
    std::lock_guard lock(mutex_);
    entries_[written.uid] = {written.resource_version, std::move(status)};
  }
  // The status to judge by: what was written last, if `cached` is older than that.
  S latest(const kube::ObjectMeta& cached, const S& status) {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(cached.uid);
    if (found == entries_.end()) return status;
    if (kube::older_resource_version(cached.resource_version, found->second.resource_version))
      return found->second.status;
    entries_.erase(found);
    return status;
  }
  void forget(const std::string& uid) {
    std::lock_guard lock(mutex_);
    entries_.erase(uid);
  }

 private:
  struct Entry {
    std::string resource_version;
    S status;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace reconcilers
