#include "kube/leader_election.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "kube/metrics.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using net::ErrorCode;
using support::FakeApiServer;
using support::to;

const NamespacedName kLease{"operator", "leader"};

Lease held_by(const std::string& holder, int seconds = 15) {
  Lease lease;
  lease.holder_identity = holder;
  lease.lease_duration_seconds = seconds;
  return lease;
}

TEST(MayAcquire, a_lease_that_nobody_holds) { EXPECT_TRUE(may_acquire(held_by(""), "me", 0s)); }

TEST(MayAcquire, a_lease_of_ones_own) { EXPECT_TRUE(may_acquire(held_by("me"), "me", 0s)); }

TEST(MayAcquire, anothers_lease_only_when_it_was_silent_for_as_long_as_it_says) {
  EXPECT_FALSE(may_acquire(held_by("other"), "me", 15s - 1ns));
  EXPECT_TRUE(may_acquire(held_by("other"), "me", 15s));
  EXPECT_FALSE(may_acquire(held_by("other", 60), "me", 59s));
}

// A way to the API server that can be cut.
class Wire : public net::HttpClient {
 public:
  explicit Wire(std::shared_ptr<FakeApiServer> server) : server_(std::move(server)) {}
  void cut() { cut_ = true; }

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override {
    if (cut_) return net::Error{ErrorCode::Unavailable, "no route to host"};
    return server_->send(request, stop);
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest&, const StreamLimits&,
                                        const LineHandler&, std::stop_token) override {
    return net::Error{ErrorCode::Unavailable, "not used"};
  }

 private:
  const std::shared_ptr<FakeApiServer> server_;
  std::atomic<bool> cut_{false};
};

// How many processes lead at this moment, and the most that ever did.
struct Leaders {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
};

// A process that waits to lead, leads until it is told not to, and then drains for as long as it is
// held.
class Process {
 public:
  Process(std::string identity, std::shared_ptr<FakeApiServer> server, net::Clock& clock,
          Leaders& leaders, LeaderMetrics* metrics = nullptr)
      : wire_(std::make_shared<Wire>(std::move(server))),
        client_(make_client(wire_, clock)),
        elector_(*client_, {.lease = kLease, .identity = std::move(identity)}, clock, metrics),
        leaders_(leaders) {}

  ~Process() {
    stop();
    end_drain();
  }

  void start() {
    thread_ = std::jthread([this] {
      status_ = elector_.run(stop_.get_token(), [this](std::stop_token t) { lead(t); });
      {
        const std::lock_guard lock(mutex_);
        finished_ = true;
      }
      changed_.notify_all();
    });
  }
  void stop() { stop_.request_stop(); }
  void cut() { wire_->cut(); }
  bool leads() const { return leads_; }
  bool is_leader() const { return elector_.is_leader(); }

  bool await_leading() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this] { return leads_.load(); });
  }
  // Waits until `lead` was told to end.
  bool await_told() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this] { return told_; });
  }
  void hold_drain() { draining_ = true; }
  void end_drain() {
    {
      const std::lock_guard lock(mutex_);
      draining_ = false;
    }
    changed_.notify_all();
  }
  // How run() ended; a test fails where it does not.
  net::Status ended() {
    {
      std::unique_lock lock(mutex_);
      EXPECT_TRUE(changed_.wait_for(lock, 10s, [this] { return finished_; }));
    }
    stop();
    end_drain();
    thread_.join();
    return status_;
  }

 private:
  static std::unique_ptr<Client> make_client(std::shared_ptr<net::HttpClient> http,
                                             net::Clock& clock) {
    ClusterConfig config;
    config.server = "https://api.example";
    return std::move(*Client::create(config, {.http = std::move(http), .clock = &clock}));
  }

  void lead(std::stop_token leading) {
    std::unique_lock lock(mutex_);
    leads_ = true;
    leaders_.most = std::max(leaders_.most.load(), ++leaders_.now);
    changed_.notify_all();
    changed_.wait(lock, leading, [] { return false; });
    told_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !draining_; });
    --leaders_.now;
    leads_ = false;
  }

  std::shared_ptr<Wire> wire_;
  std::unique_ptr<Client> client_;
  LeaderElector elector_;
  Leaders& leaders_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::atomic<bool> leads_{false};
  bool told_ = false;
  bool finished_ = false;
  std::atomic<bool> draining_{false};
  net::Status status_;
  std::stop_source stop_;
  std::jthread thread_;
};

