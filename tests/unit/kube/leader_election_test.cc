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
using support::watches;

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

// A way to the API server that can be cut, and on which watches work only where they are let
// through.
class Wire : public net::HttpClient {
 public:
  Wire(std::shared_ptr<FakeApiServer> server, bool watches)
      : server_(std::move(server)), watches_(watches) {}
  void cut() { cut_ = true; }
  // The next write is done, and `then` happens before its answer comes.
  void cut_short_the_next_write(std::function<void()> then) { then_ = std::move(then); }
  int reads() const { return reads_; }
  // Waits until the watch has handed over so many events.
  bool await_events(int count) {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, 10s, [&] { return events_ >= count; });
  }

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override {
    if (cut_) return net::Error{ErrorCode::Unavailable, "no route to host"};
    if (request.method == "GET") ++reads_;
    auto answer = server_->send(request, stop);
    if (request.method == "GET" || !then_) return answer;
    std::exchange(then_, nullptr)();
    return net::Error{ErrorCode::Cancelled, "stopped"};
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest& request, const StreamLimits& limits,
                                        const LineHandler& on_line, std::stop_token stop) override {
    if (!watches_) return net::Error{ErrorCode::Unavailable, "watches are not let through"};
    const auto counted = [&](std::string_view line) {
      const net::Status taken = on_line(line);
      {
        const std::lock_guard lock(mutex_);
        ++events_;
      }
      heard_.notify_all();
      return taken;
    };
    return server_->stream(request, limits, counted, stop);
  }

 private:
  const std::shared_ptr<FakeApiServer> server_;
  const bool watches_;
  std::atomic<bool> cut_{false};
  std::function<void()> then_;
  std::atomic<int> reads_{0};
  std::mutex mutex_;
  std::condition_variable heard_;
  int events_ = 0;
};

// How many processes lead at this moment, and the most that ever did.
struct Leaders {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
};

// A process that waits to lead, leads until it must end, and then drains for as long as it is held.
class Process {
 public:
  Process(std::string identity, std::shared_ptr<FakeApiServer> server, net::Clock& clock,
          Leaders& leaders, bool watches = false, LeaderMetrics* metrics = nullptr)
      : wire_(std::make_shared<Wire>(std::move(server), watches)),
        client_(make_client(wire_, clock)),
        fence_(clock),
        elector_(*client_, {.lease = kLease, .identity = std::move(identity)}, clock, metrics,
                 &fence_),
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
  Wire& wire() { return *wire_; }
  const Fence& fence() const { return fence_; }
  bool leads() const { return leads_; }
  bool is_leader() const { return elector_.is_leader(); }

  bool await_leading() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this] { return leads_.load(); });
  }
  // Waits until `lead` had to end.
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
  Fence fence_;
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
  // The number of waits for the clock: a standby's for its next look and, where watches do not
  // work, for its next try of one; a leader's for its next renewal and for its deadline.
  static constexpr int kWatchingStandby = 1;
  static constexpr int kStandby = 2;
  static constexpr int kLeader = 2;

  LeaderElectionTest() { server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn); }

  std::unique_ptr<Process> process(const std::string& identity) {
    auto made = std::make_unique<Process>(identity, server_, clock_, leaders_);
    made->start();
    return made;
  }
  // A standby whose watch works, and has begun.
  std::unique_ptr<Process> watcher(const std::string& identity) {
    auto made = std::make_unique<Process>(identity, server_, clock_, leaders_, true);
    made->start();
    EXPECT_TRUE(server_->await_watches(1));
    clock_.await_waiters(kWatchingStandby);
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
  pass(1s, kStandby);
  EXPECT_TRUE(b->await_leading());
  EXPECT_EQ(spec()["holderIdentity"], "b");
  EXPECT_EQ(spec()["leaseTransitions"], 5);
}

