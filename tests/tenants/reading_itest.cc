// One tenant's objects do not keep the operator from serving others: not while it watches, not when
// it lists, and not after a restart.
#include <gtest/gtest.h>

#include "faults/edits.h"
#include "faults/proxied_operator.h"
#include "support/fault_report.h"
#include "support/operator_process.h"
#include "tenants/tenant.h"

namespace {

using namespace support;

// managedFields with that fieldsV1; the API server does not check it.
std::string managed_fields(const std::string& fields, const std::string& api_version) {
  return R"(,"managedFields":[{"manager":"tenant","operation":"Update","apiVersion":")" +
         api_version + R"(","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":)" +
         fields + "}]";
}

std::string nested(int levels) {
  std::string fields = R"({"f:metadata":{"f:annotations":)";
  for (int i = 0; i < levels; ++i) fields += R"({"f:a":)";
  return fields + "{}" + std::string(static_cast<std::size_t>(levels) + 2, '}');
}

class Reading : public testing::Test {
 protected:
  void SetUp() override {
    operator_ = std::make_unique<OperatorProcess>(cluster_);
    edits_ = std::make_unique<Edits>(cluster_, victim_, 10);
    ASSERT_EQ(edits_->lost(std::chrono::seconds{60}), 0);
  }
  void TearDown() override {
    if (HasFailure()) std::fprintf(stderr, "%s\n", operator_->end_of_log().c_str());
    cluster_.delete_integrations(victim_);
    cluster_.kubectl({"delete", "namespace", tenant_.ns(), "--wait=false"});
  }
  // Expects an answer to the next edit in the other namespace within a second.
  long unanswered(const std::string& after) {
    const int upcoming = edits_->upcoming();
    edits_->next();
    const bool told = edits_->await_told(upcoming, std::chrono::seconds{1});
    EXPECT_TRUE(told) << after;
    return told ? 0 : 1;
  }

  Cluster& cluster_ = Cluster::instance();
  Tenant tenant_{cluster_, cluster_.make_namespace("tenant")};
  const std::string victim_ = cluster_.make_namespace("victim");
  std::unique_ptr<OperatorProcess> operator_;
  std::unique_ptr<Edits> edits_;
};

TEST_F(Reading, managed_fields_of_any_depth_hold_nobody_up) {
  const kube::Resource& secrets = kube::Secret::resource();
  const kube::Resource& integrations = api::Integration::resource();
  long made = 0, unseen = 0;
  const long before = edits_->taken();
  for (const int levels : {70, 200, 5000}) {
    const std::string name = "deep-" + std::to_string(levels);
    tenant_.create_surely(secrets, secret_json(name, managed_fields(nested(levels), "v1")));
    unseen += unanswered("a Secret of " + std::to_string(levels) + " levels");
    tenant_.create_surely(
        integrations,
        integration_json(name, managed_fields(nested(levels), "oauth.integrations.dev/v1alpha1")));
    unseen += unanswered("an Integration of " + std::to_string(levels) + " levels");
    made += 2;
  }
  FaultReport::instance().row("objects with managedFields of 70 to 5000 levels, by a watch", made,
                              edits_->taken() - before, unseen);

  const long before_restart = edits_->taken();
  operator_.reset();
  operator_ = std::make_unique<OperatorProcess>(cluster_);
  unseen = 0;
  for (int i = 0; i < 5; ++i) {
    edits_->next();
    net::system_clock().sleep(std::chrono::milliseconds{1}, {});
  }
  unseen = edits_->lost(std::chrono::seconds{20});
  FaultReport::instance().row("objects with managedFields of 70 to 5000 levels, after a restart",
                              made, edits_->taken() - before_restart, unseen);
  // The operator serves their author, too.
  EXPECT_NE(cluster_.await_reason({tenant_.ns(), "deep-5000"}, api::reason::offering_not_found)
                .status.observed_generation,
            -1);
}

class TamperedReading : public ProxiedOperator {};

TEST_F(TamperedReading, lines_that_are_no_events_are_skipped_within_the_stream) {
  const auto watches = [] {
    return proxy_->count([](const auto& request) { return request.watches("integrations"); });
  };
  const long before = watches();
  tamper([](const std::string& line) {
    ++injected_;
    return FaultyProxy::Delivery{.pieces = {"oops\n", line,
                                            R"({"type":"ADDED","object":{"met)"
                                            "\n"}};
  });
  edit_through("lines of a watch that are no events", 200);
  EXPECT_EQ(watches(), before) << "the stream goes on";
  EXPECT_GE(operator_->metric_sum("kube_reflector_skipped_objects_total"), 1);
}

TEST_F(TamperedReading, an_object_that_does_not_parse_is_left_out_and_the_rest_is_seen) {
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = "[" + deep + "]";
  tamper([deep](const std::string& line) {
    ++injected_;
    const std::string bad =
        R"({"type":"ADDED","object":{"metadata":{"name":"bad","namespace":"tenant",)"
        R"("resourceVersion":")" +
        resource_version_of(line) + R"("},"spec":{"scopes":)" + deep + "}}}\n";
    return FaultyProxy::Delivery{.pieces = {bad, line}};
  });
  edit_through("watch events whose object does not parse", 200);
}

}  // namespace
