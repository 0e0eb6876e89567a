// The chart with its defaults on a real node: the conditions of its readiness, and that no work is
// lost or repeated when Pods come and go.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "net/file.h"
#include "support/node_stage.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

constexpr int kBefore = 5;  // Configured Integrations before an event
constexpr int kUnderWay =
    4;  // as many as are verified at one host at a time (oauth/calls/call_scheduler.h)

class Availability : public NodeStage {
 protected:
  // Adds Integrations until another Pod than `former` leads, and one more.
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
    expect_verified(names, 1);
    provider_->forget_requests();
    return names;
  }
  void expect_verified(const std::vector<std::string>& names, int times) {
    for (const std::string& name : names) EXPECT_EQ(verifications(name), times) << name;
  }
  // A new leader repeats the verifications that its predecessor's end interrupted.
  void expect_verified_once_but_for_those_under_way(const std::vector<std::string>& names) {
    int begun_anew = 0;
    for (const std::string& name : names) {
      const int times = verifications(name);
      EXPECT_TRUE(times == 1 || times == 2) << name << ": " << times;
      if (times == 2) ++begun_anew;
    }
    EXPECT_LE(begun_anew, kUnderWay);
  }

  static bool one_has_no_place(const std::vector<Pod>& pods) {
    return pods.size() == 2 && pods[0].node.empty() != pods[1].node.empty();
  }
};

TEST_F(Availability, the_chart_with_its_defaults_gives_two_ready_pods) {
  EXPECT_EQ(installation_->warnings(), "");
  EXPECT_TRUE(installation_->await_pods([](const std::vector<Pod>& pods) {
    return pods.size() == 2 &&
           std::ranges::all_of(pods, [](const Pod& pod) { return pod.ready && pod.restarts == 0; });
  }));
  // The namespace refuses unrestricted Pods, and warns of them.
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
  expect_verified_once_but_for_those_under_way(meanwhile);
  installation_->await_all_pods_ready();
}

TEST_F(Availability, when_the_node_is_drained_work_goes_on) {
  const auto before = some_that_are_configured();
  const std::string node = installation_->pods().front().node;
  const std::string log = std::filesystem::temp_directory_path() / ("drain-" + ns_ + ".log");
  Process drain({.command = {"kubectl", "drain", node, "--timeout=120s",
                             "--pod-selector=app.kubernetes.io/component=operator"},
                 .environment = {{"KUBECONFIG", cluster_.kubeconfig()}},
                 .log_file = log});

  struct Uncordoned {  // even after a failure: the next test needs the node
    ~Uncordoned() { NodeCluster::instance().kubectl({"uncordon", node}); }
    std::string node;
  } const uncordoned{node};

  // One Pod goes. Its successor has no place, so the budget lets the other one stay.
  ASSERT_TRUE(installation_->await_pods(one_has_no_place));
  const auto meanwhile = add_integrations("meanwhile", kBefore);
  expect_configured(meanwhile);
  EXPECT_TRUE(drain.running());
  EXPECT_TRUE(installation_->await_pods(one_has_no_place, 0s));
  EXPECT_NE(net::read_file(log)->find("would violate the pod's disruption budget"),
            std::string::npos);
  std::filesystem::remove(log);

  // Once the successor has a place, the other one goes, too, and the drain ends.
  must(cluster_.kubectl({"uncordon", node}), "kubectl uncordon");
  EXPECT_EQ(drain.wait(120s), 0);
  installation_->await_all_pods_ready();
  const auto after = add_integrations("after", kBefore);
  expect_configured(after);
  expect_configured(before);
  expect_verified(before, 0);
  expect_verified_once_but_for_those_under_way(meanwhile);  // the leaving Pod may be the leader
  expect_verified(after, 1);
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
  // The same Pod is back, as a standby.
  EXPECT_TRUE(installation_->await_pods([&](const std::vector<Pod>& pods) {
    return pods.size() == 2 && std::ranges::all_of(pods, [&](const Pod& pod) {
             return pod.ready && pod.restarts == (pod.metadata.name == former ? 1 : 0);
           });
  }));
}

}  // namespace
