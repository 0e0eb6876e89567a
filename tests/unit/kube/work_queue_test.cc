#include "kube/work_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kube {
namespace {

using namespace std::chrono_literals;
using net::ManualClock;

const NamespacedName kA{"ns", "a"};
const NamespacedName kB{"ns", "b"};
const NamespacedName kC{"ns", "c"};

class WorkQueueTest : public testing::Test {
 protected:
  // The name of the next key, which is not given back yet; "" where nothing is ready.
  std::string next() {
    if (queue_.depth() == 0) return "";
    return queue_.get({})->key.name;
  }

  ManualClock clock_;
  WorkQueue queue_{clock_, {.base_delay = 5ms, .max_delay = 1s}};
};

TEST_F(WorkQueueTest, a_key_added_twice_is_handed_out_once) {
  queue_.add(kA);
  queue_.add(kA);
  EXPECT_EQ(queue_.depth(), 1u);
  EXPECT_EQ(next(), "a");
  queue_.done(kA);
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, keys_of_one_priority_are_handed_out_in_the_order_in_which_they_came) {
  queue_.add(kB);
  queue_.add(kA);
  queue_.add(kC);
  queue_.add(kB);
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "c");
}

TEST_F(WorkQueueTest, a_key_added_while_it_is_worked_on_is_handed_out_again_afterwards) {
  queue_.add(kA);
  EXPECT_EQ(next(), "a");
  queue_.add(kA);
  EXPECT_EQ(next(), "");
  queue_.done(kA);
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, another_key_is_handed_out_while_one_is_worked_on) {
  queue_.add(kA);
  EXPECT_EQ(next(), "a");
  queue_.add(kA);
  queue_.add(kB);
  EXPECT_EQ(next(), "b");
}

TEST_F(WorkQueueTest, an_edit_overtakes_the_start_up_list) {
  queue_.add(kA, Priority::Low);
  queue_.add(kB, Priority::Low);
  queue_.add(kC, Priority::Normal);
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "b");
}

TEST_F(WorkQueueTest, an_edit_of_a_listed_key_raises_it) {
  queue_.add(kA, Priority::Low);
  queue_.add(kB, Priority::Low);
  queue_.add(kB, Priority::Normal);
  EXPECT_EQ(queue_.depth(), 2u);
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, a_resync_does_not_lower_an_edit) {
  queue_.add(kA, Priority::Normal);
  queue_.add(kA, Priority::Low);
  EXPECT_EQ(queue_.get({})->priority, Priority::Normal);
}

TEST_F(WorkQueueTest, a_key_added_again_while_it_is_worked_on_keeps_the_higher_priority) {
  queue_.add(kA, Priority::Low);
  EXPECT_EQ(queue_.get({})->priority, Priority::Low);
  queue_.add(kA, Priority::Normal);
  queue_.add(kA, Priority::Low);
  queue_.add(kB, Priority::Low);
  queue_.done(kA);
  const auto again = queue_.get({});
  EXPECT_EQ(again->key, kA);
  EXPECT_EQ(again->priority, Priority::Normal);
}

// --- Turns

std::vector<NamespacedName> many(const std::string& ns, int count) {
  std::vector<NamespacedName> keys;
  for (int i = 0; i < count; ++i) keys.push_back({ns, ns + std::to_string(i)});
  return keys;
}

TEST_F(WorkQueueTest, namespaces_take_turns_however_many_keys_one_of_them_adds) {
  queue_.add_all(many("a", 1000));
  queue_.add({"b", "b0"});
  queue_.add({"b", "b1"});
  EXPECT_EQ(next(), "a0");
  EXPECT_EQ(next(), "b0");
  EXPECT_EQ(next(), "a1");
  EXPECT_EQ(next(), "b1");
  EXPECT_EQ(next(), "a2");
}

TEST_F(WorkQueueTest, a_namespace_that_comes_back_waits_for_one_turn_of_each_other) {
  queue_.add_all(many("a", 10));
  queue_.add_all(many("b", 10));
  for (int i = 0; i < 4; ++i) next();
  queue_.add({"c", "c0"});
  std::string taken;
  for (int i = 0; i < 3; ++i) taken += next();
  EXPECT_NE(taken.find("c0"), std::string::npos) << taken;
}