TEST_F(LeaderElectionTest,
       a_standby_without_a_watch_takes_over_within_a_retry_period_of_a_release) {
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

TEST_F(LeaderElectionTest, a_standby_that_watches_takes_a_released_lease_at_once) {
  auto a = leader("a");
  auto b = watcher("b");
  a->stop();
  EXPECT_TRUE(a->ended().ok());
  EXPECT_TRUE(b->await_leading());  // and nobody has turned the clock
  EXPECT_EQ(spec()["holderIdentity"], "b");
  EXPECT_EQ(leaders_.most, 1);
}

TEST_F(LeaderElectionTest, a_standby_that_watches_takes_a_deleted_lease_at_once) {
  lease_exists("other");
  auto b = watcher("b");
  server_->remove(Lease::resource(), kLease);
  EXPECT_TRUE(b->await_leading());
  EXPECT_EQ(spec()["holderIdentity"], "b");
}

TEST_F(LeaderElectionTest, a_standby_that_hears_of_renewals_does_not_look_for_itself) {
  lease_exists("other");
  auto b = watcher("b");
  const int reads = b->wire().reads();
  for (int renewal = 1; renewal <= 20; ++renewal) {
    somebody_writes([&](Json& lease) {
      lease["renewTime"] = "2020-01-01T00:00:00.000000Z";
      lease["leaseTransitions"] = renewal;
    });
    ASSERT_TRUE(b->wire().await_events(renewal));
    pass(2s, kWatchingStandby);
  }
  EXPECT_EQ(b->wire().reads(), reads);
  EXPECT_FALSE(b->leads());
}

TEST_F(LeaderElectionTest, a_renewal_that_was_only_heard_of_counts) {
  lease_exists("other");
  auto b = watcher("b");
  pass(10s, kWatchingStandby);
  somebody_writes([](Json& lease) { lease["renewTime"] = "2020-01-01T00:00:01.000000Z"; });
  ASSERT_TRUE(b->wire().await_events(1));
  pass(14s, kWatchingStandby);
  EXPECT_FALSE(b->leads());
  clock_.advance(1s);
  EXPECT_TRUE(b->await_leading());
}

TEST_F(LeaderElectionTest, a_watch_asks_for_this_lease_alone) {
  lease_exists("other");
  auto b = watcher("b");
  for (const auto& call : server_->calls()) {
    if (call.path.ends_with("/leases")) {
      EXPECT_EQ(call.query.at("fieldSelector"), "metadata.name=leader");
    }
  }
  EXPECT_EQ(server_->calls(watches()).size(), 1u);
}

TEST_F(LeaderElectionTest, the_fence_is_open_until_another_might_take_the_lease) {
  auto a = leader("a");
  EXPECT_EQ(*a->fence().admit(), 15s);
  pass(1s, kLeader);
  EXPECT_EQ(*a->fence().admit(), 14s);
  pass(1s, kLeader);
  EXPECT_EQ(*a->fence().admit(), 15s);  // renewed
}

TEST_F(LeaderElectionTest, the_fence_of_a_standby_is_closed) {
  auto a = leader("a");
  auto b = process("b");
  clock_.await_waiters(kLeader + kStandby);
  EXPECT_FALSE(b->fence().admit().ok());
}

TEST_F(LeaderElectionTest, the_fence_counts_from_when_a_renewal_was_sent_not_from_its_answer) {
  auto a = leader("a");
  const net::SteadyTime sent = clock_.steady() + 2s;
  server_->before_next(to("PUT"), [&] { clock_.advance(5s); });
  pass(2s, kLeader);
  EXPECT_EQ(a->fence().valid_until(), sent + 15s);
}

TEST_F(LeaderElectionTest, the_fence_is_closed_before_the_lease_is_released) {
  auto a = leader("a");
  bool open = true;
  server_->before_next(to("PUT"), [&] { open = a->fence().admit().ok(); });
  a->stop();
  EXPECT_TRUE(a->ended().ok());
  EXPECT_EQ(spec()["holderIdentity"], "");
  EXPECT_FALSE(open);
}

TEST_F(LeaderElectionTest, the_fence_of_a_process_that_slept_past_its_lease_is_closed) {
  auto a = leader("a");
  server_->set_online(false);
  clock_.advance(15s);
  EXPECT_FALSE(a->fence().admit().ok());  // whatever its threads have come to by now
  EXPECT_FALSE(a->ended().ok());
}

TEST_F(LeaderElectionTest, a_renewal_that_succeeds_after_the_deadline_opens_the_fence_no_more) {
  auto a = leader("a");
  server_->before_next(to("PUT"), [&] {
    clock_.advance(8s);
    while (a->is_leader()) std::this_thread::yield();
  });
  clock_.advance(2s);
  EXPECT_FALSE(a->ended().ok());
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:22.000000Z");  // it did succeed
  EXPECT_FALSE(a->fence().admit().ok());
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

// A caller can act on the difference: a missing right says nothing against the process.
TEST_F(LeaderElectionTest, a_lease_that_may_not_be_renewed_is_lost_as_forbidden_and_said_once) {
  auto a = leader("a");
  testing::internal::CaptureStderr();
  server_->answer_next(100, 403, to("PUT"));
  pass(9s, kLeader);
  clock_.advance(1s);
  const net::Status status = a->ended();
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Forbidden);
  const std::size_t first = log.find("The lease was not written");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("The lease was not written", first + 1), std::string::npos) << log;
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

TEST_F(LeaderElectionTest, a_stop_in_the_midst_of_taking_the_lease_leaves_it_free) {
  lease_exists("");
  Process b("b", server_, clock_, leaders_);
  b.wire().cut_short_the_next_write([&] {
    EXPECT_EQ(spec()["holderIdentity"], "b");
    b.stop();
  });
  b.start();
  EXPECT_TRUE(b.ended().ok());
  EXPECT_EQ(leaders_.most, 0);
  EXPECT_EQ(spec()["holderIdentity"], "");
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
  Process a("a", server_, clock_, leaders_, false, &metrics);
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
