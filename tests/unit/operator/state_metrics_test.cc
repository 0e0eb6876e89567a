#include "operator/state_metrics.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "kube/metrics.h"
#include "support/builders.h"

namespace op {
namespace {

api::Integration integration(api::Phase phase, const std::string& reason) {
  api::Integration integration;
  integration.spec.offering = "acme";
  integration.status.phase = phase;
  if (!reason.empty())
    integration.status.conditions = {{.type = api::condition::ready, .reason = reason}};
  return integration;
}

class StateMetricsTest : public testing::Test {
 protected:
  bool has(const std::string& line) const {
    return kube::expose(registry_).find(line + "\n") != std::string::npos;
  }
  prometheus::Registry registry_;
  StateMetrics metrics_{registry_};
  const api::Integration draft_ = integration(api::Phase::Draft, api::reason::rejected);
  const api::Integration configured_ = integration(api::Phase::Configured, api::reason::configured);
  const std::string drafts_ =
      "integration_operator_integrations{offering=\"acme\",phase=\"Draft\",reason=\"Rejected\"}";
  const std::string configureds_ =
      "integration_operator_integrations{offering=\"acme\",phase=\"Configured\",reason="
      "\"Configured\"}";
};

TEST_F(StateMetricsTest, integrations_are_counted_by_offering_phase_and_reason) {
  metrics_.changed(nullptr, &draft_);
  metrics_.changed(nullptr, &draft_);
  metrics_.changed(nullptr, &configured_);
  EXPECT_TRUE(has(drafts_ + " 2"));
  EXPECT_TRUE(has(configureds_ + " 1"));
}

TEST_F(StateMetricsTest, one_that_changes_moves_and_an_empty_group_goes) {
  metrics_.changed(nullptr, &draft_);
  metrics_.changed(&draft_, &configured_);
  EXPECT_TRUE(has(configureds_ + " 1"));
  EXPECT_EQ(kube::expose(registry_).find("Rejected"), std::string::npos);
  metrics_.changed(&configured_, &configured_);
  EXPECT_TRUE(has(configureds_ + " 1"));
  metrics_.changed(&configured_, nullptr);
  EXPECT_EQ(kube::expose(registry_).find("acme"), std::string::npos);
}

TEST_F(StateMetricsTest, the_one_that_was_verified_longest_ago_is_told_until_it_is_verified_again) {
  const auto verified = [](int seconds) {
    api::Integration one = integration(api::Phase::Configured, api::reason::configured);
    one.status.conditions.push_back({.type = api::condition::credentials_verified,
                                     .status = kube::ConditionStatus::True,
                                     .reason = api::reason::verified});
    one.status.verification.time = net::SystemTime{std::chrono::seconds{seconds}};
    return one;
  };
  const std::string oldest =
      "integration_operator_oldest_verified_timestamp_seconds{offering=\"acme\"} ";
  const auto old = verified(1000);
  const auto newer = verified(2000);
  const auto newest = verified(3000);
  metrics_.changed(nullptr, &old);
  metrics_.changed(nullptr, &newer);
  metrics_.changed(nullptr, &draft_);
  metrics_.changed(nullptr, &configured_);  // without a proof
  auto paused = verified(500);
  paused.metadata.annotations[api::paused_annotation] = "true";
  metrics_.changed(nullptr, &paused);
  EXPECT_TRUE(has(oldest + "1000"));
  metrics_.changed(&old, &newest);
  EXPECT_TRUE(has(oldest + "2000"));
  metrics_.changed(&newer, &draft_);
  EXPECT_TRUE(has(oldest + "3000"));
  metrics_.changed(&newest, nullptr);
  EXPECT_EQ(kube::expose(registry_).find(oldest), std::string::npos);
}

TEST_F(StateMetricsTest, no_series_has_the_name_of_an_offering_that_does_not_exist) {
  const auto fresh = integration(api::Phase::Draft, "");
  const auto lost = integration(api::Phase::Draft, api::reason::offering_not_found);
  metrics_.changed(nullptr, &fresh);
  metrics_.changed(nullptr, &lost);
  EXPECT_EQ(kube::expose(registry_).find("acme"), std::string::npos);
  EXPECT_TRUE(
      has("integration_operator_integrations{offering=\"None\",phase=\"Draft\",reason="
          "\"None\"} 1"));
  EXPECT_TRUE(
      has("integration_operator_integrations{offering=\"None\",phase=\"Draft\",reason="
          "\"OfferingNotFound\"} 1"));
}

TEST_F(StateMetricsTest, an_offerings_interval_is_told_as_long_as_it_is_there) {
  api::Offering before = gen::Offering("acme");
  api::Offering after = before;
  after.spec.verification.interval = std::chrono::hours{12};
  const std::string series =
      "integration_operator_verification_interval_seconds{offering=\"acme\"} ";
  metrics_.changed(nullptr, &before);
  EXPECT_TRUE(has(series + "86400"));
  metrics_.changed(&before, &after);
  EXPECT_TRUE(has(series + "43200"));
  metrics_.changed(&after, nullptr);
  EXPECT_EQ(kube::expose(registry_).find("acme"), std::string::npos);
}

}  // namespace
}  // namespace op
