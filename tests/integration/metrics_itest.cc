// A running operator's /metrics.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/exposition.h"
#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;

const Exposition& own_metrics() {
  static const std::vector<double> buckets{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  static const Exposition own = {
      {"integration_operator_verdicts_total", {"counter", {"offering", "method", "reason"}, {}}},
      {"integration_operator_last_verified_timestamp_seconds", {"gauge", {"offering"}, {}}},
      {"integration_operator_oldest_verified_timestamp_seconds", {"gauge", {"offering"}, {}}},
      {"integration_operator_integrations", {"gauge", {"offering", "phase", "reason"}, {}}},
      {"integration_operator_verification_interval_seconds", {"gauge", {"offering"}, {}}},
      {"integration_operator_provider_requests_total", {"counter", {"host", "class"}, {}}},
      {"integration_operator_provider_request_duration_seconds",
       {"histogram", {"host", "class"}, buckets}}};
  return own;
}

class Metrics : public Stage {
 protected:
  // Returns the exposed text once `wanted` holds for it, or after 30 s.
  static std::string await_metrics(const std::function<bool(const std::string&)>& wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    std::string text = operator_->metrics();
    while (!wanted(text) && std::chrono::steady_clock::now() < end) {
      operator_->process().wait(std::chrono::milliseconds{20});
      text = operator_->metrics();
    }
    return text;
  }
};

// The controllers' metrics exist once a leader has started the controllers.
TEST_F(Metrics, a_running_operator_exposes_controller_runtimes_metrics_and_no_other_names) {
  Exposition expected = controller_runtime_metrics();
  expected.merge(other_kube_metrics());
  expected.merge(process_metrics("integration_operator"));
  const auto exposed = [&](const std::string& text) {
    Exposition actual = parse_exposition(text);
    // Only a retry makes a series of the one, and only a rate limit, which nobody set, of the
    // other.
    for (const char* name :
         {"rest_client_request_retries_total", "rest_client_rate_limiter_duration_seconds"})
      actual.try_emplace(name, expected.at(name));
    for (const auto& [name, shape] : own_metrics()) actual.erase(name);
    return actual;
  };
  const std::string text =
      await_metrics([&](const std::string& all) { return exposed(all) == expected; });
  EXPECT_EQ(exposed(text), expected);
}

TEST_F(Metrics, verdicts_and_calls_are_counted_until_their_offering_is_deleted) {
  OidcProvider provider;
  provider.register_client(
      {.id = client_, .secret = kClientSecret, .redirect_uris = {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, provider.issuer()));
  apply_secret();
  apply_integration();
  expect_configured(await_reason(api::reason::configured));
  const std::string configured = "integration_operator_integrations{offering=\"" + offering_ +
                                 "\",phase=\"Configured\",reason=\"Configured\"} 1\n";
  const std::string verdict = "{method=\"PushedAuthorizationRequest\",offering=\"" + offering_ +
                              "\",reason=\"Configured\"} 1\n";
  // A watcher of the Integration may see its status before the operator has counted the write.
  const std::string text = await_metrics([&](const std::string& all) {
    return all.find(configured) != std::string::npos && all.find(verdict) != std::string::npos &&
           all.find("integration_operator_last_verified_timestamp_seconds{") != std::string::npos;
  });
  const Exposition actual = parse_exposition(text);
  for (const auto& [name, shape] : own_metrics()) {
    ASSERT_TRUE(actual.contains(name)) << name << "\n" << text;
    EXPECT_EQ(actual.at(name), shape) << name;
  }
  EXPECT_NE(text.find(configured), std::string::npos) << text;
  EXPECT_NE(text.find(verdict), std::string::npos) << text;
  const std::string host = provider.issuer().substr(std::string{"http://"}.size());
  EXPECT_NE(text.find("{class=\"2xx\",host=\"" + host + "\"}"), std::string::npos) << text;
  EXPECT_EQ(text.find(client_), std::string::npos) << "a client id is no label";

  cluster_.delete_integrations(ns_);
  cluster_.kubectl({"delete", "offering", offering_, "--timeout=20s"});
  const std::string after = await_metrics([&](const std::string& all) {
    return all.find(offering_) == std::string::npos && all.find(host) == std::string::npos;
  });
  EXPECT_EQ(after.find(offering_), std::string::npos) << after;
  EXPECT_EQ(after.find(host), std::string::npos) << after;
}

TEST(MetricsPage, every_metric_is_on_it) {
  std::ifstream file(std::string{PROJECT_SOURCE_DIR} + "/docs/metrics.md");
  std::ostringstream page;
  page << file.rdbuf();
  Exposition all = controller_runtime_metrics();
  all.merge(other_kube_metrics());
  all.merge(process_metrics("integration_operator"));
  all.merge(Exposition{own_metrics()});
  for (const auto& [name, shape] : all)
    EXPECT_NE(page.str().find("`" + name + "`"), std::string::npos) << name;
}

}  // namespace
