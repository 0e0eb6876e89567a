// A second operator with keys of its own also writes the statuses; the first one cannot use its
// hashes. The provider gets one verification from each, and the API server few requests.
//
// In two of the tests this process is the other writer: it overwrites each status as soon as it
// sees it, as a second operator with ready verdicts does. It calls no provider.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>

#include "net/clock.h"
#include "support/fault_report.h"
#include "support/scripted_provider.h"
#include "support/stage.h"
#include "tenants/crowd.h"

namespace {

using namespace support;
namespace reason = api::reason;
using std::chrono::seconds;

constexpr const char* kOthersHash = "00000000.00000000";

// The rights of the operator's own ServiceAccount, except for the mark of an install.
std::string service_account_without_the_mark_yaml(const std::string& ns) {
  const std::string subject =
      "subjects: [{kind: ServiceAccount, name: integration-operator, namespace: " + ns + "}]\n";
  return "apiVersion: v1\nkind: ServiceAccount\n"
         "metadata: {name: integration-operator, namespace: " +
         ns +
         "}\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
         "metadata: {name: " +
         ns +
         "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
         "integration-operator}\n" +
         subject +
         "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
         "metadata: {name: integration-operator, namespace: " +
         ns +
         "}\nrules:\n"
         "  - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: ['*']}\n"
         "  - {apiGroups: [''], resources: [secrets], verbs: [create, get]}\n"
         "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
         "metadata: {name: integration-operator, namespace: " +
         ns +
         "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "
         "integration-operator}\n" +
         subject;
}

class SecondWriter : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()));
    apply_secret();
  }
  bool write_over(const api::Integration& integration) {
    return patch(cluster_,
                 api::Integration::resource().path(integration.metadata.namespace_,
                                                   integration.metadata.name) +
                     "/status",
                 R"({"status":{"phase":"Draft","verification":{"inputHash":")" +
                     std::string{kOthersHash} + R"("}}})");
  }
  long writes(AuditLog& audit) {
    return count_requests(audit, *operator_, [&](const AuditEvent& event) {
      return event.namespace_ == ns_ && event.resource == "integrations" && event.is_write() &&
             event.succeeded();
    });
  }

  ScriptedProvider provider_;
};

TEST_F(SecondWriter, one_edit_by_hand_is_healed_at_once_and_asks_no_provider) {
  apply_integration();
  const auto configured = await_reason(reason::configured);
  provider_.forget_requests();
  ASSERT_TRUE(write_over(configured));
  const auto healed = await([&](const api::Integration& i) {
    return i.metadata.resource_version != configured.metadata.resource_version &&
           i.status == configured.status;
  });
  EXPECT_EQ(healed.status, configured.status);
  EXPECT_EQ(provider_.requests("/token").size(), 0u);
}

TEST_F(SecondWriter, a_writer_of_every_status_costs_no_verification_and_few_writes) {
  constexpr int kCount = 10;
  create_crowd(cluster_, ns_, offering_, kCount);
  ASSERT_TRUE(await_crowd(cluster_, ns_, reason::configured, kCount, seconds{60}));
  provider_.forget_requests();
  AuditLog audit(cluster_);

  std::atomic<long> overwritten{0};
  kube::Informer<api::Integration> statuses(cluster_.client(), {.namespace_ = ns_});
  statuses.on_change([&](const auto& change, bool) {
    if (!change.after || change.after->status.verification.input_hash == kOthersHash) return;
    if (write_over(*change.after)) ++overwritten;
  });
  {
    std::jthread other([&](std::stop_token stop) { statuses.run(stop); });
    net::system_clock().sleep(seconds{10}, {});
  }
  const auto verifications = provider_.requests("/token").size();
  const long written = writes(audit);
  std::printf(
      "10 s beside a second writer, %d Integrations: %zu requests to the token endpoint, "
      "%ld statuses written by it, %ld by the operator\n",
      kCount, verifications, overwritten.load(), written);
  EXPECT_EQ(verifications, 0u);
  EXPECT_LE(written, 6 * kCount);
  EXPECT_GE(written, kCount) << "each is put back at first";
  EXPECT_TRUE(await_crowd(cluster_, ns_, reason::configured, kCount, seconds{30}))
      << "the last word is the operator's";
  EXPECT_NE(operator_->log().find("somebody else writes this status"), std::string::npos);
  const auto events = cluster_.get(
      {"events.events.k8s.io", "-n", ns_, "--field-selector", "reason=StatusOverwritten"});
  EXPECT_EQ(events.at("items").size(), static_cast<std::size_t>(kCount)) << "one series each";
  FaultReport::instance().row("somebody else writes over every status for 10 s", overwritten,
                              kCount, static_cast<long>(verifications));
}

// Somebody starts the operator beside the installed one, with a ServiceAccount that may not read
// the mark of the first install in kube-system: both run.
TEST_F(SecondWriter, two_operators_with_different_keys_verify_each_integration_once_each) {
  constexpr int kCount = 10;
  const std::string other = cluster_.make_namespace("other-install");
  cluster_.apply(service_account_without_the_mark_yaml(other));
  create_crowd(cluster_, ns_, offering_, kCount);
  ASSERT_TRUE(await_crowd(cluster_, ns_, reason::configured, kCount, seconds{60}));
  const std::size_t once = provider_.requests("/token").size();
  ASSERT_GE(once, static_cast<std::size_t>(kCount)) << "the first one's own verifications";
  provider_.forget_requests();

  const auto began = std::chrono::steady_clock::now();
  long written = 0;
  std::size_t verifications = 0;
  {
    AuditLog audit(cluster_);
    OperatorProcess second(cluster_, {"--namespace", other});
    net::system_clock().sleep(seconds{10}, {});
    verifications = provider_.requests("/token").size();
    written = writes(audit);
    EXPECT_NE(second.log().find("The operator cannot read this cluster's mark"), std::string::npos);
    EXPECT_NE(second.log().find("Became the leader"), std::string::npos) << "it works, too";
  }
  const auto took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%.0f s of two operators with different keys, %d Integrations: %zu requests to the token "
      "endpoint (%zu by the first one alone), %ld statuses written by the first\n",
      std::chrono::duration<double>(took).count(), kCount, verifications, once, written);
  EXPECT_GE(verifications, 1u) << "the second one asks for itself";
  EXPECT_LE(verifications, once);
  EXPECT_LE(written, 6 * kCount);
  EXPECT_TRUE(await_crowd(cluster_, ns_, reason::configured, kCount, seconds{30}));
  FaultReport::instance().row("a second operator with keys of its own, for 10 s", 1, kCount,
                              verifications > once ? static_cast<long>(verifications - once) : 0);
  cluster_.kubectl({"delete", "clusterrolebinding", other});
}

}  // namespace
