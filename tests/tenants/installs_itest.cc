// A second install in the same cluster, started by hand beside the first: it finds the first's
// mark.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "kube/core.h"
#include "support/cluster.h"
#include "support/manifests.h"
#include "support/operator_process.h"
#include "support/process.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

const kube::NamespacedName kMark{"kube-system", "integration-operator-install"};

class Installs : public testing::Test {
 protected:
  void SetUp() override {
    ns_ = cluster_.make_namespace("test");
    other_ = cluster_.make_namespace("other-install");
  }
  void TearDown() override { cluster_.delete_integrations(ns_); }

  // Starts it as an admin would: the binary, his own kubeconfig, another namespace.
  std::unique_ptr<Process> start_second() {
    log_file_ = cluster_.temporary_path("second-" + other_ + ".log");
    return std::make_unique<Process>(ProcessOptions{
        .command = {OPERATOR_BINARY, "run", "--kubeconfig", cluster_.kubeconfig(), "--namespace",
                    other_, "--public-url", "https://other.example", "--web-bind-address", "",
                    "--health-probe-bind-address", "127.0.0.1:0"},
        .environment = {},
        .log_file = log_file_});
  }
  std::string log_of_second() const {
    std::ifstream file(log_file_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  bool await_holder(const std::string& ns, Process& of) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < end) {
      const auto mark = cluster_.client().get<kube::Lease>(kMark, {});
      if (mark.ok() && mark->holder_identity == ns) return true;
      if (of.wait(50ms)) return false;
    }
    return false;
  }

  Cluster& cluster_ = Cluster::instance();
  std::string ns_, other_, log_file_;
};

TEST_F(Installs, a_second_one_names_the_first_and_ends_before_it_writes_anything) {
  OperatorProcess first(cluster_);
  ASSERT_TRUE(await_holder(OperatorProcess::namespace_, first.process())) << first.log();
  cluster_.apply(integration_yaml(ns_, "app", "none-" + ns_, "name: credentials", "openid"));
  const auto before = cluster_.await_reason({ns_, "app"}, "OfferingNotFound");

  const auto second = start_second();
  EXPECT_EQ(second->wait(30s), 1) << log_of_second();
  const std::string log = log_of_second();
  EXPECT_NE(log.find("in namespace \"integration-operator\""), std::string::npos) << log;
  EXPECT_EQ(log.find("Became the leader"), std::string::npos) << log;
  EXPECT_EQ(log.find("status written"), std::string::npos) << log;
  for (const char* resource : {"leases", "secrets"})
    EXPECT_TRUE(cluster_.get({resource, "-n", other_})["items"].empty()) << resource;
  EXPECT_EQ(cluster_.integrations().get({ns_, "app"})->metadata.resource_version,
            before.metadata.resource_version);
}

TEST_F(Installs, once_the_first_was_stopped_a_second_one_takes_its_place_within_seconds) {
  {
    OperatorProcess first(cluster_);
    ASSERT_TRUE(await_holder(OperatorProcess::namespace_, first.process())) << first.log();
    EXPECT_EQ(first.stop(), 0);
  }
  const auto second = start_second();
  EXPECT_TRUE(await_holder(other_, *second)) << log_of_second();
  const std::string log = log_of_second();
  for (const char* part : {"Starting the operator", "\"watchNamespaces\":\"all\"",
                           "\"publicURL\":\"https://other.example\""})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
  second->signal(SIGTERM);
  EXPECT_EQ(second->wait(10s), 0);
  // The next test must not wait for it.
  must(cluster_.kubectl({"delete", "lease", kMark.name, "-n", kMark.namespace_}), "delete lease");
}

}  // namespace
