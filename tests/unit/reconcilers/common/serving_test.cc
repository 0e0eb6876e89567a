#include "reconcilers/common/serving.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

TEST(IsAllowed, an_offering_for_all_is_for_namespaces_that_are_not_known_too) {
  EXPECT_TRUE(is_allowed(gen::Offering("acme"), nullptr));
}

TEST(IsAllowed, a_selector_decides_by_the_labels_of_a_namespace_that_is_known) {
  const auto offering = gen::Offering("acme", gen::allowed_where("tier", "gold"));
  const auto gold = gen::Namespace("team", gen::label("tier", "gold"));
  const auto silver = gen::Namespace("team", gen::label("tier", "silver"));
  EXPECT_TRUE(is_allowed(offering, &gold));
  EXPECT_FALSE(is_allowed(offering, &silver));
  EXPECT_FALSE(is_allowed(offering, nullptr));
}

TEST(Serves, a_deletion_waits_for_those_from_before_it_and_for_nobody_who_came_later) {
  const auto going = gen::Offering("acme", gen::being_deleted(gen::start + 1h));
  const auto early = gen::Integration("early", gen::created_at(gen::start));
  const auto late = gen::Integration("late", gen::created_at(gen::start + 2h));
  const auto restored =
      gen::Integration("restored", gen::created_at(gen::start + 2h),
                       gen::condition(gen::Condition("OfferingAvailable",
                                                     kube::ConditionStatus::True, "Available")));
  EXPECT_TRUE(serves(going, early, nullptr));
  EXPECT_FALSE(serves(going, late, nullptr));
  EXPECT_TRUE(serves(going, restored, nullptr));
  EXPECT_TRUE(serves(gen::Offering("acme"), late, nullptr));
}

TEST(Serves, a_deletion_does_not_wait_for_those_that_it_is_not_for) {
  const auto going = gen::Offering("acme", gen::allowed_where("tier", "gold"),
                                   gen::being_deleted(gen::start + 1h));
  EXPECT_FALSE(serves(going, gen::Integration("crm"), nullptr));
}

}  // namespace
}  // namespace reconcilers
