#include "reconcilers/common/condition_writer.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using kube::Condition;
using kube::ConditionStatus;

constexpr auto kTrue = ConditionStatus::True;
constexpr auto kFalse = ConditionStatus::False;
const net::SystemTime kNow = gen::start + 1h;

class ConditionWriterTest : public testing::Test {
 protected:
  const kube::Conditions before{gen::Condition("Ready", kTrue, "Configured", "Fine."),
                                gen::Condition("Kept", kFalse, "Why", "Said before.")};
  kube::Conditions after;
  ConditionWriter conditions{before, after, 3, kNow};
};

TEST_F(ConditionWriterTest, what_is_kept_holds_for_the_new_generation_too) {
  const Condition* kept = conditions.now("Kept");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->message, "Said before.");
  EXPECT_EQ(kept->observed_generation, 3);
  EXPECT_EQ(kept->last_transition_time, gen::start);
  EXPECT_EQ(conditions.before("Kept")->observed_generation, 1);
}

TEST_F(ConditionWriterTest, a_condition_that_is_set_is_about_this_generation) {
  conditions.set("New", kFalse, "Why", "It said no.");
  const Condition expected{.type = "New",
                           .status = kFalse,
                           .observed_generation = 3,
                           .last_transition_time = kNow,
                           .reason = "Why",
                           .message = "It said no."};
  EXPECT_EQ(*conditions.now("New"), expected);
}

TEST_F(ConditionWriterTest, a_status_that_comes_back_within_a_decision_is_no_transition) {
  conditions.set("Ready", kFalse, "Pending", "On the way.");
  EXPECT_EQ(conditions.now("Ready")->last_transition_time, kNow);
  conditions.set("Ready", kTrue, "Configured", "Fine again.");
  EXPECT_EQ(conditions.now("Ready")->last_transition_time, gen::start);
}

TEST_F(ConditionWriterTest, one_that_is_removed_is_gone_and_known_from_before) {
  conditions.remove("Kept");
  EXPECT_EQ(conditions.now("Kept"), nullptr);
  EXPECT_NE(conditions.before("Kept"), nullptr);
}

TEST_F(ConditionWriterTest, a_turn_is_an_event_of_its_reason_and_message) {
  conditions.set("Ready", kFalse, "Rejected", "It said no.");
  auto turn = conditions.turn("Ready");
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->type, kube::EventType::Warning);
  EXPECT_EQ(turn->reason, "Rejected");
  EXPECT_EQ(turn->note, "It said no.");
  conditions.set("Kept", kTrue, "Better", "It said yes.");
  turn = conditions.turn("Kept");
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->type, kube::EventType::Normal);
}

TEST_F(ConditionWriterTest, another_message_an_unknown_or_an_absent_condition_is_no_turn) {
  conditions.set("Ready", kTrue, "Configured", "In other words.");
  EXPECT_FALSE(conditions.turn("Ready"));
  conditions.set("Ready", ConditionStatus::Unknown, "Pending", "On the way.");
  EXPECT_FALSE(conditions.turn("Ready"));
  EXPECT_FALSE(conditions.turn("Absent"));
}

TEST(SetProgress, stalled_or_reconciling_is_there_only_while_it_is_true) {
  using namespace api;
  const auto types = [](ConditionStatus status, bool passes) {
    kube::Conditions conditions{gen::Condition(condition::stalled, kTrue, "Old"),
                                gen::Condition(condition::reconciling, kTrue, "Old")};
    Condition ready = gen::Condition(condition::ready, status, "Why", "Because.");
    ready.observed_generation = 3;
    set_progress(conditions, ready, passes, kNow);
    for (const Condition& each : conditions) {
      EXPECT_EQ(each.status, kTrue);
      EXPECT_EQ(each.reason, "Why");
      EXPECT_EQ(each.message, "Because.");
      EXPECT_EQ(each.observed_generation, 3);
    }
    return conditions.size() == 1 ? conditions.front().type : std::to_string(conditions.size());
  };
  EXPECT_EQ(types(kTrue, true), "0");
  EXPECT_EQ(types(kFalse, true), condition::reconciling);
  EXPECT_EQ(types(ConditionStatus::Unknown, true), condition::reconciling);
  EXPECT_EQ(types(kFalse, false), condition::stalled);
}

TEST(ReadyOf, is_an_empty_condition_where_there_is_none) {
  EXPECT_EQ(ready_of({}), Condition{});
  EXPECT_EQ(ready_of({gen::Condition("Ready", kTrue, "Configured")}).reason, "Configured");
  EXPECT_EQ(reason_of({}, "Ready"), "");
}

}  // namespace
}  // namespace reconcilers
