#include "api/integration.h"

#include <gtest/gtest.h>

namespace {

using kube::Json;

TEST(Integration, says_where_the_api_server_serves_it) {
  EXPECT_EQ(api::Integration::resource().path("sales", "crm"),
            "/apis/oauth.integrations.dev/v1alpha1/namespaces/sales/integrations/crm");
}

TEST(Integration, an_object_that_nobody_has_looked_at_is_a_draft_of_no_generation) {
  const Json manifest = {{"metadata", {{"name", "crm"}}}, {"spec", Json::object()}};
  const auto integration = manifest.get<api::Integration>();
  EXPECT_EQ(integration.status.observed_generation, -1);
  EXPECT_EQ(integration.status.phase, api::Phase::Draft);
}

// A server-side apply of the whole status removes fields that it omits: an emptied field must not
// be written as "".
TEST(Integration, an_emptied_field_of_the_status_is_not_written) {
  api::IntegrationStatus status;
  status.observed_generation = 3;
  status.client_id = "abc";
  status.verification.method = "AuthorizationCode";
  EXPECT_TRUE(Json(status).contains("clientID"));
  EXPECT_TRUE(Json(status).contains("verification"));

  status.client_id.clear();
  status.verification = {};
  EXPECT_EQ(Json(status), Json({{"observedGeneration", 3}, {"phase", "Draft"}}));
}

TEST(Integration, times_are_written_in_whole_seconds_of_utc) {
  api::IntegrationStatus status;
  status.verification.time =
      net::SystemTime{std::chrono::seconds{1'700'000'000}} + std::chrono::milliseconds{250};
  EXPECT_EQ(Json(status).at("/verification/time"_json_pointer), "2023-11-14T22:13:20Z");
}

TEST(Integration, an_unknown_phase_is_an_error_that_names_the_field_and_the_phases) {
  const Json manifest = {{"status", {{"phase", "Almost"}}}};
  try {
    static_cast<void>(manifest.get<api::Integration>());
    FAIL() << "decoded";
  } catch (const Json::exception& error) {
    EXPECT_TRUE(std::string(error.what())
                    .ends_with("status.phase: must be one of Draft, Configured, not \"Almost\""))
        << error.what();
  }
}

}  // namespace
