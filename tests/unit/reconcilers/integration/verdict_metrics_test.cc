#include "reconcilers/integration/verdict_metrics.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "harness.h"
#include "kube/metrics.h"

namespace reconcilers {
namespace {

using oauth::Method;

void expect_has(const prometheus::Registry& registry, const std::string& line) {
  const std::string text = kube::expose(registry);
  EXPECT_NE(text.find(line + "\n"), std::string::npos) << text;
}

TEST(VerdictMetrics, verdicts_are_counted_by_offering_method_and_reason) {
  prometheus::Registry registry;
  VerdictMetrics metrics(registry);
  metrics.verdict("acme", Method::AuthorizationCode, "Rejected");
  metrics.verdict("acme", Method::AuthorizationCode, "Rejected");
  metrics.verdict("acme", Method::AuthorizationCode, "Configured");
  expect_has(registry,
             "integration_operator_verdicts_total{method=\"AuthorizationCode\",offering=\"acme\","
             "reason=\"Rejected\"} 2");
  expect_has(registry,
             "integration_operator_verdicts_total{method=\"AuthorizationCode\",offering=\"acme\","
             "reason=\"Configured\"} 1");
}

TEST(VerdictMetrics, the_latest_time_of_a_verified_counts) {
  prometheus::Registry registry;
  VerdictMetrics metrics(registry);
  metrics.verified("acme", net::SystemTime{std::chrono::seconds{2000}});
  metrics.verified("acme", net::SystemTime{std::chrono::seconds{1000}});
  expect_has(registry,
             "integration_operator_last_verified_timestamp_seconds{offering=\"acme\"} 2000");
}

TEST(VerdictMetrics, the_series_of_offerings_that_are_gone_go_and_come_back_at_zero) {
  prometheus::Registry registry;
  VerdictMetrics metrics(registry);
  metrics.verdict("acme", Method::AuthorizationCode, "Configured");
  metrics.verdict("acme", Method::AuthorizationCode, "Configured");
  metrics.verdict("other", Method::AuthorizationCode, "Configured");
  metrics.verified("acme", net::SystemTime{std::chrono::seconds{1000}});
  metrics.keep_only({"other"});
  const std::string text = kube::expose(registry);
  EXPECT_EQ(text.find("acme"), std::string::npos) << text;
  EXPECT_NE(text.find("offering=\"other\""), std::string::npos) << text;
  metrics.verdict("acme", Method::AuthorizationCode, "Configured");
  expect_has(registry,
             "integration_operator_verdicts_total{method=\"AuthorizationCode\",offering=\"acme\","
             "reason=\"Configured\"} 1");
}

TEST(VerdictReason, a_verdict_is_counted_by_the_reason_of_ready) {
  Decision decision;
  kube::set_condition(
      decision.status.conditions,
      {.type = api::condition::ready, .status = {}, .reason = api::reason::rejected, .message = {}},
      {});
  EXPECT_EQ(verdict_reason({}, decision), api::reason::rejected);
}

TEST(VerdictReason, an_attempt_is_counted_by_what_it_came_to_and_not_by_what_stands) {
  Decision decision;
  decision.attempt.emplace();
  kube::set_condition(decision.status.conditions,
                      {.type = api::condition::ready,
                       .status = kube::ConditionStatus::True,
                       .reason = api::reason::configured,
                       .message = {}},
                      {});
  oauth::VerificationReport report;
  EXPECT_EQ(verdict_reason(report, decision), api::reason::provider_unreachable);
  report.credentials = oauth::CredentialsOutcome::Unverifiable;
  EXPECT_EQ(verdict_reason(report, decision), api::reason::unverifiable);
}

TEST(VerdictMetrics, a_reconcile_counts_the_verdict_that_it_takes_once) {
  Cluster cluster;
  cluster.create_all();
  cluster.verify();
  cluster.reconcile();
  const std::string text = kube::expose(cluster.registry);
  EXPECT_NE(text.find("reason=\"Configured\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("last_verified_timestamp_seconds{offering=\"acme\"}"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("crm"), std::string::npos) << "names an Integration: " << text;
}

}  // namespace
}  // namespace reconcilers
