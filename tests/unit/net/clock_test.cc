#include "net/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace net {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, stands_still_until_it_is_turned) {
  ManualClock clock;
  const SystemTime now = clock.now();
  const SteadyTime steady = clock.steady();
  EXPECT_EQ(clock.now(), now);
  clock.advance(90s);
  EXPECT_EQ(clock.now() - now, 90s);
  EXPECT_EQ(clock.steady() - steady, 90s);
}

TEST(ManualClock, wakes_a_sleeper_at_its_deadline_and_not_before) {
  ManualClock clock;
  std::atomic<bool> awake = false;
  std::jthread sleeper([&] {
    EXPECT_TRUE(clock.sleep(10s, {}));
    awake = true;
  });
  clock.await_waiters(1);
  clock.advance(9s);
  clock.await_waiters(1);
  EXPECT_FALSE(awake);
  clock.advance(1s);
  sleeper.join();
  EXPECT_TRUE(awake);
}

TEST(ManualClock, counts_only_waiters_whose_deadline_is_still_to_come) {
  ManualClock clock;
  std::vector<std::jthread> sleepers;
  sleepers.emplace_back([&] { clock.sleep(1s, {}); });
  sleepers.emplace_back([&] { clock.sleep(1h, {}); });
  clock.await_waiters(2);
  clock.advance(1s);
  sleepers.front().join();
  clock.await_waiters(1);
  clock.advance(1h);
}

TEST(ManualClock, loses_no_wake_up_while_threads_fall_asleep_and_the_clock_turns) {
  ManualClock clock;
  constexpr int kNaps = 500;
  std::atomic<int> asleep = 3;
  const auto nap = [&] {
    for (int i = 0; i < kNaps; ++i) clock.sleep(1ms, {});
    --asleep;
  };
  std::jthread a(nap), b(nap), c(nap);
  while (asleep > 0) clock.advance(1ms);
}

TEST(ManualClock, a_stop_ends_a_sleep_early) {
  ManualClock clock;
  std::jthread sleeper([&](std::stop_token stop) { EXPECT_FALSE(clock.sleep(10s, stop)); });
  clock.await_waiters(1);
  sleeper.request_stop();
}

TEST(ManualClock, a_notification_ends_a_wait_before_its_deadline) {
  ManualClock clock;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool ready = false;
  std::jthread waiter([&] {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(clock.wait_until(lock, changed, {}, clock.steady() + 10s, [&] { return ready; }));
  });
  clock.await_waiters(1);
  {
    const std::lock_guard guard(mutex);
    ready = true;
  }
  changed.notify_all();
}

TEST(SystemClock, a_wait_without_a_deadline_ends_with_a_stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  std::unique_lock lock(mutex);
  EXPECT_FALSE(system_clock().wait_until(lock, changed, source.get_token(), SteadyTime::max(),
                                         [] { return false; }));
}

TEST(SystemClock, sleeps_for_as_long_as_it_was_told) {
  const SteadyTime before = system_clock().steady();
  EXPECT_TRUE(system_clock().sleep(2ms, {}));
  EXPECT_GE(system_clock().steady() - before, 2ms);
}

}  // namespace
}  // namespace net
