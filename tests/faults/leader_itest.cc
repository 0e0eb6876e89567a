// Several operators and one Lease, while Integrations are edited without end: one of them works,
// and another goes on when it ends, dies or sleeps. The API server's audit log is the judge.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/audit_log.h"
#include "support/cluster.h"
#include "support/fault_report.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

constexpr int kIntegrations = 50;
constexpr auto kBetweenEdits = 20ms;
constexpr auto kHandOver = 2s;        // after a release
constexpr auto kLeaseDuration = 15s;  // after the last renewal of a leader that died
constexpr auto kAfterExpiry = 3s;     // to notice, to take it, and for the first write
constexpr int kRounds = 2;            // for tests that take a lease's duration
constexpr int kReleases = 5;

double seconds(net::Duration duration) { return std::chrono::duration<double>(duration).count(); }

// The writes of one process, without Leases: from the API server's first request to its last
// answer.
struct Writing {
  int count = 0;
  net::SystemTime begin, end;
};

class LeaderElection : public testing::Test {
 protected:
  void SetUp() override {
    ns_ = cluster_.make_namespace("test");
    for (int i = 0; i < kIntegrations; ++i) {
      api::Integration fresh;
      fresh.metadata = {.name = name(i), .namespace_ = ns_};
      fresh.spec.offering = "none-" + ns_;  // each edit wants a status, and no provider is needed
      fresh.spec.credentials_secret_ref.name = "credentials";
      fresh.spec.scopes = {"openid"};
      ASSERT_TRUE(cluster_.client().create(fresh, {}).ok());
    }
    editor_ = std::jthread([this](std::stop_token stop) { edit_until(stop); });
  }
  void TearDown() override {
    editor_ = {};
    if (HasFailure()) {
      for (const auto& process : processes_)
        std::fprintf(stderr, "the end of an operator's log:\n%s\n", process->end_of_log().c_str());
    }
    processes_.clear();
    cluster_.delete_integrations(ns_);
  }

  static std::string name(int i) { return "app-" + std::to_string(i); }
  void edit_until(std::stop_token stop) {
    for (int i = 0; net::system_clock().sleep(kBetweenEdits, stop); ++i) {
      if (paused_) continue;
      const auto patched = cluster_.client().json_patch<api::Integration>(
          {ns_, name(i % kIntegrations)},
          {{"replace", "/spec/scopes", {"openid", "scope-" + std::to_string(i)}}}, stop);
      if (patched.ok()) ++edits_;
    }
  }

  // The functions below return false after a time limit. A process offers no event for these
  // states: they poll it, and end when it has ended.
  static bool await(OperatorProcess& process, const std::function<bool()>& wanted,
                    std::chrono::seconds limit = 30s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!wanted()) {
      if (std::chrono::steady_clock::now() > end || process.process().wait(20ms)) return false;
    }
    return true;
  }
  static bool await_leading(OperatorProcess& process) {
    return await(process, [&] { return process.metric_sum("leader_election_master_status") == 1; });
  }
  bool await_writing(OperatorProcess& process) {
    return await(process, [&] { return written_by(process).count > 0; });
  }
  bool await_edits(OperatorProcess& process, long more) {
    return await(process, [this, until = edits_ + more] { return edits_ >= until; });
  }
  // It has written all that it had to write, and the API server has answered its requests.
  bool await_quiet(OperatorProcess& process) {
    return await(process, [&] {
      return unreconciled().empty() && net::system_clock().now() - written_by(process).end > 500ms;
    });
  }
  std::vector<std::string> unreconciled() {
    std::vector<std::string> names;
    for (const auto& one : cluster_.integrations().list()) {
      if (one->metadata.namespace_ == ns_ &&
          one->status.observed_generation != one->metadata.generation)
        names.push_back(one->metadata.name);
    }
    return names;
  }

  OperatorProcess& start() {
    processes_.push_back(std::make_unique<OperatorProcess>(cluster_));
    return *processes_.back();
  }
  OperatorProcess& start_leader() {
    OperatorProcess& process = start();
    EXPECT_TRUE(await_leading(process) && await_writing(process));
    return process;
  }
  // Starts an operator that has filled its cache and waits for the lease.
  OperatorProcess& start_standby() {
    OperatorProcess& process = start();
    EXPECT_TRUE(await(process, [&] { return keys_waiting(process) >= kIntegrations; }));
    return process;
  }
  static double keys_waiting(OperatorProcess& process) {
    return process.metric_sum("workqueue_depth");
  }

  std::vector<AuditEvent> writes_of(const OperatorProcess& process) {
    std::vector<AuditEvent> writes;
    for (const AuditEvent& event : audit_.events())
      if (event.is_write() && event.credential == process.credential()) writes.push_back(event);
    return writes;
  }
  Writing written_by(const OperatorProcess& process) {
    Writing writing;
    for (const AuditEvent& event : writes_of(process)) {
      if (!event.succeeded() || event.resource == "leases") continue;
      writing.begin = writing.count == 0 ? event.received : std::min(writing.begin, event.received);
      writing.end = std::max(writing.end, event.answered);
      ++writing.count;
    }
    return writing;
  }

  // In the order of leadership, none began to write before the one before it had ended.
  void expect_one_writer_at_a_time() {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      const Writing now = written_by(*processes_[i]);
      EXPECT_GT(now.count, 0) << "operator " << i << " was to write";
      if (i == 0) continue;
      EXPECT_LT(written_by(*processes_[i - 1]).end, now.begin)
          << "operators " << i - 1 << ", " << i;
    }
  }
  void expect_that_no_edit_was_lost(const std::string& fault, long injections) {
    editor_ = {};  // stopped and joined
    cluster_.integrations().await_all([&](const auto&) { return unreconciled().empty(); }, 30s);
    const std::vector<std::string> lost = unreconciled();
    EXPECT_TRUE(lost.empty()) << "not reconciled: " << testing::PrintToString(lost);
    FaultReport::instance().row(fault, injections, edits_, static_cast<long>(lost.size()));
  }

  Cluster& cluster_ = Cluster::instance();
  AuditLog audit_{cluster_};
  std::string ns_;
  std::atomic<long> edits_{0};
  std::atomic<bool> paused_{false};
  std::vector<std::unique_ptr<OperatorProcess>> processes_;  // in the order in which they lead
  std::jthread editor_;
};

