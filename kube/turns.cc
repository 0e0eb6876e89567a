#include "kube/turns.h"

#include <iterator>

namespace kube {

void Turns::queue_up(const std::string& ns, Lane& lane) {
  lane.turn = next_turn_++;
  turns_.emplace_hint(turns_.end(), lane.turn, ns);
}

void Turns::add(std::uint64_t number, const NamespacedName& key) {
  const auto [lane, fresh] = lanes_.try_emplace(key.namespace_);
  lane->second.keys.emplace(number, key);
  ++size_;
  if (fresh) queue_up(lane->first, lane->second);
}

void Turns::remove(std::uint64_t number, const NamespacedName& key) {
  const auto lane = lanes_.find(key.namespace_);
  if (lane == lanes_.end() || lane->second.keys.erase(number) == 0) return;
  --size_;
  if (!lane->second.keys.empty()) return;
  turns_.erase(lane->second.turn);
  lanes_.erase(lane);
}

NamespacedName Turns::take() {
  const auto turn = turns_.begin();
  const auto lane = lanes_.find(turn->second);
  turns_.erase(turn);
  NamespacedName key = lane->second.keys.extract(lane->second.keys.begin()).mapped();
  --size_;
  if (lane->second.keys.empty())
    lanes_.erase(lane);
  else
    queue_up(lane->first, lane->second);
  return key;
}

}  // namespace kube
