// The queue between what changed and who reconciles. After client-go's util/workqueue and
// controller-runtime's priorityqueue ("max of the passed priorities and the min of possible
// durations"), and fair beyond both.
//
// Guaranteed:
//  - No addition is lost: after each add() a worker gets the key once more, from the beginning of
//    its work on. A key that is added while it waits is handed out once; one that is added while a
//    worker has it is handed out again after done(). Two workers never have one key at once.
//  - Namespaces take turns within a priority: with n of them waiting, each gets every n-th turn,
//    however many keys the others have. Within a namespace and a priority, the key that came (or
//    was due) first is first.
//  - Low gets every fifth turn while it waits, however much is Normal.
//  - add(), add_after(), get() and done() take O(log n) under the lock; add_all() and what becomes
//    due at one moment, that for each key.
// Not guaranteed:
//  - An order between keys of different namespaces or priorities.
//  - An equal share of the workers' time: a turn is one key, however long the work on it takes.
//  - That a delay ends on time: while all workers are busy, the key waits for its turn.
//  - Anything after the process has ended: a start-up list adds all keys again.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "kube/lanes.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/mutex.h"

namespace kube {

// Low is for what a start-up list or a resync brings: somebody's edit overtakes it.
enum class Priority { Low, Normal };

class WorkQueueMetrics;

struct WorkQueueOptions {
  net::Duration base_delay = std::chrono::milliseconds{5};  // of the first retry; doubling
  net::Duration max_delay = std::chrono::seconds{1000};
};

// Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(net::Clock& clock = net::system_clock(), WorkQueueOptions options = {},
                     WorkQueueMetrics* metrics = nullptr);

  void add(const NamespacedName& key, Priority priority = Priority::Normal);
  // Not before `delay` has passed; of two delays the shorter holds.
  void add_after(const NamespacedName& key, net::Duration delay,
                 Priority priority = Priority::Normal);
  // Many at once. The lock is given up now and then, so that workers go on meanwhile.
  void add_all(const std::vector<NamespacedName>& keys, Priority priority = Priority::Normal,
               net::Duration delay = net::Duration::zero());
  // After this key's own exponential delay. A retry keeps the priority that its key was handed out
  // with.
  void add_rate_limited(const NamespacedName& key, Priority priority = Priority::Low);
  // Resets that delay.
  void forget(const NamespacedName& key);
  int failures(const NamespacedName& key) const;

  struct Item {
    NamespacedName key;
    Priority priority = Priority::Normal;
  };
  // Blocks for the next key; nothing once a stop is requested. Each key got must be given back by
  // done().
  std::optional<Item> get(std::stop_token stop);
  void done(const NamespacedName& key);

  std::size_t depth() const;  // ready to be handed out

 private:
  // A key is in at most one of these, however often it was added.
  enum class State {
    Delayed,  // until `since`
    Ready,    // to be handed out
    Held,     // until the worker that has this key is done with it
  };
  struct Entry {
    State state = State::Ready;
    Priority priority = Priority::Normal;
    std::uint64_t number = 0;  // first come (or due), first served within a priority
    net::SteadyTime since;     // due (Delayed) or waiting (Ready, Held) since then
  };

  void insert(const NamespacedName& key, Priority priority, net::SteadyTime due)
      NET_REQUIRES(mutex_);
  void raise(const NamespacedName& key, Entry& entry, Priority priority) NET_REQUIRES(mutex_);
  void make_available(const NamespacedName& key, Entry& entry, net::SteadyTime since)
      NET_REQUIRES(mutex_);
  void make_ready(const NamespacedName& key, Entry& entry) NET_REQUIRES(mutex_);
  void promote_due(net::SteadyTime now) NET_REQUIRES(mutex_);
  Lanes& whose_turn() NET_REQUIRES(mutex_);
  Item take(Lanes& ready, net::SteadyTime now) NET_REQUIRES(mutex_);
  net::SteadyTime next_due() const NET_REQUIRES(mutex_);
  bool any_ready() const NET_REQUIRES(mutex_);
  void report_depth() NET_REQUIRES(mutex_);
  Lanes& ready(Priority priority) NET_REQUIRES(mutex_) {
    return ready_[static_cast<std::size_t>(priority)];
  }

  net::Clock& clock_;
  const WorkQueueOptions options_;
  WorkQueueMetrics* const metrics_;

  mutable net::Mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<NamespacedName, Entry> entries_ NET_GUARDED_BY(mutex_);
  std::array<Lanes, 2> ready_ NET_GUARDED_BY(mutex_);  // by Priority
  int normal_in_a_row_ NET_GUARDED_BY(mutex_) = 0;     // turns that Normal has had while Low waited
  std::map<std::pair<net::SteadyTime, std::uint64_t>, NamespacedName> delayed_
      NET_GUARDED_BY(mutex_);
  std::unordered_set<NamespacedName> working_ NET_GUARDED_BY(mutex_);
  std::unordered_map<NamespacedName, int> failures_ NET_GUARDED_BY(mutex_);
  std::uint64_t next_number_ NET_GUARDED_BY(mutex_) = 0;
};

}  // namespace kube