class LeaderElectionTest : public testing::Test {
 protected:
  // What waits for the clock: a standby for its next look; a leader for its next renewal and for
  // its deadline.
  static constexpr int kStandby = 1;
  static constexpr int kLeader = 2;

  LeaderElectionTest() { server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn); }

  std::unique_ptr<Process> process(const std::string& identity) {
    auto made = std::make_unique<Process>(identity, server_, clock_, leaders_);
    made->start();
    return made;
  }
  std::unique_ptr<Process> leader(const std::string& identity) {
    auto made = process(identity);
    EXPECT_TRUE(made->await_leading());
    clock_.await_waiters(kLeader);
    return made;
  }
  // Turns the clock second by second, and lets each do what it has to: `waiters` are back at
  // waiting then.
  void pass(std::chrono::seconds time, int waiters) {
    for (; time > 0s; time -= 1s) {
      clock_.advance(1s);
      clock_.await_waiters(waiters);
    }
  }
  Json spec() const { return server_->find(Lease::resource(), kLease)["spec"]; }
  void somebody_writes(const std::function<void(Json&)>& change) {
    server_->update(Lease::resource(), kLease, [&](Json& lease) { change(lease["spec"]); });
  }
  void lease_exists(const std::string& holder, int transitions = 4) {
    server_->create(Lease::resource(),
                    {{"metadata", {{"namespace", kLease.namespace_}, {"name", kLease.name}}},
                     {"spec",
                      {{"holderIdentity", holder},
                       {"leaseDurationSeconds", 15},
                       {"acquireTime", "2020-01-01T00:00:00.000000Z"},
                       {"renewTime", "2020-01-01T00:00:00.000000Z"},
                       {"leaseTransitions", transitions}}}});
  }

  net::ManualClock clock_;
  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>(clock_);
  Leaders leaders_;
};

TEST_F(LeaderElectionTest, the_first_creates_the_lease_and_leads) {
  auto a = leader("a");
  EXPECT_TRUE(a->is_leader());
  EXPECT_EQ(spec(), Json::parse(R"({
    "holderIdentity": "a", "leaseDurationSeconds": 15, "leaseTransitions": 0,
    "acquireTime": "2023-11-14T22:13:20.000000Z", "renewTime": "2023-11-14T22:13:20.000000Z"})"));
  a->stop();
  EXPECT_TRUE(a->ended().ok());
  EXPECT_FALSE(a->is_leader());
}

TEST_F(LeaderElectionTest, the_leader_renews_each_retry_period) {
  auto a = leader("a");
  pass(2s, kLeader);
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:22.000000Z");
  pass(2s, kLeader);
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:24.000000Z");
  EXPECT_EQ(spec()["acquireTime"], "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(spec()["leaseTransitions"], 0);
}

TEST_F(LeaderElectionTest, a_standby_waits_while_the_leader_renews) {
  auto a = leader("a");
  auto b = process("b");
  clock_.await_waiters(kLeader + kStandby);
  pass(60s, kLeader + kStandby);
  EXPECT_TRUE(a->leads());
  EXPECT_FALSE(b->leads());
  a->stop();
  b->stop();
  EXPECT_TRUE(b->ended().ok());
}

TEST_F(LeaderElectionTest, a_standby_takes_over_when_it_saw_no_renewal_for_the_leases_duration) {
  lease_exists("dead");  // and by its renewTime, which is another machine's clock, for years
  auto b = process("b");
  clock_.await_waiters(kStandby);
  pass(14s, kStandby);
  EXPECT_FALSE(b->leads());
  pass(3s, kStandby);
  EXPECT_TRUE(b->await_leading());
  EXPECT_EQ(spec()["holderIdentity"], "b");
  EXPECT_EQ(spec()["leaseTransitions"], 5);
}

TEST_F(LeaderElectionTest, a_standby_takes_over_within_a_retry_period_of_a_release) {
  auto a = leader("a");
  auto b = process("b");
  clock_.await_waiters(kLeader + kStandby);
  pass(20s, kLeader + kStandby);
  a->stop();
  EXPECT_TRUE(a->ended().ok());
  clock_.advance(2s);
  EXPECT_TRUE(b->await_leading());
  EXPECT_EQ(spec()["leaseTransitions"], 1);
  EXPECT_EQ(leaders_.most, 1);
}

TEST_F(LeaderElectionTest, a_release_empties_the_holder) {
  auto a = leader("a");
  a->stop();
  EXPECT_TRUE(a->ended().ok());
  EXPECT_EQ(spec()["holderIdentity"], "");
  EXPECT_EQ(spec()["leaseDurationSeconds"], 1);
}

TEST_F(LeaderElectionTest, a_release_comes_after_the_drain_and_the_lease_is_renewed_until_then) {
  auto a = leader("a");
  a->hold_drain();
  a->stop();
  EXPECT_TRUE(a->await_told());
  pass(20s, kLeader);
  EXPECT_EQ(spec()["holderIdentity"], "a");
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:40.000000Z");
  a->end_drain();
  EXPECT_TRUE(a->ended().ok());
  EXPECT_EQ(spec()["holderIdentity"], "");
}

TEST_F(LeaderElectionTest, a_release_that_hangs_is_given_up_after_a_retry_period) {
  auto a = leader("a");
  server_->hang_next(1, to("GET"));
  a->stop();
  while (a->is_leader()) std::this_thread::yield();
  clock_.await_waiters(1);
  clock_.advance(2s);
  EXPECT_TRUE(a->ended().ok());
  EXPECT_EQ(spec()["holderIdentity"], "a");
}

TEST_F(LeaderElectionTest, a_restarted_process_of_the_same_identity_goes_on_at_once) {
  lease_exists("a");
  auto a = leader("a");
  EXPECT_EQ(spec()["leaseTransitions"], 4);
  EXPECT_EQ(spec()["acquireTime"], "2020-01-01T00:00:00.000000Z");
}

TEST_F(LeaderElectionTest, a_lease_that_another_took_stops_the_lead_at_the_next_renewal) {
  auto a = leader("a");
  somebody_writes([](Json& lease) { lease["holderIdentity"] = "usurper"; });
  clock_.advance(2s);
  const net::Status status = a->ended();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Conflict);
  EXPECT_FALSE(a->is_leader());
  EXPECT_EQ(spec()["holderIdentity"], "usurper");  // not released: it is not ours
}

