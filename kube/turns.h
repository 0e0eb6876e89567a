// Keys that wait, in lanes: one for each namespace. Namespaces take turns, one key a turn, so that
// many keys of one do not keep a key of another waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "kube/meta.h"

namespace kube {

// Not thread-safe. Each operation takes O(log n).
class Turns {
 public:
  // `number` is unique, and orders the keys of one namespace: the least is the first.
  void add(std::uint64_t number, const NamespacedName& key);
  void remove(std::uint64_t number, const NamespacedName& key);
  // The first key of the namespace whose turn it is. There must be one.
  NamespacedName take();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Lane {
    std::uint64_t turn = 0;
    std::map<std::uint64_t, NamespacedName> keys;  // never empty
  };
  void queue_up(const std::string& ns, Lane& lane);

  std::unordered_map<std::string, Lane> lanes_;  // by namespace
  std::map<std::uint64_t, std::string> turns_;   // of namespaces; the least is next
  std::uint64_t next_turn_ = 0;
  std::size_t size_ = 0;
};

}  // namespace kube
