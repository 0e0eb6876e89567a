#include "reconcilers/common/status_text.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

constexpr auto kTrue = kube::ConditionStatus::True;

TEST(WithoutTail, what_comes_next_is_left_out_and_nothing_else) {
  EXPECT_EQ(without_tail("It said no. Next check at 2026-01-01T00:00:00Z."), "It said no.");
  EXPECT_EQ(without_tail("It said no. Next try at 2026-01-01T00:00:00Z."), "It said no.");
  EXPECT_EQ(without_tail("Fine. Unconfirmed since 2026: gone. Next check at 2027."), "Fine.");
  EXPECT_EQ(without_tail("It said no."), "It said no.");
}

TEST(SameStatus, the_order_of_conditions_and_those_of_others_are_no_difference) {
  api::IntegrationStatus ours, stored;
  const auto ready = gen::Condition("Ready", kTrue, "Configured");
  const auto scopes = gen::Condition("ScopesValid", kTrue, "Valid");
  ours.conditions = {ready, scopes};
  stored.conditions = {scopes, gen::Condition("example.com/Audited", kTrue, "Yes"), ready};
  EXPECT_TRUE(same_status(ours, stored));
  stored.conditions[0].reason = "Else";
  EXPECT_FALSE(same_status(ours, stored));
}

TEST(WithoutNextTry, since_when_it_is_unconfirmed_stays) {
  EXPECT_EQ(without_next_try("Fine. Unconfirmed since 2026: gone. Next check at 2027."),
            "Fine. Unconfirmed since 2026: gone.");
}

TEST(SameStatus, the_time_of_the_next_try_counts_unless_it_is_ignored) {
  api::IntegrationStatus now, later;
  now.conditions = {gen::Condition("Ready", kTrue, "Configured", "Fine. Next check at 1.")};
  later.conditions = {gen::Condition("Ready", kTrue, "Configured", "Fine. Next check at 2.")};
  EXPECT_FALSE(same_status(now, later));
  EXPECT_TRUE(same_status(now, later, NextTry::Ignored));
  later.client_id = "another";
  EXPECT_FALSE(same_status(now, later, NextTry::Ignored));
}

}  // namespace
}  // namespace reconcilers
