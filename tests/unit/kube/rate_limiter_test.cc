#include "kube/rate_limiter.h"

#include <gtest/gtest.h>

#include <thread>

namespace {

using kube::RateLimiter;
using namespace std::chrono_literals;

class RateLimiterTest : public testing::Test {
 protected:
  net::Duration wait(RateLimiter& limiter) {
    const auto waited = limiter.wait({});
    EXPECT_TRUE(waited);
    return waited.value_or(net::Duration{-1});
  }
  // wait() on another thread, for which the clock has to be turned by `by`.
  net::Duration wait_while_time_passes(RateLimiter& limiter, net::Duration by) {
    net::Duration waited{0};
    {
      std::jthread waiter([&] { waited = wait(limiter); });
      clock.await_waiters(1);
      clock.advance(by);
    }
    return waited;
  }

  net::ManualClock clock;
};

TEST_F(RateLimiterTest, lets_a_burst_through_and_then_one_at_a_time) {
  RateLimiter limiter({.qps = 4, .burst = 3}, clock);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(wait(limiter), 0s);
  EXPECT_EQ(wait_while_time_passes(limiter, 250ms), 250ms);
  EXPECT_EQ(wait_while_time_passes(limiter, 250ms), 250ms);
}

TEST_F(RateLimiterTest, saves_up_no_more_than_a_burst) {
  RateLimiter limiter({.qps = 1, .burst = 2}, clock);
  clock.advance(1h);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(wait(limiter), 0s);
  EXPECT_EQ(wait_while_time_passes(limiter, 1s), 1s);
}

TEST_F(RateLimiterTest, half_of_what_was_used_is_back_after_half_the_time) {
  RateLimiter limiter({.qps = 2, .burst = 4}, clock);
  for (int i = 0; i < 4; ++i) wait(limiter);
  clock.advance(1s);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(wait(limiter), 0s);
  EXPECT_EQ(wait_while_time_passes(limiter, 500ms), 500ms);
}

TEST_F(RateLimiterTest, a_stop_ends_the_wait) {
  RateLimiter limiter({.qps = 0.001, .burst = 1}, clock);
  wait(limiter);
  std::stop_source stop;
  std::optional<net::Duration> waited{0s};
  {
    std::jthread waiter([&] { waited = limiter.wait(stop.get_token()); });
    clock.await_waiters(1);
    stop.request_stop();
  }
  EXPECT_EQ(waited, std::nullopt);
}

}  // namespace