// The property that no namespace can be starved, whatever the others add and whenever: a key waits
// for at most one turn of each other namespace for each earlier key of its own, and five times as
// long if it is Low.
TEST_F(WorkQueueTest, a_key_waits_for_no_more_turns_than_there_are_namespaces) {
  constexpr int kNamespaces = 7;
  for (const Priority priority : {Priority::Normal, Priority::Low}) {
    const int bound = priority == Priority::Normal ? kNamespaces : 5 * kNamespaces;
    for (int ns = 1; ns < kNamespaces; ++ns) {
      queue_.add_all(many("busy" + std::to_string(ns), 200));
      queue_.add_all(many("list" + std::to_string(ns), 200), Priority::Low);
    }
    queue_.add({"victim", "victim"}, priority);
    int turns = 0;
    for (std::string taken; taken != "victim"; ++turns) {
      ASSERT_LE(turns, bound);
      const auto item = queue_.get({});
      taken = item->key.name;
      queue_.done(item->key);
      if (taken != "victim") queue_.add(item->key, item->priority);  // without end
    }
  }
}

TEST_F(WorkQueueTest, low_gets_every_fifth_turn) {
  queue_.add_all(many("a", 100));
  queue_.add_all(many("b", 100), Priority::Low);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(next().front(), 'a');
    EXPECT_EQ(next().front(), 'b');
  }
}

TEST_F(WorkQueueTest, a_key_that_is_raised_leaves_no_turn_behind) {
  queue_.add({"a", "x"}, Priority::Low);
  queue_.add({"a", "x"}, Priority::Normal);
  queue_.add({"b", "y"}, Priority::Low);
  EXPECT_EQ(queue_.depth(), 2u);
  EXPECT_EQ(next(), "x");
  EXPECT_EQ(next(), "y");
  EXPECT_EQ(queue_.depth(), 0u);
}

TEST_F(WorkQueueTest, many_added_at_once_are_each_handed_out_once) {
  queue_.add({"a", "a7"});
  queue_.add_all(many("a", 2000));
  EXPECT_EQ(queue_.depth(), 2000u);
  EXPECT_EQ(next(), "a7") << "it came first";
}

TEST_F(WorkQueueTest, many_added_with_a_delay_are_handed_out_when_it_has_passed) {
  queue_.add_all(many("a", 10), Priority::Normal, 5s);
  EXPECT_EQ(next(), "");
  clock_.advance(5s);
  EXPECT_EQ(queue_.depth(), 10u);
}

TEST_F(WorkQueueTest, a_delayed_key_is_handed_out_when_its_time_has_come) {
  queue_.add_after(kA, 10s);
  clock_.advance(9s);
  EXPECT_EQ(next(), "");
  clock_.advance(1s);
  EXPECT_EQ(queue_.depth(), 1u);
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, no_delay_at_all_is_now) {
  queue_.add_after(kA, 0s);
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, of_two_delays_the_shorter_holds) {
  queue_.add_after(kA, 10s);
  queue_.add_after(kA, 2s);
  queue_.add_after(kA, 20s);
  clock_.advance(2s);
  EXPECT_EQ(next(), "a");
  queue_.done(kA);
  clock_.advance(1h);
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, adding_now_removes_the_delay) {
  queue_.add_after(kA, 10s);
  queue_.add(kA);
  EXPECT_EQ(next(), "a");
  queue_.done(kA);
  clock_.advance(1h);
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, what_was_due_first_is_handed_out_first) {
  queue_.add_after(kA, 30s);
  queue_.add_after(kB, 10s);
  queue_.add_after(kC, 20s);
  clock_.advance(1min);
  EXPECT_EQ(queue_.depth(), 3u);
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, a_delay_that_ends_while_its_key_is_worked_on_waits_until_that_is_done) {
  queue_.add(kA);
  EXPECT_EQ(next(), "a");
  queue_.add_after(kA, 1s);
  clock_.advance(1s);
  EXPECT_EQ(next(), "");
  queue_.add(kB);
  EXPECT_EQ(next(), "b");
  queue_.done(kA);
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, a_delay_longer_than_time_itself_never_ends) {
  queue_.add_after(kA, net::Duration::max());
  clock_.advance(24h);
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, each_retry_of_a_key_waits_twice_as_long_up_to_the_limit) {
  for (const auto delay : {5ms, 10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1000ms, 1000ms}) {
    queue_.add_rate_limited(kA);
    clock_.advance(delay - 1ms);
    EXPECT_EQ(next(), "") << delay.count();
    clock_.advance(1ms);
    EXPECT_EQ(next(), "a") << delay.count();
    queue_.done(kA);
  }
  EXPECT_EQ(queue_.failures(kA), 10);
}

TEST_F(WorkQueueTest, retries_of_one_key_do_not_delay_another) {
  for (int i = 0; i < 5; ++i) queue_.add_rate_limited(kA);
  EXPECT_EQ(queue_.failures(kB), 0);
  queue_.add_rate_limited(kB);
  clock_.advance(5ms);
  EXPECT_EQ(next(), "a");  // its first delay was as short, and the shortest holds
  EXPECT_EQ(next(), "b");
}

