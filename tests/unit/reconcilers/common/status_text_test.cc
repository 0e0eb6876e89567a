#include "reconcilers/common/status_text.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "reconcilers/common/messages.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

constexpr auto kTrue = kube::ConditionStatus::True;
const std::string kUnconfirmed =
    text_of(CommonMessage::Unconfirmed, {.time = "2026", .answer = "gone."});
const std::string kNextCheck = text_of(CommonMessage::NextCheck, {.time = "2027"});

TEST(WithoutTail, what_comes_next_is_left_out_and_nothing_else) {
  for (const auto id :
       {CommonMessage::NextCheck, CommonMessage::NextCheckAtTheEarliest, CommonMessage::NextChecks})
    EXPECT_EQ(without_tail("It said no. " + text_of(id, {.time = "2026"})), "It said no.");
  EXPECT_EQ(without_tail("Fine. " + kUnconfirmed + " " + kNextCheck), "Fine.");
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
  EXPECT_EQ(without_next_try("Fine. " + kUnconfirmed + " " + kNextCheck), "Fine. " + kUnconfirmed);
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