TEST_F(LeaderElection, of_two_operators_one_works_and_the_other_writes_nothing_at_all) {
  OperatorProcess& leader = start_leader();
  OperatorProcess& standby = start_standby();
  ASSERT_TRUE(await_edits(leader, 100));

  EXPECT_EQ(leader.metric_sum("leader_election_master_status"), 1);
  EXPECT_EQ(standby.metric_sum("leader_election_master_status"), 0);
  EXPECT_GE(written_by(leader).count, kIntegrations);
  for (const AuditEvent& event : writes_of(standby))
    ADD_FAILURE() << event.verb << ' ' << event.uri;
  EXPECT_EQ(standby.stop(), 0);
  for (const AuditEvent& event : writes_of(standby))
    ADD_FAILURE() << event.verb << ' ' << event.uri;
  expect_that_no_edit_was_lost("a second operator beside the leader", 1);
  EXPECT_EQ(leader.stop(), 0);
}

TEST_F(LeaderElection, after_a_sigterm_to_the_leader_another_works_within_two_seconds) {
  OperatorProcess* leader = &start_leader();
  net::Duration slowest{0};
  for (int round = 0; round < kReleases; ++round) {
    OperatorProcess& standby = start_standby();
    ASSERT_TRUE(await_edits(standby, 20));
    const net::SystemTime told = net::system_clock().now();
    ASSERT_EQ(leader->stop(), 0) << leader->end_of_log();
    ASSERT_TRUE(await_leading(standby) && await_writing(standby));
    const net::Duration took = written_by(standby).begin - told;
    EXPECT_LT(took, kHandOver) << "round " << round;
    slowest = std::max(slowest, took);
    leader = &standby;
  }
  std::printf("%d times SIGTERM to the leader: another wrote after %.3f s at most\n", kReleases,
              seconds(slowest));
  expect_one_writer_at_a_time();
  expect_that_no_edit_was_lost("SIGTERM to the leader", kReleases);
}

TEST_F(LeaderElection, after_a_sigkill_to_the_leader_another_works_when_its_lease_has_expired) {
  OperatorProcess* leader = &start_leader();
  for (int round = 0; round < kRounds; ++round) {
    OperatorProcess& standby = start_standby();
    const net::SystemTime killed = net::system_clock().now();
    leader->process().signal(SIGKILL);
    ASSERT_TRUE(await_leading(standby) && await_writing(standby));
    const net::Duration took = written_by(standby).begin - killed;
    std::printf("SIGKILL to the leader: another wrote after %.3f s\n", seconds(took));
    EXPECT_LT(took, kLeaseDuration + kAfterExpiry);
    leader = &standby;
  }
  expect_one_writer_at_a_time();
  expect_that_no_edit_was_lost("SIGKILL to the leader", kRounds);
}

TEST_F(LeaderElection, a_leader_that_slept_past_its_lease_writes_nothing_more_and_fails) {
  OperatorProcess* leader = &start_leader();
  for (int round = 0; round < kRounds; ++round) {
    OperatorProcess& standby = start_standby();
    // The fence does not stop a request on its way to the wire (kube/fence.h), so there must be
    // none at that moment. But the sleeper has a lot to do when it wakes.
    paused_ = true;
    ASSERT_TRUE(await_quiet(*leader));
    leader->process().signal(SIGSTOP);
    paused_ = false;
    ASSERT_TRUE(await_leading(standby) && await_writing(standby));
    ASSERT_TRUE(await_edits(standby, kIntegrations));
    const net::SystemTime woken = net::system_clock().now();
    leader->process().signal(SIGCONT);
    const auto exit_code = leader->process().wait(10s);
    ASSERT_TRUE(exit_code.has_value()) << leader->end_of_log();
    EXPECT_EQ(*exit_code, 1) << leader->end_of_log();
    ASSERT_TRUE(await_edits(standby, 20));
    for (const AuditEvent& event : writes_of(*leader))
      if (event.received >= woken && event.resource != "leases")  // it has an old version of that
        ADD_FAILURE() << event.verb << ' ' << event.uri;
    leader = &standby;
  }
  expect_one_writer_at_a_time();
  expect_that_no_edit_was_lost("SIGSTOP to the leader past its lease, then SIGCONT", kRounds);
}

}  // namespace