TEST_F(WorkQueueTest, a_forgotten_key_begins_with_the_first_delay_again) {
  for (int i = 0; i < 5; ++i) queue_.add_rate_limited(kA);
  clock_.advance(5ms);
  EXPECT_EQ(next(), "a");
  queue_.forget(kA);
  EXPECT_EQ(queue_.failures(kA), 0);
  queue_.done(kA);
  queue_.add_rate_limited(kA);
  clock_.advance(5ms);
  EXPECT_EQ(next(), "a");
}

TEST_F(WorkQueueTest, once_stopped_nothing_is_handed_out_though_keys_wait) {
  std::stop_source stop;
  queue_.add(kA);
  stop.request_stop();
  EXPECT_FALSE(queue_.get(stop.get_token()).has_value());
  EXPECT_EQ(queue_.depth(), 1u);
}

// A thread that gets one key.
struct Getter {
  explicit Getter(WorkQueue& queue)
      : thread([this, &queue](std::stop_token stop) { item = queue.get(stop); }) {}
  std::optional<WorkQueue::Item> wait() {
    thread.join();
    return item;
  }
  std::optional<WorkQueue::Item> item;
  std::jthread thread;
};

TEST_F(WorkQueueTest, a_stop_ends_a_wait) {
  Getter getter(queue_);
  getter.thread.request_stop();
  EXPECT_FALSE(getter.wait().has_value());
}

TEST_F(WorkQueueTest, a_waiting_worker_gets_what_is_added) {
  Getter getter(queue_);
  queue_.add(kA);
  EXPECT_EQ(getter.wait()->key, kA);
}

TEST_F(WorkQueueTest, a_waiting_worker_gets_a_delayed_key_when_its_time_has_come) {
  queue_.add_after(kA, 10s);
  Getter getter(queue_);
  clock_.await_waiters(1);
  clock_.advance(10s);
  EXPECT_EQ(getter.wait()->key, kA);
}

TEST_F(WorkQueueTest, a_shorter_delay_wakes_the_workers_that_wait_for_a_longer_one) {
  queue_.add_after(kA, 1h);
  Getter getter(queue_);
  clock_.await_waiters(1);
  queue_.add_after(kB, 1s);
  clock_.advance(1s);
  EXPECT_EQ(getter.wait()->key, kB);
}

TEST_F(WorkQueueTest, every_waiting_worker_learns_of_a_delay) {
  Getter one(queue_);
  Getter two(queue_);
  queue_.add_after(kA, 1s);
  queue_.add_after(kB, 2s);
  clock_.await_waiters(2);
  clock_.advance(1s);
  clock_.await_waiters(1);  // one has kA and keeps it
  clock_.advance(1s);
  EXPECT_NE(one.wait()->key, two.wait()->key);
}

TEST_F(WorkQueueTest, giving_back_a_key_that_was_added_meanwhile_wakes_a_waiting_worker) {
  queue_.add(kA);
  EXPECT_EQ(next(), "a");
  queue_.add(kA);
  Getter getter(queue_);
  queue_.done(kA);
  EXPECT_EQ(getter.wait()->key, kA);
}

TEST_F(WorkQueueTest, two_workers_never_have_one_key_at_once_and_no_addition_is_lost) {
  constexpr int kKeys = 5;
  constexpr int kWorkers = 4;
  constexpr int kAdditions = 4000;
  struct Key {
    std::atomic<int> added{0};
    std::atomic<int> worked{0};  // the number of additions when the last piece of work began
    std::atomic<int> workers{0};
  };
  std::array<Key, kKeys> keys;
  std::atomic<bool> overlapped{false};
  std::mutex mutex;
  std::condition_variable progress;
  std::stop_source stop;
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&] {
      while (const auto item = queue_.get(stop.get_token())) {
        Key& key = keys[std::stoul(item->key.name)];
        if (key.workers.fetch_add(1) != 0) overlapped = true;
        const int added = key.added;
        std::this_thread::yield();
        key.workers.fetch_sub(1);
        {
          const std::lock_guard lock(mutex);
          key.worked = added;
        }
        queue_.done(item->key);
        progress.notify_all();
      }
    });
  }
  for (int i = 0; i < kAdditions; ++i) {
    const int key = i % kKeys;
    ++keys[key].added;
    queue_.add({"", std::to_string(key)}, i % 3 == 0 ? Priority::Low : Priority::Normal);
  }
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(progress.wait_for(lock, 10s, [&] {
      for (const Key& key : keys) {
        if (key.worked != key.added) return false;
      }
      return true;
    }));
  }
  stop.request_stop();
  workers.clear();
  EXPECT_FALSE(overlapped);
}

}  // namespace
}  // namespace kube
