#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <vector>

namespace net {
namespace {

TEST(WorkerPool, starts_a_thread_only_when_none_is_free) {
  WorkerPool pool(3, 10);
  EXPECT_EQ(pool.started(), 0U);
  std::latch leave(1);
  std::latch first_two(2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(pool.try_post([&] {
      first_two.count_down();
      leave.wait();
    }));
  }
  first_two.wait();
  EXPECT_EQ(pool.started(), 2U);
  leave.count_down();
}

TEST(WorkerPool, refuses_what_neither_runs_nor_may_wait) {
  WorkerPool pool(1, 1);
  std::latch leave(1);
  std::promise<void> entered;
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.try_post([&] {
    entered.set_value();
    leave.wait();
  }));
  entered.get_future().wait();
  std::promise<void> done;
  EXPECT_TRUE(pool.try_post([&] {
    ++ran;
    done.set_value();
  }));
  EXPECT_FALSE(pool.try_post([&] { ++ran; }));
  leave.count_down();
  done.get_future().wait();
  EXPECT_EQ(ran, 1);
}

TEST(WorkerPool, a_stop_waits_for_what_runs_and_drops_what_waits) {
  std::atomic<int> ran = 0;
  WorkerPool pool(1, 100'000'000);
  std::promise<void> entered;
  std::promise<void> leave;
  pool.try_post([&] {
    entered.set_value();
    leave.get_future().wait();
    ++ran;
  });
  entered.get_future().wait();
  pool.try_post([&] { ran += 10; });
  auto stopped = std::async(std::launch::async, [&] { pool.stop(); });
  while (pool.try_post([] {})) std::this_thread::yield();  // until it has begun to stop
  leave.set_value();
  stopped.get();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(pool.try_post([] {}));
}

}  // namespace
}  // namespace net
