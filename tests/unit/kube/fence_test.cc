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
  EXPECT_NE(left.error().message.find("the lease is not held"), std::string::npos);
}

TEST_F(FenceTest, says_how_much_time_is_left) {
  fence_.open_until(clock_.steady() + 15s);
  EXPECT_EQ(*fence_.admit(), 15s);
  clock_.advance(14s);
  EXPECT_EQ(*fence_.admit(), 1s);
}

TEST_F(FenceTest, admits_nothing_from_the_moment_on_at_which_the_lease_may_be_anothers) {
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

}  // namespace
}  // namespace kube
