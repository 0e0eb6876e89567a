// A map of bounded size that forgets what was used the longest ago.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace kube {

// Not thread-safe. Each operation is O(log n).
template <class Key, class Value>
class LruMap {
 public:
  // Precondition: capacity > 0.
  explicit LruMap(std::size_t capacity) : capacity_(capacity) {}

  // Null if there is none. Makes it the one used last. Valid until it is removed.
  Value* use(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  // Without using it.
  Value* find(const Key& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }
  // Precondition: there is none yet; and not full(), or the oldest goes.
  Value& add(const Key& key, Value value) {
    if (full()) remove(entries_.back().first);
    entries_.emplace_front(key, std::move(value));
    index_[key] = entries_.begin();
    return entries_.front().second;
  }
  void remove(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
  }

  bool full() const { return entries_.size() >= capacity_; }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  // Precondition: not empty.
  std::pair<Key, Value>& oldest() { return entries_.back(); }

 private:
  using Entries = std::list<std::pair<Key, Value>>;
  const std::size_t capacity_;
  Entries entries_;  // the one used last first
  std::map<Key, typename Entries::iterator> index_;
};

}  // namespace kube
