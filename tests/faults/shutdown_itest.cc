// SIGTERM in the middle of work: edits without end, and verifications at a provider that hangs.
// OPERATOR_BINARY and OPERATOR_BUILD (its name in the report) put another build under test, e.g.
// one with sanitizers; SHUTDOWN_ROUNDS sets the number of rounds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "faults/edits.h"
#include "support/cluster.h"
#include "support/fault_report.h"
#include "support/manifests.h"
#include "support/operator_process.h"
#include "support/scripted_provider.h"

namespace {

using namespace support;
using Clock = std::chrono::steady_clock;

constexpr int kIntegrations = 40;  // whose provider hangs, and as many that are edited
// With no token exchange under way (there are none yet) the process ends within so long. Sanitizers
// slow a process down, and look for leaks at its end: their builds end within the grace period that
// a kubelet gives by default.
std::string build() {
  const char* other = std::getenv("OPERATOR_BUILD");
  return other == nullptr ? "" : other;
}
std::chrono::seconds bound() { return std::chrono::seconds{build().empty() ? 2 : 30}; }

int rounds() {
  const char* wanted = std::getenv("SHUTDOWN_ROUNDS");
  return wanted == nullptr ? 100 : std::atoi(wanted);
}

class Shutdown : public testing::Test {
 protected:
  void SetUp() override {
    ns_ = cluster_.make_namespace("test");
    offering_ = "offering-" + ns_;
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()) +
                   secret_yaml(ns_, "credentials", "client", "s3cr3t"));
    for (int i = 0; i < kIntegrations; ++i) create("hanging-" + std::to_string(i));
    edits_ = std::make_unique<Edits>(cluster_, ns_, kIntegrations);
    provider_.hold();
  }
  void TearDown() override {
    provider_.release();
    cluster_.delete_integrations(ns_);
    cluster_.kubectl({"patch", "offering", offering_, "--type=merge", "-p",
                      R"({"metadata":{"finalizers":null}})"});
    cluster_.kubectl({"delete", "offering", offering_, "--timeout=20s"});
  }
  void create(const std::string& name) {
    api::Integration fresh;
    fresh.metadata = {.name = name, .namespace_ = ns_};
    fresh.spec.offering = offering_;
    fresh.spec.credentials_secret_ref.name = "credentials";
    fresh.spec.scopes = {"openid"};
    ASSERT_TRUE(cluster_.client().create(fresh, {}).ok());
  }

  Cluster& cluster_ = Cluster::instance();
  ScriptedProvider provider_;
  std::string ns_, offering_;
  std::unique_ptr<Edits> edits_;
};

TEST_F(Shutdown, a_busy_operator_ends_within_its_bounds_and_with_success_every_time) {
  std::minstd_rand random{20};  // the same moments in every run, as far as a machine repeats itself
  std::jthread editor([this](std::stop_token stop) {
    while (edits_->next(stop)) {
    }
  });
  Clock::duration slowest{0};
  const std::string kubeconfig = operator_kubeconfig(cluster_);
  for (int round = 0; round < rounds(); ++round) {
    OperatorProcess the_operator(cluster_, {"--kubeconfig", kubeconfig});
    // From the very start, before anybody leads, to full work.
    const auto moment = std::chrono::milliseconds{random() % 400};
    ASSERT_FALSE(the_operator.process().wait(moment)) << the_operator.log();
    const auto began = Clock::now();
    const int exit_code = the_operator.stop();
    const auto took = Clock::now() - began;
    slowest = std::max(slowest, took);
    ASSERT_EQ(exit_code, 0) << "round " << round << "\n" << the_operator.end_of_log();
    EXPECT_LT(took, bound()) << "round " << round << "\n" << the_operator.end_of_log();
  }
  editor.request_stop();
  editor.join();
  std::printf("%d times SIGTERM: the slowest ended after %.3f s\n", rounds(),
              std::chrono::duration<double>(slowest).count());
  const OperatorProcess last(cluster_, {"--kubeconfig", kubeconfig});
  FaultReport::instance().row("SIGTERM under load" + (build().empty() ? "" : ", " + build()),
                              rounds(), edits_->taken(), edits_->lost(std::chrono::seconds{60}));
}

}  // namespace
