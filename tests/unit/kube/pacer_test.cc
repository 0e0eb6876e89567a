#include "kube/pacer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace kube {
namespace {

using namespace std::chrono_literals;

const NamespacedName kBusy{"ns", "busy"};

class PacerTest : public testing::Test {
 protected:
  net::ManualClock clock_;
  Pacer pacer_{clock_, {.at_once = 3, .first_delay = 1s, .longest_delay = 4s, .quiet = 1min}};
};

TEST_F(PacerTest, the_first_changes_are_taken_up_at_once_and_the_next_ones_later_and_later) {
  for (const auto delay : {0s, 0s, 0s, 1s, 2s, 4s, 4s}) {
    EXPECT_EQ(pacer_.delay(kBusy), delay);
    clock_.advance(1s);
  }
}

TEST_F(PacerTest, one_that_changes_all_the_time_delays_no_other) {
  for (int i = 0; i < 100; ++i) pacer_.delay(kBusy);
  EXPECT_EQ(pacer_.delay({"ns", "quiet"}), 0s);
  EXPECT_EQ(pacer_.delay({"other", "busy"}), 0s);
}

TEST_F(PacerTest, after_a_quiet_while_all_is_forgotten) {
  for (int i = 0; i < 100; ++i) pacer_.delay(kBusy);
  clock_.advance(59s);
  EXPECT_EQ(pacer_.delay(kBusy), 4s);
  clock_.advance(1min);
  EXPECT_EQ(pacer_.delay(kBusy), 0s);
}

TEST_F(PacerTest, it_remembers_no_more_than_what_changed_of_late) {
  for (int i = 0; i < 1000; ++i) {
    pacer_.delay({"ns", std::to_string(i)});
    clock_.advance(1s);
  }
  EXPECT_LE(pacer_.remembered(), 60u);
}

}  // namespace
}  // namespace kube
