// An Offering with many Integrations: an event of the Offering costs its users, and the API server,
// nothing if it does not concern them; and only its users can delay its deletion.
#include <gtest/gtest.h>

#include <cstdio>

#include "net/clock.h"
#include "support/fault_report.h"
#include "support/oidc_provider.h"
#include "support/stage.h"
#include "tenants/crowd.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;
using std::chrono::seconds;

class OfferingUsers : public Stage {
 protected:
  long reads_and_writes(AuditLog& audit) {
    return count_requests(audit, *operator_, [&](const AuditEvent& event) {
      return event.namespace_ == ns_ && (event.is_write() || event.verb == "get") &&
             event.resource != "events";
    });
  }
  api::Offering await_offering(const std::function<bool(const api::Offering*)>& wanted) {
    const auto found = cluster_.offerings().await({"", offering_}, wanted);
    return found ? *found : api::Offering{};
  }
};

TEST_F(OfferingUsers, neither_read_nor_written_while_its_issuer_is_asked_again_and_again) {
  const int count = crowd_size(4000);
  apply_secret();
  create_crowd(cluster_, ns_, offering_, count);
  // Nothing listens at that address. It comes last, since the pauses between its retries double.
  cluster_.apply(issuer_offering_yaml(offering_, "http://127.0.0.1:1"));
  ASSERT_TRUE(await_crowd(cluster_, ns_, reason::offering_not_ready, count, seconds{300}));
  const auto asked = [&] {
    return operator_->metric_sum("integration_operator_provider_requests_total");
  };
  const double asked_before = asked();
  AuditLog audit(cluster_);
  int annotations = 0;
  // Until two more retries have failed, after 5, 10, 20, 40 s and so on.
  const auto end = std::chrono::steady_clock::now() + seconds{180};
  while (asked() < asked_before + 2 && std::chrono::steady_clock::now() < end) {
    cluster_.kubectl({"annotate", "offering", offering_, "--overwrite",
                      "example.com/note=" + std::to_string(annotations++)});
    net::system_clock().sleep(seconds{1}, {});
  }
  const double tries = asked() - asked_before;
  const long calls = reads_and_writes(audit);
  std::printf(
      "%d Integrations, %.0f requests to an issuer that is down, %d annotations of the "
      "Offering: %ld requests to the API server about the Integrations\n",
      count, tries, annotations, calls);
  EXPECT_GE(tries, 2);
  EXPECT_EQ(calls, 0);
  FaultReport::instance().row("an Offering of " + std::to_string(count) +
                                  " Integrations, annotated while its issuer is down",
                              annotations, count, calls);
}

TEST_F(OfferingUsers, another_namespaces_integration_holds_up_no_deletion_and_is_not_named) {
  const std::string strangers = cluster_.make_namespace("strangers");
  cluster_.kubectl({"label", "namespace", ns_, "tier=gold"});
  cluster_.apply(unverified_offering_yaml(offering_) +
                 "  allowedNamespaces: {from: Selector, selector: {matchLabels: {tier: gold}}}\n");
  apply_secret();
  apply_integration();
  await_reason(reason::configured_unverified);
  cluster_.apply(integration_yaml(strangers, "squatter", offering_));
  cluster_.await_reason({strangers, "squatter"}, reason::namespace_not_allowed);

  cluster_.kubectl({"delete", "offering", offering_, "--wait=false"});
  const auto in_use = await_offering([](const api::Offering* offering) {
    return offering != nullptr &&
           reason_of(offering->status.conditions, condition::ready) == reason::in_use;
  });
  const std::string said = message_of(in_use.status.conditions, condition::ready);
  EXPECT_NE(said.find("1 Integration "), std::string::npos) << said;
  EXPECT_EQ(said.find(strangers), std::string::npos) << said;
  EXPECT_EQ(said.find(ns_ + "/"), std::string::npos) << said;
  // The message's own command finds them.
  const auto command = said.find("integrations.oauth.integrations.dev");
  ASSERT_NE(command, std::string::npos);
  EXPECT_EQ(cluster_
                .get({"integrations.oauth.integrations.dev", "-A", "--field-selector",
                      "spec.offeringRef.name=" + offering_})
                .at("items")
                .size(),
            2u);

  cluster_.apply(integration_yaml(strangers, "late", offering_));
  cluster_.delete_integrations(ns_);
  const auto left = cluster_.offerings().await(
      {"", offering_}, [](const api::Offering* offering) { return offering == nullptr; });
  EXPECT_EQ(left, nullptr) << "it waits for Integrations that it does not serve";
  FaultReport::instance().row("an Offering is deleted that strangers name", 2, 1,
                              left == nullptr ? 0 : 1);
  cluster_.delete_integrations(strangers);
}

}  // namespace
