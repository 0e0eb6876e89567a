#include "kube/fence.h"

#include <gtest/gtest.h>

namespace kube {
namespace {

using namespace std::chrono_literals;

class FenceTest : public testing::Test {
 protected:
  bool closed() const { return !fence_.admit().ok(); }

  net::ManualClock clock_;
  Fence fence_{clock_};
};

TEST_F(FenceTest, is_closed_at_first) {
  const auto left = fence_.admit();
  ASSERT_FALSE(left.ok());
  EXPECT_EQ(left.error().code, net::ErrorCode::Cancelled);
  EXPECT_NE(left.error().message.find("does not hold the lease"), std::string::npos);
}

TEST_F(FenceTest, says_how_much_time_is_left) {
  fence_.open_until(clock_.steady() + 15s);
  EXPECT_EQ(*fence_.admit(), 15s);
  clock_.advance(14s);
  EXPECT_EQ(*fence_.admit(), 1s);
}

TEST_F(FenceTest, rejects_writes_once_another_process_may_hold_the_lease) {
  const net::SteadyTime until = clock_.steady() + 15s;
  fence_.open_until(until);
  clock_.advance(15s);
  EXPECT_TRUE(closed());
  EXPECT_EQ(fence_.valid_until(), until);
}

TEST_F(FenceTest, a_renewal_keeps_it_open_and_opens_it_again) {
  fence_.open_until(clock_.steady() + 15s);
  clock_.advance(20s);
  fence_.open_until(clock_.steady() + 15s);
  EXPECT_EQ(*fence_.admit(), 15s);
}

TEST_F(FenceTest, stays_closed_once_the_lease_was_given_up_before_its_time) {
  fence_.open_until(clock_.steady() + 15s);
  fence_.close();
  EXPECT_TRUE(closed());
  EXPECT_LT(fence_.valid_until(), clock_.steady());
}

TEST_F(FenceTest, admits_a_call_only_where_the_lease_outlives_its_deadline) {
  const auto admits_until = [&](net::Duration from_now) {
    const net::Status admitted = fence_.admit_until(clock_.steady() + from_now);
    if (!admitted.ok()) {
      EXPECT_EQ(admitted.error().code, net::ErrorCode::Cancelled);
    }
    return admitted.ok();
  };
  EXPECT_FALSE(admits_until(1s)) << "closed at first";
  fence_.open_until(clock_.steady() + 15s);
  EXPECT_TRUE(admits_until(10s));
  EXPECT_TRUE(admits_until(15s)) << "it has ended when another may begin";
  EXPECT_FALSE(admits_until(15s + 1ns));
  EXPECT_FALSE(admits_until(0s)) << "its time is over already";
  clock_.advance(6s);
  EXPECT_FALSE(admits_until(10s));
  fence_.open_until(clock_.steady() + 15s);
  EXPECT_TRUE(admits_until(10s)) << "the lease was renewed";
  fence_.close();
  EXPECT_FALSE(admits_until(1ns));
}

}  // namespace
}  // namespace kube
