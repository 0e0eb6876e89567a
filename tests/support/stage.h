// The stage of most integration tests: one operator for the whole file, and for each test a
// namespace, an Offering and a client of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/manifests.h"
#include "support/operator_process.h"

namespace support {

inline constexpr const char* kClientSecret = "s3cr3t-of-the-test-client";

class Stage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    operator_ = std::make_unique<OperatorProcess>(Cluster::instance());
  }
  static void TearDownTestSuite() { operator_.reset(); }

  void SetUp() override {
    ns_ = cluster_.make_namespace("test");
    offering_ = "offering-" + ns_;
    client_ = "client-" + ns_;
  }
  void TearDown() override {
    if (HasFailure())
      std::fprintf(stderr, "the end of the operator's log:\n%s\n", operator_->end_of_log().c_str());
    cluster_.delete_integrations(ns_);
    cluster_.kubectl({"delete", "offering", offering_, "--ignore-not-found", "--timeout=20s"});
  }

  void restart_operator(const std::vector<std::string>& flags = {}) {
    operator_.reset();
    operator_ = std::make_unique<OperatorProcess>(cluster_, flags);
  }

  std::string callback_url() const { return operator_->callback_url(offering_); }
  void apply_secret(const std::string& secret = kClientSecret, const std::string& more = {}) {
    cluster_.apply(secret_yaml(ns_, "credentials", client_, secret, more));
  }
  void apply_integration(const std::string& scopes = "openid",
                         const std::string& ref = "name: credentials") {
    cluster_.apply(integration_yaml(ns_, "app", offering_, ref, scopes));
  }
  void request_verification(const std::string& value) {
    cluster_.kubectl({"annotate", "integration", "app", "-n", ns_,
                      std::string{api::reconcile_requested_at_annotation} + "=" + value,
                      "--overwrite"});
  }
  api::Integration await_reason(const std::string& why) {
    return cluster_.await_reason({ns_, "app"}, why);
  }
  api::Integration await(const std::function<bool(const api::Integration&)>& wanted) {
    const auto found = cluster_.integrations().await(
        {ns_, "app"}, [&](const api::Integration* i) { return i != nullptr && wanted(*i); });
    return found ? *found : api::Integration{};
  }

  static std::string message(const api::Integration& integration) {
    return message_of(integration.status.conditions, api::condition::ready);
  }
  static std::string reason_of_condition(const api::Integration& integration, const char* type) {
    return reason_of(integration.status.conditions, type);
  }

  // Expects Draft for that reason; kstatus reads `progress`: Stalled or Reconciling, never both.
  static void expect_draft(const api::Integration& integration, const std::string& why,
                           const char* progress) {
    EXPECT_EQ(reason_of_condition(integration, api::condition::ready), why) << message(integration);
    EXPECT_EQ(integration.status.phase, api::Phase::Draft);
    EXPECT_EQ(reason_of_condition(integration, progress), why);
    const char* other = std::string{progress} == api::condition::stalled
                            ? api::condition::reconciling
                            : api::condition::stalled;
    EXPECT_EQ(kube::find_condition(integration.status.conditions, other), nullptr);
  }
  static void expect_configured(const api::Integration& integration,
                                const std::string& why = api::reason::configured) {
    EXPECT_EQ(reason_of_condition(integration, api::condition::ready), why) << message(integration);
    EXPECT_EQ(integration.status.phase, api::Phase::Configured);
    EXPECT_EQ(kube::find_condition(integration.status.conditions, api::condition::stalled),
              nullptr);
    EXPECT_EQ(kube::find_condition(integration.status.conditions, api::condition::reconciling),
              nullptr);
  }

  Cluster& cluster_ = Cluster::instance();
  static inline std::unique_ptr<OperatorProcess> operator_;
  std::string ns_, offering_, client_;
};

}  // namespace support
