// Upgrades and rollbacks of the chart, and an uninstall, with objects in place.
//
// There is no released version yet: the previous one is this chart under an older number, with this
// image under another tag. So these tests cannot see the differences between two real versions.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "kube/informer.h"
#include "support/helm.h"
#include "support/node_stage.h"

namespace {

using namespace support;

constexpr const char* kPrevious = "0.0.1";
constexpr int kIntegrations = 5;

// All changes of a namespace's Integrations since its construction: its watch misses none.
class Record {
 public:
  Record(kube::Client& client, const std::string& ns) : informer_(client, {.namespace_ = ns}) {
    informer_.on_change([this](const auto& change, bool initial) {
      if (initial) return;
      const std::lock_guard lock(mutex_);
      ++changes_;
      if (change.after == nullptr || change.after->status.phase != api::Phase::Configured)
        ++departures_;
      more_.notify_all();
    });
    thread_ = std::jthread([this](std::stop_token stop) { informer_.run(stop); });
    informer_.wait_synced({});
  }
  // All changes, of the status too.
  int changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  // Changes from Configured, by edit or deletion.
  int departures() const {
    const std::lock_guard lock(mutex_);
    return departures_;
  }
  // Another watch may see the same event a little earlier or later than this one.
  bool await_departure_after(int count) const {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, std::chrono::seconds{60}, [&] { return departures_ > count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable more_;
  int changes_ = 0;
  int departures_ = 0;
  kube::Informer<api::Integration> informer_;
  std::jthread thread_;
};

class Upgrade : public NodeStage {
 protected:
  void SetUp() override {
    if (!cluster_.can_kill_containers())
      GTEST_SKIP() << "not run here because the cluster is not one of dev/cluster/up.sh: an image "
                      "is tagged on its node";
    NodeStage::SetUp();
    cluster_.tag_image(kPrevious);
    must(run({"helm", "package", source_path("charts/integration-operator"), "--version", kPrevious,
              "--app-version", kPrevious, "--destination", std::filesystem::temp_directory_path()}),
         "helm package");
    previous_ = std::filesystem::temp_directory_path() /
                (std::string{"integration-operator-"} + kPrevious + ".tgz");
  }
  void TearDown() override {
    if (IsSkipped()) return;
    std::filesystem::remove(previous_);
    NodeStage::TearDown();
  }

  Finished to_previous() {
    return helm(cluster_, {"upgrade", Installation::kName, previous_, "--namespace",
                           Installation::kNamespace, "--wait", "--timeout=120s", "--set",
                           std::string{"image.repository="} + NodeCluster::kImageRepository});
  }
  Finished rollback() {
    return helm(cluster_, {"rollback", Installation::kName, "--namespace", Installation::kNamespace,
                           "--wait", "--timeout=120s"});
  }
  // Waits until all remaining Pods have the image with that tag.
  bool await_image(const std::string& tag) {
    const std::string image = std::string{NodeCluster::kImageRepository} + ":" + tag;
    return installation_->await_pods([&](const std::vector<Pod>& pods) {
      return !pods.empty() &&
             std::ranges::all_of(pods, [&](const Pod& pod) { return pod.image == image; });
    });
  }
  // One of the Pods leads, and has handled all Integrations.
  void await_leader_that_has_looked_at(std::size_t integrations) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    double looked_at = 0;
    while (looked_at < static_cast<double>(integrations) && std::chrono::steady_clock::now() < end)
      looked_at = reconciled_by(installation_->leader());
    EXPECT_GE(looked_at, static_cast<double>(integrations)) << "by " << installation_->leader();
  }
  // By that Pod's own metrics; 0 if they lack it.
  double reconciled_by(const std::string& pod) {
    std::istringstream metrics(
        cluster_
            .kubectl({"get", "--raw",
                      std::string{"/api/v1/namespaces/"} + Installation::kNamespace + "/pods/" +
                          pod + ":8080/proxy/metrics"})
            .out);
    double sum = 0;
    for (std::string line; std::getline(metrics, line);)
      if (line.starts_with("controller_runtime_reconcile_total{controller=\"integration\""))
        sum += std::stod(line.substr(line.rfind(' ') + 1));
    return sum;
  }

  std::string previous_;  // the chart's archive
};

TEST_F(Upgrade, and_rollback_leave_every_integration_configured_and_call_no_provider) {
  must(to_previous(), "helm upgrade to the previous version");
  ASSERT_TRUE(await_image(kPrevious));
  const auto names = add_integrations("before", kIntegrations);
  expect_configured(names);
  for (const std::string& name : names)
    EXPECT_GE(verifications(name), 1) << name << ": what is counted is there to be counted";

  const auto expect_nothing_happens = [&](const std::string& what, const auto& change,
                                          const std::string& tag) {
    SCOPED_TRACE(what);
    provider_->forget_requests();
    Record record(cluster_.client(), ns_);
    const Finished changed = change();
    ASSERT_EQ(changed.exit_code, 0) << changed.err;
    EXPECT_EQ(changed.err, "") << "Helm and the API server have nothing to warn of";
    EXPECT_TRUE(await_image(tag));
    await_leader_that_has_looked_at(names.size());
    EXPECT_EQ(provider_->requests().dump(), "[]");
    EXPECT_EQ(record.changes(), 0);
    EXPECT_EQ(record.departures(), 0);

    // Work continues; and the record can show a change: a secret that no longer works.
    const std::string after = "after-" + what;
    add_integration(after);
    expect_configured({after});
    const int before = record.departures();
    cluster_.apply(secret_yaml(ns_, after, after, "wrong"));
    cluster_.await_reason({ns_, after}, "Rejected");
    EXPECT_TRUE(record.await_departure_after(before));
    // The operator would retry the refused secret during the next step, which expects no requests.
    must(cluster_.kubectl({"delete", "integration", after, "-n", ns_}), "kubectl delete");
  };
  expect_nothing_happens(
      "upgrade", [&] { return installation_->upgrade({}); }, NodeCluster::kImageTag);
  expect_nothing_happens(
      "rollback", [&] { return rollback(); }, kPrevious);
  must(installation_->upgrade({}), "helm upgrade");
}

TEST_F(Upgrade, an_uninstall_leaves_definitions_and_objects_and_all_of_it_can_be_deleted) {
  const auto names = add_integrations("kept", kIntegrations);
  expect_configured(names);
  EXPECT_NE(cluster_.get({"offering", offering_}).at("metadata").value("finalizers", net::Json()),
            net::Json())
      << "while it is used, it is protected";
  Record record(cluster_.client(), ns_);
  const Finished gone = helm(cluster_, {"uninstall", Installation::kName, "--namespace",
                                        Installation::kNamespace, "--wait", "--timeout=180s"});
  ASSERT_EQ(gone.exit_code, 0) << gone.err;
  EXPECT_EQ(record.changes(), 0) << "no Integration was touched";
  EXPECT_EQ(cluster_.get({"crds", "-l", "app.kubernetes.io/part-of=integration-operator"})
                .at("items")
                .size(),
            2U);
  EXPECT_EQ(cluster_.get({"integrations", "-n", ns_}).at("items").size(), names.size());
  EXPECT_FALSE(cluster_.get({"offering", offering_}).at("metadata").contains("finalizers"));
  for (const char* kind : {"pods", "jobs", "deployments", "serviceaccounts"})
    EXPECT_EQ(cluster_
                  .get({kind, "-n", Installation::kNamespace, "-l",
                        "app.kubernetes.io/name=integration-operator"})
                  .at("items"),
              net::Json::array())
        << kind;

  // The Offering first, which nobody should do: it is still in use, but no operator protects it.
  const Finished offering = cluster_.kubectl({"delete", "offering", offering_, "--timeout=20s"});
  EXPECT_EQ(offering.exit_code, 0) << offering.err;
  const Finished definitions =
      cluster_.kubectl({"delete", "-f", source_path("crds"), "--timeout=30s"});
  EXPECT_EQ(definitions.exit_code, 0) << definitions.err;

  installation_.reset();
  installation_ = std::make_unique<Installation>(cluster_);
}

TEST_F(Upgrade, without_crds_keep_an_uninstall_takes_objects_that_are_in_use_along) {
  expect_configured(add_integrations("gone", 1));
  must(installation_->upgrade({"crds.keep=false"}), "helm upgrade");
  const Finished gone = helm(cluster_, {"uninstall", Installation::kName, "--namespace",
                                        Installation::kNamespace, "--timeout=180s"});
  EXPECT_EQ(gone.exit_code, 0) << gone.err;
  const Finished waited =
      cluster_.kubectl({"wait", "--for=delete", "crd/offerings.oauth.integrations.dev",
                        "crd/integrations.oauth.integrations.dev", "--timeout=30s"});
  EXPECT_EQ(waited.exit_code, 0) << waited.err;

  installation_.reset();
  installation_ = std::make_unique<Installation>(cluster_);
}

}  // namespace
