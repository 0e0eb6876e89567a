// Somebody else writes the statuses, too: a second operator with keys of its own, whose hashes say
// nothing to the first one. The provider hears nothing of it, and the API server little.
//
// The other writer is this test: it writes over each status as soon as it sees it, as a second
// operator would whose verdicts are always at hand. It does not ask the provider.
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

TEST_F(SecondWriter, a_second_operator_costs_no_verification_and_few_writes) {
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

}  // namespace