TEST_F(LeaderElectionTest, a_lease_that_another_took_and_released_is_lost_too) {
  auto a = leader("a");
  somebody_writes([](Json& lease) { lease["holderIdentity"] = ""; });
  clock_.advance(2s);
  EXPECT_FALSE(a->ended().ok());
}

TEST_F(LeaderElectionTest, an_update_that_conflicts_is_read_again_and_a_touched_lease_stays_ours) {
  auto a = leader("a");
  server_->before_next(
      to("PUT"), [&] { somebody_writes([](Json& lease) { lease["leaseTransitions"] = 9; }); });
  pass(4s, kLeader);
  EXPECT_TRUE(a->leads());
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:24.000000Z");
}

TEST_F(LeaderElectionTest, a_short_outage_of_the_api_server_is_survived) {
  auto a = leader("a");
  server_->set_online(false);
  pass(7s, kLeader);
  EXPECT_TRUE(a->leads());
  server_->set_online(true);
  pass(20s, kLeader);
  EXPECT_TRUE(a->leads());
  EXPECT_TRUE(a->is_leader());
  a->stop();
  EXPECT_TRUE(a->ended().ok());
}

TEST_F(LeaderElectionTest, a_leader_that_cannot_renew_stops_at_its_deadline) {
  auto a = leader("a");
  server_->set_online(false);
  pass(9s, kLeader);
  EXPECT_TRUE(a->leads());
  clock_.advance(1s);
  EXPECT_FALSE(a->ended().ok());
  EXPECT_FALSE(a->is_leader());
}

TEST_F(LeaderElectionTest, a_renewal_that_hangs_does_not_hide_the_deadline) {
  auto a = leader("a");
  server_->hang_next(1, to("PUT"));
  clock_.advance(2s);
  ASSERT_TRUE(server_->await_calls(2, to("GET")));
  clock_.await_waiters(1);  // the one that watches the deadline
  clock_.advance(8s);
  EXPECT_FALSE(a->ended().ok());
}

TEST_F(LeaderElectionTest, a_leader_that_is_cut_off_has_stopped_before_the_standby_begins) {
  auto a = leader("a");
  auto b = process("b");
  clock_.await_waiters(kLeader + kStandby);
  pass(4s, kLeader + kStandby);
  a->cut();
  pass(9s, kLeader + kStandby);
  EXPECT_TRUE(a->leads());
  EXPECT_FALSE(b->leads());
  clock_.advance(1s);  // ten seconds after the last renewal
  EXPECT_FALSE(a->ended().ok());
  EXPECT_FALSE(b->leads());
  pass(10s, kStandby);
  EXPECT_TRUE(b->await_leading());
  EXPECT_EQ(leaders_.most, 1);
}

