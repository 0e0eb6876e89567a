// Keys that wait, in lanes: one for each namespace. Namespaces take turns, one key a turn, so that
// many keys of one do not keep a key of another waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "kube/meta.h"
#include "net/turns.h"

namespace kube {

// Not thread-safe. Each operation takes O(log n).
class Lanes {
 public:
  // `number` is unique, and orders the keys of one namespace: the least is the first.
  void add(std::uint64_t number, const NamespacedName& key) {
    lanes_[key.namespace_].emplace(number, key);
    ++size_;
  }
  void remove(std::uint64_t number, const NamespacedName& key) {
    Lane* lane = lanes_.find(key.namespace_);
    if (lane == nullptr || lane->erase(number) == 0) return;
    --size_;
    if (lane->empty()) lanes_.erase(key.namespace_);
  }
  // The first key of the namespace whose turn it is. There must be one.
  NamespacedName take() {
    Lane& lane = lanes_.begin()->second;
    NamespacedName key = lane.extract(lane.begin()).mapped();
    --size_;
    if (lane.empty())
      lanes_.erase(key.namespace_);
    else
      lanes_.end_turn(key.namespace_);
    return key;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  using Lane = std::map<std::uint64_t, NamespacedName>;  // never empty
  net::Turns<Lane> lanes_;                               // by namespace
  std::size_t size_ = 0;
};

}  // namespace kube
