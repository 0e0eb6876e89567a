// The operator lacks a right: it names the right and its purpose, does not end, and does its work
// once the right is back.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/cluster.h"
#include "support/manifests.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

const char* const kNamespace = OperatorProcess::namespace_;

class Rights : public testing::Test {
 protected:
  void SetUp() override { ns_ = cluster_.make_namespace("test"); }
  void TearDown() override {
    grant_all();
    cluster_.delete_integrations(ns_);
  }

  // Leaves these verbs to the rule at that place of a Role (or, without a namespace, ClusterRole).
  void leave(const std::string& kind, const std::string& name, const std::string& ns, int rule,
             const std::string& verbs) {
    std::vector<std::string> arguments{"patch",
                                       kind,
                                       name,
                                       "--type=json",
                                       "-p",
                                       R"([{"op":"replace","path":"/rules/)" +
                                           std::to_string(rule) + R"(/verbs","value":)" + verbs +
                                           "}]"};
    if (!ns.empty()) arguments.insert(arguments.end(), {"-n", ns});
    must(cluster_.kubectl(arguments), "kubectl patch " + kind);
  }
  void grant_all() {
    must(cluster_.kubectl(
             {"apply", "--server-side", "--force-conflicts", "-f", source_path("deploy")}),
         "kubectl apply -f deploy");
  }
  // Returns false if the process ends, or does not log it within 40 s.
  static bool await_log(OperatorProcess& process, const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + 40s;
    while (process.log().find(text) == std::string::npos)
      if (std::chrono::steady_clock::now() > end || process.process().wait(50ms)) return false;
    return true;
  }
  static bool await_leading(OperatorProcess& process) {
    const auto end = std::chrono::steady_clock::now() + 40s;
    while (process.metric_sum("leader_election_master_status") != 1)
      if (std::chrono::steady_clock::now() > end || process.process().wait(50ms)) return false;
    return true;
  }
  static int count(const std::string& log, const std::string& text) {
    int found = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
      ++found;
    return found;
  }
  void expect_work(OperatorProcess& process, const std::string& name) {
    cluster_.apply(integration_yaml(ns_, name, "none-" + ns_, "name: credentials", "openid"));
    EXPECT_EQ(reason_of(cluster_.await_reason({ns_, name}, "OfferingNotFound").status.conditions,
                        "Ready"),
              "OfferingNotFound")
        << process.end_of_log();
  }

  Cluster& cluster_ = Cluster::instance();
  std::string ns_;
};

TEST_F(Rights, a_leader_that_may_not_renew_its_lease_starts_over_within_the_process) {
  OperatorProcess process(cluster_);
  ASSERT_TRUE(await_leading(process)) << process.log();
  leave("role", "integration-operator", kNamespace, 1, R"(["get","list","watch"])");
  ASSERT_TRUE(await_log(process, "it starts over as a candidate")) << process.end_of_log();
  EXPECT_NE(process.log().find("cannot update resource"), std::string::npos);
  grant_all();
  EXPECT_TRUE(await_leading(process)) << process.end_of_log();
  expect_work(process, "app");
  EXPECT_EQ(process.stop(), 0);
}

TEST_F(Rights, without_the_right_to_make_its_key_it_says_so_and_waits_for_it) {
  leave("role", "integration-operator", kNamespace, 2, R"(["delete"])");
  must(cluster_.kubectl({"delete", "secret", "integration-operator-keys", "-n", kNamespace,
                         "--ignore-not-found"}),
       "delete secret");
  OperatorProcess process(cluster_);
  ASSERT_TRUE(await_log(process, "The operator cannot read or create its key"))
      << process.end_of_log();
  const std::string log = process.log();
  for (const char* part :
       {"integration-operator/integration-operator-keys", "cannot create resource",
        "\"level\":\"error\"", "system:serviceaccount:integration-operator:integration-operator"})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
  grant_all();
  EXPECT_TRUE(await_log(process, "The operator's key is loaded")) << process.end_of_log();
  expect_work(process, "app");
  EXPECT_EQ(count(process.log(), "The operator cannot read or create its key"), 1);
}

TEST_F(Rights, without_the_right_to_events_it_works_warns_once_and_counts_what_is_lost) {
  leave("clusterrole", "integration-operator", "", 6, R"(["patch"])");
  OperatorProcess process(cluster_);
  ASSERT_TRUE(await_leading(process)) << process.log();
  for (const char* name : {"a", "b", "c"}) expect_work(process, name);
  ASSERT_TRUE(await_log(process, "Events are not written")) << process.end_of_log();
  EXPECT_GE(process.metric_sum("event_recorder_dropped_total"), 1);
  EXPECT_EQ(count(process.log(), "Events are not written"), 1) << process.end_of_log();
  grant_all();
  expect_work(process, "d");
  EXPECT_TRUE(await_log(process, "Events are written again")) << process.end_of_log();
}

TEST_F(Rights, without_the_right_to_the_mark_it_warns_names_the_right_and_works) {
  must(cluster_.kubectl(
           {"delete", "rolebinding", "integration-operator-install", "-n", "kube-system"}),
       "delete rolebinding");
  OperatorProcess process(cluster_);
  ASSERT_TRUE(await_leading(process)) << process.log();
  expect_work(process, "app");
  EXPECT_NE(process.log().find("get, create and update of leases in namespace kube-system"),
            std::string::npos)
      << process.log();
}

}  // namespace
