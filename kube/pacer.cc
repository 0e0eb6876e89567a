#include "kube/pacer.h"

#include <algorithm>

namespace kube {

Pacer::Pacer(net::Clock& clock, PacerOptions options) : clock_(clock), options_(options) {}

net::Duration Pacer::delay(const NamespacedName& name) {
  const net::MutexLock lock(mutex_);
  const net::SteadyTime now = clock_.steady();
  forget_quiet(now);
  const auto [found, fresh] = by_name_.try_emplace(name);
  if (fresh)
    found->second = by_age_.insert(by_age_.end(), {.name = name, .in_a_row = 0, .last = now});
  else
    by_age_.splice(by_age_.end(), by_age_, found->second);
  Changed& changed = *found->second;
  changed.last = now;
  ++changed.in_a_row;
  if (changed.in_a_row <= options_.at_once) return net::Duration::zero();
  net::Duration delay = options_.first_delay;
  for (int i = options_.at_once + 1; i < changed.in_a_row && delay < options_.longest_delay; ++i)
    delay *= 2;
  return std::min(delay, options_.longest_delay);
}

std::size_t Pacer::remembered() const {
  const net::MutexLock lock(mutex_);
  return by_name_.size();
}

void Pacer::forget_quiet(net::SteadyTime now) {
  while (!by_age_.empty() && now - by_age_.front().last >= options_.quiet) {
    by_name_.erase(by_age_.front().name);
    by_age_.pop_front();
  }
}

}  // namespace kube
