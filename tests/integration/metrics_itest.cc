// A running operator's /metrics.
#include <gtest/gtest.h>

#include "support/exposition.h"
#include "support/stage.h"

namespace {

using namespace support;

class Metrics : public Stage {};

TEST_F(Metrics, a_running_operator_exposes_controller_runtimes_metrics_and_no_other_names) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (operator_->metric_sum("leader_election_master_status") != 1 &&
         std::chrono::steady_clock::now() < end)
    operator_->process().wait(std::chrono::milliseconds{20});
  Exposition expected = controller_runtime_metrics();
  expected.merge(process_metrics("integration_operator"));
  Exposition actual = parse_exposition(operator_->metrics());
  // Only a retry makes a series of the one, and only a rate limit, which nobody set, of the other.
  for (const char* name :
       {"rest_client_request_retries_total", "rest_client_rate_limiter_duration_seconds"})
    actual.try_emplace(name, expected.at(name));
  EXPECT_EQ(actual, expected);
}

}  // namespace
