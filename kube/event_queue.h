// The queue of unwritten events, for EventRecorder: namespaces take turns, and when there is no
// room, the noisiest one loses events.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace kube {

// Not thread-safe. Each operation is O(log of the namespaces).
template <class Item>
class EventQueue {
 public:
  explicit EventQueue(std::size_t capacity) : capacity_(capacity) {}

  // The namespace that lost an item for it: the one with the most, its newest. That is the item
  // itself where no other namespace has more than one item more. Nothing: there was room.
  std::optional<std::string> push(const std::string& ns, Item item) {
    std::optional<std::string> loser;
    if (size_ >= capacity_) {
      const auto& [most, noisiest] = *lengths_.rbegin();
      if (most <= length(ns) + 1) return ns;
      loser = noisiest;
      auto& items = queues_.at(*loser);
      items.pop_back();
      resized(*loser, items.size() + 1, items.size());
    }
    auto& items = queues_[ns];
    items.push_back(std::move(item));
    resized(ns, items.size() - 1, items.size());
    if (items.size() == 1) turns_.push_back(ns);
    return loser;
  }

  // Precondition: not empty. The first of the namespace whose turn it is.
  Item pop() {
    const std::string ns = std::move(turns_.front());
    turns_.pop_front();
    auto& items = queues_.at(ns);
    Item first = std::move(items.front());
    items.pop_front();
    resized(ns, items.size() + 1, items.size());
    if (items.empty())
      queues_.erase(ns);
    else
      turns_.push_back(ns);
    return first;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  std::size_t length(const std::string& ns) const {
    const auto found = queues_.find(ns);
    return found == queues_.end() ? 0 : found->second.size();
  }
  void resized(const std::string& ns, std::size_t before, std::size_t after) {
    lengths_.erase({before, ns});
    if (after > 0) lengths_.insert({after, ns});
    size_ += after;
    size_ -= before;
  }

  const std::size_t capacity_;
  std::size_t size_ = 0;
  std::map<std::string, std::deque<Item>> queues_;  // none is empty
  std::deque<std::string> turns_;                   // the namespaces of queues_
  std::set<std::pair<std::size_t, std::string>> lengths_;
};

}  // namespace kube
