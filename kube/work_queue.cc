#include "kube/work_queue.h"

#include <algorithm>

#include "kube/metrics.h"

namespace kube {
namespace {

// The share of Low: one turn after so many of Normal.
constexpr int kNormalInARow = 4;
// How many keys add_all() takes under the lock before workers get a chance.
constexpr std::size_t kBatch = 512;

net::SteadyTime after(net::SteadyTime now, net::Duration delay) {
  return delay < net::SteadyTime::max() - now ? now + delay : net::SteadyTime::max();
}

}  // namespace

WorkQueue::WorkQueue(net::Clock& clock, WorkQueueOptions options, WorkQueueMetrics* metrics)
    : clock_(clock), options_(options), metrics_(metrics) {}

void WorkQueue::add(const NamespacedName& key, Priority priority) {
  {
    const net::MutexLock lock(mutex_);
    insert(key, priority, clock_.steady());
    report_depth();
  }
  changed_.notify_all();
}

void WorkQueue::add_all(const std::vector<NamespacedName>& keys, Priority priority,
                        net::Duration delay) {
  for (std::size_t begin = 0; begin < keys.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, keys.size());
    {
      const net::MutexLock lock(mutex_);
      const net::SteadyTime due = after(clock_.steady(), delay);
      for (std::size_t i = begin; i < end; ++i) insert(keys[i], priority, due);
      report_depth();
    }
    changed_.notify_all();
  }
}

void WorkQueue::add_after(const NamespacedName& key, net::Duration delay, Priority priority) {
  if (delay > net::Duration::zero() && metrics_ != nullptr) metrics_->retried();
  {
    const net::MutexLock lock(mutex_);
    insert(key, priority, after(clock_.steady(), delay));
    report_depth();
  }
  changed_.notify_all();
}

void WorkQueue::add_rate_limited(const NamespacedName& key, Priority priority) {
  net::Duration delay = options_.base_delay;
  {
    const net::MutexLock lock(mutex_);
    int& failures = failures_[key];
    for (int i = 0; i < failures && delay < options_.max_delay; ++i) delay *= 2;
    ++failures;
  }
  add_after(key, std::min(delay, options_.max_delay), priority);
}

void WorkQueue::forget(const NamespacedName& key) {
  const net::MutexLock lock(mutex_);
  failures_.erase(key);
}

int WorkQueue::failures(const NamespacedName& key) const {
  const net::MutexLock lock(mutex_);
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

std::optional<WorkQueue::Item> WorkQueue::get(std::stop_token stop) {
  net::MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const net::SteadyTime now = clock_.steady();
    promote_due(now);
    if (any_ready()) return take(whose_turn(), now);
    const net::SteadyTime deadline = next_due();
    clock_.wait_until(lock, changed_, stop, deadline,
                      [&]() NET_REQUIRES(mutex_) { return any_ready() || next_due() < deadline; });
  }
  return std::nullopt;
}

void WorkQueue::done(const NamespacedName& key) {
  {
    const net::MutexLock lock(mutex_);
    working_.erase(key);
    if (metrics_ != nullptr) metrics_->done(key);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.state != State::Held) return;
    make_ready(key, found->second);
    report_depth();
  }
  changed_.notify_all();
}

std::size_t WorkQueue::depth() const {
  const net::MutexLock lock(mutex_);
  const net::SteadyTime now = clock_.steady();
  std::size_t count = ready_[0].size() + ready_[1].size();
  for (const auto& [when, key] : delayed_) {
    if (when.first > now) break;
    if (!working_.contains(key)) ++count;
  }
  return count;
}

void WorkQueue::insert(const NamespacedName& key, Priority priority, net::SteadyTime due) {
  const net::SteadyTime now = clock_.steady();
  const auto [found, fresh] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (fresh) {
    entry = {State::Delayed, priority, next_number_++, due};
    delayed_.emplace(std::pair{due, entry.number}, key);
  } else {
    raise(key, entry, priority);
    if (entry.state == State::Delayed && due < entry.since) {
      delayed_.erase({entry.since, entry.number});
      entry.since = due;
      delayed_.emplace(std::pair{due, entry.number}, key);
    }
  }
  promote_due(now);
}

void WorkQueue::raise(const NamespacedName& key, Entry& entry, Priority priority) {
  if (priority <= entry.priority) return;
  if (entry.state == State::Ready) {
    ready(entry.priority).remove(entry.number, key);
    ready(priority).add(entry.number, key);
  }
  entry.priority = priority;
}

void WorkQueue::make_available(const NamespacedName& key, Entry& entry, net::SteadyTime since) {
  entry.since = since;
  entry.number = next_number_++;
  if (metrics_ != nullptr) metrics_->added();
  if (working_.contains(key)) {
    entry.state = State::Held;
  } else {
    make_ready(key, entry);
  }
}

void WorkQueue::make_ready(const NamespacedName& key, Entry& entry) {
  entry.state = State::Ready;
  ready(entry.priority).add(entry.number, key);
}

void WorkQueue::promote_due(net::SteadyTime now) {
  while (!delayed_.empty() && next_due() <= now) {
    const auto due = delayed_.extract(delayed_.begin());
    make_available(due.mapped(), entries_.at(due.mapped()), due.key().first);
  }
}

Lanes& WorkQueue::whose_turn() {
  const bool low_waits = !ready(Priority::Low).empty();
  const bool normal_waits = !ready(Priority::Normal).empty();
  if (normal_waits && !(low_waits && normal_in_a_row_ >= kNormalInARow)) {
    normal_in_a_row_ = low_waits ? normal_in_a_row_ + 1 : 0;
    return ready(Priority::Normal);
  }
  normal_in_a_row_ = 0;
  return ready(Priority::Low);
}

WorkQueue::Item WorkQueue::take(Lanes& ready, net::SteadyTime now) {
  Item item{ready.take(), Priority::Normal};
  const auto entry = entries_.find(item.key);
  item.priority = entry->second.priority;
  if (metrics_ != nullptr) metrics_->got(item.key, now - entry->second.since);
  entries_.erase(entry);
  working_.insert(item.key);
  report_depth();
  return item;
}

net::SteadyTime WorkQueue::next_due() const {
  return delayed_.empty() ? net::SteadyTime::max() : delayed_.begin()->first.first;
}

bool WorkQueue::any_ready() const { return !ready_[0].empty() || !ready_[1].empty(); }

void WorkQueue::report_depth() {
  if (metrics_ == nullptr) return;
  metrics_->depth(static_cast<int>(ready(Priority::Normal).size()),
                  static_cast<int>(ready(Priority::Low).size()));
}

}  // namespace kube
