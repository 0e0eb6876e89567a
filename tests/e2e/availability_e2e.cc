// The chart with its defaults on a real node: what it takes to be up, and that Pods come and go
// without anything being lost, or done twice.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/node_stage.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

constexpr int kBefore = 5;  // Integrations that are Configured before something happens

class Availability : public NodeStage {
 protected:
  // Integrations are made one after another until another Pod leads than `former`, and one more.
  std::vector<std::string> add_until_there_is_a_leader_after(const std::string& former) {
    std::vector<std::string> names;
    const auto add = [&] {
      names.push_back("meanwhile-" + std::to_string(names.size()));
      add_integration(names.back());
    };
    const auto end = std::chrono::steady_clock::now() + 60s;
    for (std::string leader = former; leader == former || leader.empty();
         leader = installation_->leader()) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "nobody leads after " << former;
        break;
      }
      add();
    }
    add();
    return names;
  }

  std::vector<std::string> some_that_are_configured() {
    const auto names = add_integrations("before", kBefore);
    expect_configured(names);
    // It can fail: what was just counted is there to be counted.
    for (const std::string& name : names) EXPECT_EQ(verifications(name), 1) << name;
    provider_->forget_requests();
    return names;
  }
  void expect_verified(const std::vector<std::string>& names, int times) {
    for (const std::string& name : names) EXPECT_EQ(verifications(name), times) << name;
  }
};

TEST_F(Availability, the_chart_with_its_defaults_gives_two_ready_pods) {
  EXPECT_EQ(installation_->warnings(), "");
  const auto pods = installation_->pods();
  ASSERT_EQ(pods.size(), 2U);
  for (const net::Json& pod : pods) {
    const net::Json& container = pod.at("status").at("containerStatuses").at(0);
    EXPECT_TRUE(container.at("ready").get<bool>());
    EXPECT_EQ(container.at("restartCount"), 0);
  }
  // The namespace refuses, and warns of, what is not restricted.
  const Finished refused = cluster_.kubectl({"run", "root", "--image=none", "--restart=Never",
                                             "--dry-run=server", "-n", Installation::kNamespace});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.err.find("violates PodSecurity \"restricted"), std::string::npos)
      << refused.err;
}

TEST_F(Availability, an_integration_is_configured_against_a_provider_in_the_cluster) {
  add_integration("right");
  provider_->register_client({"wrong", "another-secret", {callback_url_}});
  cluster_.apply(secret_yaml(ns_, "wrong", "wrong", kSecret) +
                 integration_yaml(ns_, "wrong", offering_, "name: wrong"));
  expect_configured({"right"});
  const auto wrong = cluster_.await_reason({ns_, "wrong"}, "Rejected");
  EXPECT_EQ(wrong.status.phase, api::Phase::Draft)
      << message_of(wrong.status.conditions, api::condition::ready);
}

TEST_F(Availability, when_the_leaders_pod_is_deleted_work_goes_on) {
  const auto before = some_that_are_configured();
  const std::string former = installation_->leader();
  must(cluster_.kubectl({"delete", "pod", former, "-n", Installation::kNamespace, "--wait=false"}),
       "deleting the leader's Pod");
  const auto meanwhile = add_until_there_is_a_leader_after(former);

  expect_configured(meanwhile);
  expect_configured(before);
  expect_verified(before, 0);
  expect_verified(meanwhile, 1);
  installation_->await_all_pods_ready();
}

TEST_F(Availability, when_the_leaders_container_is_killed_work_goes_on) {
  if (!cluster_.can_kill_containers())
    GTEST_SKIP() << "not run here because the cluster is not one of dev/cluster/up.sh";
  const auto before = some_that_are_configured();
  const std::string former = installation_->leader();
  cluster_.kill_container({Installation::kNamespace, former});
  const auto meanwhile = add_until_there_is_a_leader_after(former);

  expect_configured(meanwhile);
  expect_configured(before);
  expect_verified(before, 0);
  expect_verified(meanwhile, 1);
  // The same Pod is there again, as a standby.
  installation_->await_all_pods_ready();
  for (const net::Json& pod : installation_->pods())
    EXPECT_EQ(pod.at("status").at("containerStatuses").at(0).at("restartCount"),
              pod.at("metadata").at("name") == former ? 1 : 0);
}

}  // namespace
