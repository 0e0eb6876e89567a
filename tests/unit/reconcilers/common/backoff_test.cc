#include "reconcilers/common/backoff.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

TEST(UnreachableBackoff, it_begins_with_5_s_and_doubles_to_5_min) {
  const std::vector<net::Duration> least{5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s};
  for (std::size_t i = 0; i < least.size(); ++i) {
    const net::Duration wait = unreachable_backoff(static_cast<int>(i) + 1, "uid");
    EXPECT_GE(wait, least[i]) << i;
    EXPECT_LE(wait, least[i] * 6 / 5) << i;
  }
}

TEST(UnreachableBackoff, many_failures_do_not_overflow) {
  EXPECT_LE(unreachable_backoff(1'000'000, "uid"), 6min);
  EXPECT_GE(unreachable_backoff(1'000'000, "uid"), 5min);
}

TEST(UnreachableBackoff, different_objects_come_back_at_different_times) {
  std::set<net::Duration> different;
  for (int i = 0; i < 100; ++i)
    different.insert(unreachable_backoff(7, "uid-" + std::to_string(i)));
  EXPECT_GT(different.size(), 50U);
}

TEST(Spread, stays_within_its_fraction_and_is_the_same_for_the_same_object) {
  for (int i = 0; i < 100; ++i) {
    const std::string uid = "uid-" + std::to_string(i);
    const net::Duration longer = spread(100s, 0.2, uid);
    EXPECT_GE(longer, 100s) << uid;
    EXPECT_LE(longer, 120s) << uid;
    EXPECT_EQ(longer, spread(100s, 0.2, uid));
    const net::Duration shorter = spread(100s, -0.1, uid);
    EXPECT_GE(shorter, 90s) << uid;
    EXPECT_LE(shorter, 100s) << uid;
  }
}

}  // namespace
}  // namespace reconcilers
