// A controller's memory of each object between two reconciles.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "kube/meta.h"
#include "net/mutex.h"

namespace reconcilers {

// By key, of one uid each: an object never gets the memory of a namesake whose deletion went
// unseen. Thread-safe, as long as each key is with one worker at a time: the references are that
// worker's.
template <class T>
class PerUid {
 public:
  // `forgotten` is called, without a lock, with the uid of each forgotten object, so that other
  // memories of it go, too.
  explicit PerUid(std::function<void(const std::string& uid)> forgotten)
      : forgotten_(std::move(forgotten)) {}

  // A fresh T where nothing is known of that uid. The reference holds until forget(), or until
  // another uid is asked for under that key.
  T& of(const kube::NamespacedName& key, const std::string& uid) {
    {
      const net::MutexLock lock(mutex_);
      const auto [found, fresh] = entries_.try_emplace(key);
      if (fresh) found->second.uid = uid;
      if (found->second.uid == uid) return found->second.value;
    }
    forget(key);
    return of(key, uid);
  }

  // Nothing happens where nothing is known of that key.
  void forget(const kube::NamespacedName& key) {
    net::MutexLock lock(mutex_);
    const auto entry = entries_.extract(key);
    lock.unlock();
    if (!entry.empty()) forgotten_(entry.mapped().uid);
  }

 private:
  struct Entry {
    std::string uid;
    T value{};
  };
  const std::function<void(const std::string&)> forgotten_;
  net::Mutex mutex_;
  std::unordered_map<kube::NamespacedName, Entry> entries_ NET_GUARDED_BY(mutex_);
};

}  // namespace reconcilers
