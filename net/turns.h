// A map whose entries take turns: iteration begins with the entry that has waited longest. Fairness
// between tenants, hosts and namespaces is built on it.
#pragma once

#include <iterator>
#include <list>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace net {

// Not thread-safe. Each operation takes O(1). Iterators and references stay valid until their entry
// is erased.
template <class Value>
class Turns {
 public:
  using Entry = std::pair<const std::string, Value>;
  using iterator = typename std::list<Entry>::iterator;

  bool empty() const { return entries_.empty(); }
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }

  // nullptr where there is no such entry.
  Value* find(const std::string& name) {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &found->second->second;
  }
  // A new entry has the last turn.
  Value& operator[](const std::string& name) {
    if (Value* known = find(name)) return *known;
    entries_.emplace_back(std::piecewise_construct, std::forward_as_tuple(name), std::tuple<>{});
    index_.emplace(name, std::prev(entries_.end()));
    return entries_.back().second;
  }
  // Its turn is over: the others come first.
  void end_turn(const std::string& name) {
    const auto found = index_.find(name);
    if (found != index_.end()) entries_.splice(entries_.end(), entries_, found->second);
  }
  void erase(const std::string& name) {
    const auto found = index_.find(name);
    if (found == index_.end()) return;
    entries_.erase(found->second);
    index_.erase(found);
  }

 private:
  std::list<Entry> entries_;
  std::unordered_map<std::string, iterator> index_;
};

}  // namespace net