TEST_F(LeaderElectionTest, of_two_that_create_the_lease_at_once_one_leads) {
  std::unique_ptr<Process> b;
  server_->before_next(to("POST"), [&] { b = leader("b"); });
  auto a = process("a");
  clock_.await_waiters(kLeader + kStandby);
  EXPECT_TRUE(b->leads());
  EXPECT_FALSE(a->leads());
  pass(20s, kLeader + kStandby);
  EXPECT_EQ(leaders_.most, 1);
  EXPECT_EQ(spec()["holderIdentity"], "b");
}

TEST_F(LeaderElectionTest, of_two_that_take_an_expired_lease_at_once_one_leads) {
  lease_exists("dead");
  auto a = process("a");
  auto b = process("b");
  clock_.await_waiters(2 * kStandby);
  clock_.advance(14s);
  clock_.await_waiters(2 * kStandby);
  // Whichever writes first is held up until the other has read the same expired lease and written.
  server_->before_next(to("PUT"), [&] { server_->await_calls(1, to("PUT")); });
  clock_.advance(3s);
  clock_.await_waiters(kLeader + kStandby);
  EXPECT_NE(a->is_leader(), b->is_leader());
  pass(20s, kLeader + kStandby);
  EXPECT_EQ(leaders_.most, 1);
}

TEST_F(LeaderElectionTest,
       two_electors_never_lead_at_once_whatever_the_order_of_outages_and_stops) {
  auto current = leader("p0");
  for (int round = 1; round <= 12; ++round) {
    auto next = process("p" + std::to_string(round));
    clock_.await_waiters(kLeader + kStandby);
    const int seconds = round % 5;
    pass(std::chrono::seconds{seconds}, kLeader + kStandby);
    const auto until_deadline = 10s - std::chrono::seconds{seconds % 2};  // it renews every 2 s
    if (round % 3 == 0) {                                                 // an orderly end
      current->stop();
      EXPECT_TRUE(current->ended().ok());
    } else {
      const bool for_both = round % 3 == 1;
      if (for_both) server_->set_online(false);
      current->cut();
      pass(until_deadline - 1s, kLeader + kStandby);
      EXPECT_TRUE(current->leads());
      clock_.advance(1s);
      EXPECT_FALSE(current->ended().ok());
      server_->set_online(true);
    }
    for (int i = 0; i < 30 && !next->is_leader(); ++i) pass(1s, kStandby);
    ASSERT_TRUE(next->await_leading());
    clock_.await_waiters(kLeader);
    current = std::move(next);
  }
  EXPECT_EQ(leaders_.most, 1);
}

TEST_F(LeaderElectionTest, a_standby_that_is_stopped_writes_nothing) {
  lease_exists("other");
  auto b = process("b");
  clock_.await_waiters(kStandby);
  b->stop();
  EXPECT_TRUE(b->ended().ok());
  EXPECT_TRUE(server_->calls(to("PUT")).empty());
  EXPECT_EQ(spec()["holderIdentity"], "other");
}

TEST_F(LeaderElectionTest, tells_in_its_metric_who_leads) {
  prometheus::Registry registry;
  LeaderMetrics metrics(registry, "leader");
  const auto status = [&] { return registry.Collect().at(0).metric.at(0).gauge.value; };
  Process a("a", server_, clock_, leaders_, &metrics);
  EXPECT_EQ(status(), 0);
  a.start();
  EXPECT_TRUE(a.await_leading());
  EXPECT_EQ(status(), 1);
  a.stop();
  EXPECT_TRUE(a.ended().ok());
  EXPECT_EQ(status(), 0);
}

TEST_F(LeaderElectionTest, options_that_contradict_each_other_are_refused) {
  const auto client = support::client_of(server_, clock_);
  const auto refused = [&](LeaderElectionOptions options) {
    LeaderElector elector(*client, std::move(options), clock_);
    const net::Status status = elector.run({}, [](std::stop_token) { FAIL(); });
    return !status.ok() && status.error().code == ErrorCode::Invalid;
  };
  EXPECT_TRUE(refused({.lease = kLease}));
  EXPECT_TRUE(refused({.lease = kLease, .identity = "a", .lease_duration = 10s}));
  EXPECT_TRUE(refused({.lease = kLease, .identity = "a", .retry_period = 10s}));
  EXPECT_TRUE(refused({.lease = kLease, .identity = "a", .retry_period = 0s}));
}

}  // namespace
}  // namespace kube
