#include "oauth/calls/call_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <latch>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "support/scheduled.h"

namespace oauth {
namespace {

using std::chrono::seconds;
using support::await_noted;
using testing::ElementsAre;

// Work that notes its key when it begins, and ends when the test finishes or stops it.
class Stage {
 public:
  ProviderWork work(const std::string& key, const std::string& host = "a.example",
                    std::string tenant = "t", std::optional<seconds> wait = std::nullopt) {
    return {.key = key,
            .host = host,
            .client = "app",
            .tenant = std::move(tenant),
            .run = [this, key, host, wait](std::stop_token stop) {
              play(key, host, stop);
              return CallsMade{.retry_after = wait};
            }};
  }

  void finish(const std::string& key) {
    const std::lock_guard guard(mutex_);
    ++may_finish_[key];
    changed_.notify_all();
  }
  void await_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.size() >= count; });
  }
  void await_begun(const std::string& key) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return std::find(begun_.begin(), begun_.end(), key) != begun_.end(); });
  }
  void await_ended(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_.size() >= count; });
  }
  std::vector<std::string> begun() const {
    const std::lock_guard guard(mutex_);
    return begun_;
  }
  // The most that ran at the same time; over all hosts if none is named.
  int most_at_once(const std::string& host = "") const {
    const std::lock_guard guard(mutex_);
    const auto found = most_at_once_.find(host);
    return found == most_at_once_.end() ? 0 : found->second;
  }
  std::vector<std::string> stopped() const {
    const std::lock_guard guard(mutex_);
    return stopped_;
  }

 private:
  void play(const std::string& key, const std::string& host, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    begun_.push_back(key);
    begin_at(host);
    begin_at("");
    changed_.notify_all();
    if (changed_.wait(lock, stop, [&] { return may_finish_[key] > 0; })) {
      --may_finish_[key];
    } else {
      stopped_.push_back(key);
    }
    ended_.push_back(key);
    --at_once_[host];
    --at_once_[""];
    changed_.notify_all();
  }
  void begin_at(const std::string& host) {
    most_at_once_[host] = std::max(most_at_once_[host], ++at_once_[host]);
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> begun_, ended_, stopped_;
  std::map<std::string, int> may_finish_;
  std::map<std::string, int> at_once_, most_at_once_;  // by host; over all hosts: ""
};

// Work that ends at once: it has begun and ended when `done` is counted down.
ProviderWork quick(std::string key, std::latch& done, std::string host = "a.example",
                   std::string client = "app") {
  return {.key = std::move(key),
          .host = std::move(host),
          .client = std::move(client),
          .tenant = "t",
          .run = [&done](std::stop_token) -> CallsMade {
            done.count_down();
            return {};
          }};
}

TEST(CallScheduler, work_runs_on_a_thread_of_its_own) {
  std::latch done(1);
  std::thread::id ran_on;
  CallScheduler scheduler;
  scheduler.submit({.key = "k",
                    .host = "a.example",
                    .client = "app",
                    .tenant = "t",
                    .run = [&](std::stop_token) -> CallsMade {
                      ran_on = std::this_thread::get_id();
                      done.count_down();
                      return {};
                    }});
  done.wait();
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(CallScheduler, a_host_never_has_more_under_way_than_its_limit) {
  Stage stage;
  CallScheduler scheduler({.per_host = 2, .total = 8});
  for (const char* key : {"1", "2", "3", "4"}) scheduler.submit(stage.work(key));
  scheduler.submit(stage.work("elsewhere", "b.example"));
  stage.await_begun(3);  // two here and the one elsewhere
  EXPECT_THAT(stage.begun(), testing::UnorderedElementsAre("1", "2", "elsewhere"));
  stage.finish("1");
  stage.await_begun(4);
  EXPECT_EQ(stage.begun().back(), "3");
  for (const char* key : {"2", "3", "4"}) stage.finish(key);
  stage.await_ended(4);
  EXPECT_EQ(stage.most_at_once("a.example"), 2);
}

TEST(CallScheduler, all_hosts_together_never_have_more_than_the_total) {
  Stage stage;
  CallScheduler scheduler({.per_host = 4, .total = 2});
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    scheduler.submit(stage.work(host, host));
  }
  stage.await_begun(2);
  stage.finish("a.example");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "c.example");
  for (const char* host : {"b.example", "c.example"}) stage.finish(host);
  stage.await_ended(3);
  EXPECT_EQ(stage.most_at_once(), 2);
}

TEST(CallScheduler, tenants_take_turns_at_a_host) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 4});
  scheduler.submit(stage.work("first", "a.example", "big"));
  stage.await_begun(1);
  for (const char* key : {"big1", "big2", "big3"}) {
    scheduler.submit(stage.work(key, "a.example", "big"));
  }
  scheduler.submit(stage.work("small1", "a.example", "small"));
  scheduler.submit(stage.work("tiny1", "a.example", "tiny"));
  std::size_t begun = 1;
  for (const char* key : {"first", "big1", "small1", "tiny1", "big2"}) {
    stage.finish(key);
    stage.await_begun(++begun);
  }
  EXPECT_THAT(stage.begun(), ElementsAre("first", "big1", "small1", "tiny1", "big2", "big3"));
}

TEST(CallScheduler, work_replaces_what_waits_under_the_same_key_in_its_place) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 4});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  ProviderWork old = stage.work("old");
  old.key = "same";
  scheduler.submit(std::move(old));
  scheduler.submit(stage.work("other"));
  ProviderWork renewed = stage.work("new");
  renewed.key = "same";
  scheduler.submit(std::move(renewed));
  stage.finish("busy");
  stage.await_begun(2);
  stage.finish("new");
  stage.await_begun(3);
  EXPECT_THAT(stage.begun(), ElementsAre("busy", "new", "other"));
}

TEST(CallScheduler, work_replaces_what_waits_at_another_host_too) {
  Stage stage;
  std::latch done(1);
  CallScheduler scheduler({.per_host = 1, .total = 4});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  ProviderWork old = stage.work("old");
  old.key = "same";
  scheduler.submit(std::move(old));
  ProviderWork renewed = stage.work("new", "b.example");
  renewed.key = "same";
  scheduler.submit(std::move(renewed));
  stage.await_begun(2);
  stage.finish("busy");
  stage.await_ended(1);
  scheduler.submit(quick("after", done));
  done.wait();
  EXPECT_THAT(stage.begun(), ElementsAre("busy", "new"));
}

TEST(CallScheduler, work_waits_for_what_runs_under_the_same_key) {
  Stage stage;
  std::latch done(1);
  CallScheduler scheduler({.per_host = 4, .total = 4});
  scheduler.submit(stage.work("same"));
  stage.await_begun(1);
  scheduler.submit(stage.work("same"));
  scheduler.submit(quick("other", done));
  done.wait();  // there was room, and the second did not take it
  EXPECT_EQ(stage.begun().size(), 1U);
  stage.finish("same");
  stage.await_begun(2);
}

TEST(CallScheduler, a_client_that_was_told_to_wait_is_left_alone_that_long) {
  net::ManualClock clock;
  Stage stage;
  std::latch others(2);
  CallScheduler scheduler({.per_host = 4, .total = 4}, clock);
  scheduler.submit(stage.work("first", "a.example", "t", seconds{30}));
  stage.finish("first");
  stage.await_begun("first");
  await_noted(scheduler, "first");

  scheduler.submit(stage.work("second"));
  scheduler.submit(quick("another client", others, "a.example", "other"));
  scheduler.submit(quick("another host", others, "b.example"));
  others.wait();
  clock.await_waiters(1);
  clock.advance(seconds{29});
  clock.await_waiters(1);
  EXPECT_EQ(stage.begun().size(), 1U);
  ASSERT_TRUE(scheduler.waiting("second"));
  EXPECT_EQ(scheduler.waiting("second")->why, Waiting::Why::RetryAfter);
  EXPECT_EQ(scheduler.waiting("second")->at_least, seconds{1});
  EXPECT_FALSE(scheduler.waiting("another client"));
  clock.advance(seconds{1});
  stage.await_begun(2);
  EXPECT_EQ(stage.begun().back(), "second");
}

TEST(CallScheduler, a_silenced_client_does_not_hold_up_others_of_its_tenant) {
  net::ManualClock clock;
  Stage stage;
  std::latch done(1);
  CallScheduler scheduler({.per_host = 1, .total = 2}, clock);
  scheduler.submit(stage.work("first", "a.example", "t", seconds{30}));
  stage.finish("first");
  stage.await_ended(1);
  scheduler.submit(stage.work("silenced"));
  scheduler.submit(quick("free", done, "a.example", "other"));
  done.wait();
  EXPECT_EQ(stage.begun().size(), 1U);
}

TEST(CallScheduler, cancel_drops_what_waits) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 4});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  scheduler.submit(stage.work("dropped"));
  scheduler.submit(stage.work("next"));
  scheduler.cancel("dropped");
  scheduler.cancel("unknown");
  stage.finish("busy");
  stage.await_begun(2);
  EXPECT_THAT(stage.begun(), ElementsAre("busy", "next"));
}

TEST(CallScheduler, cancel_stops_what_runs_and_nothing_else) {
  Stage stage;
  CallScheduler scheduler({.per_host = 4, .total = 4});
  scheduler.submit(stage.work("one"));
  scheduler.submit(stage.work("two"));
  stage.await_begun(2);
  scheduler.cancel("one");
  stage.await_ended(1);
  EXPECT_THAT(stage.stopped(), ElementsAre("one"));
}

TEST(CallScheduler, stop_ends_what_runs_and_drops_what_waits_and_what_comes) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 4});
  scheduler.submit(stage.work("running"));
  stage.await_begun(1);
  scheduler.submit(stage.work("waiting"));
  scheduler.stop();
  scheduler.submit(stage.work("late"));
  scheduler.stop();
  EXPECT_THAT(stage.stopped(), ElementsAre("running"));
  EXPECT_THAT(stage.begun(), ElementsAre("running"));
}

TEST(CallScheduler, destruction_waits_for_what_runs) {
  Stage stage;
  {
    CallScheduler scheduler;
    scheduler.submit(stage.work("running"));
    stage.await_begun(1);
  }
  EXPECT_THAT(stage.stopped(), ElementsAre("running"));
}

TEST(CallScheduler, a_submit_from_within_work_is_taken) {
  std::latch done(1);
  CallScheduler scheduler({.per_host = 1, .total = 1});
  scheduler.submit({.key = "outer",
                    .host = "a.example",
                    .client = "app",
                    .tenant = "t",
                    .run = [&](std::stop_token) -> CallsMade {
                      scheduler.submit(quick("inner", done));
                      return {};
                    }});
  done.wait();
}

TEST(CallScheduler, much_work_of_many_tenants_is_all_done) {
  constexpr int kWork = 2000;
  std::latch done(kWork);
  CallScheduler scheduler({.per_host = 3, .total = 8});
  for (int i = 0; i < kWork; ++i) {
    ProviderWork work = quick(std::to_string(i), done, i % 3 == 0 ? "a.example" : "b.example");
    work.tenant = std::to_string(i % 7);
    scheduler.submit(std::move(work));
  }
  done.wait();
}

// --- Turns

TEST(CallScheduler, hosts_take_turns) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 2});
  for (const char* host : {"a.example", "b.example"})
    for (int i = 0; i < 20; ++i)
      scheduler.submit(stage.work(std::string(1, *host) + std::to_string(i), host));
  stage.await_begun(2);
  EXPECT_THAT(stage.begun(), testing::UnorderedElementsAre("a0", "b0"));
  scheduler.submit(stage.work("z", "z.example", "another tenant"));
  stage.finish("a0");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "z");
}

// Sixteen hosts that hang, each with a backlog, hold all threads except the reserved ones.
TEST(CallScheduler, hosts_that_hang_do_not_hold_all_threads) {
  Stage stage;
  std::latch answers(8);
  CallScheduler scheduler;
  for (int i = 0; i < 5 * 16; ++i) {
    const std::string number = std::to_string(i);
    scheduler.submit(stage.work(number, "hangs-" + std::to_string(i % 16) + ".example"));
  }
  stage.await_begun(56);
  for (int i = 0; i < 8; ++i)
    scheduler.submit(quick("quick " + std::to_string(i), answers, "answers.example"));
  answers.wait();
  EXPECT_EQ(stage.begun().size(), 56U);
}

TEST(CallScheduler, refreshes_come_before_verifications) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 1});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  scheduler.submit(stage.work("verification"));
  ProviderWork refresh = stage.work("refresh", "z.example");
  refresh.priority = CallPriority::Refresh;
  scheduler.submit(std::move(refresh));
  stage.finish("busy");
  stage.await_begun(2);
  stage.finish("refresh");
  stage.await_begun(3);
  EXPECT_THAT(stage.begun(), ElementsAre("busy", "refresh", "verification"));
}

ProviderWork as_refresh(ProviderWork work) {
  work.priority = CallPriority::Refresh;
  return work;
}

TEST(CallScheduler, a_refresh_overtakes_the_verifications_of_its_host) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 2});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  for (const char* key : {"verification 1", "verification 2"}) scheduler.submit(stage.work(key));
  scheduler.submit(as_refresh(stage.work("refresh", "a.example", "another tenant")));
  std::size_t begun = 1;
  for (const char* key : {"busy", "refresh", "verification 1"}) {
    stage.finish(key);
    stage.await_begun(++begun);
  }
  EXPECT_THAT(stage.begun(), ElementsAre("busy", "refresh", "verification 1", "verification 2"));
}

TEST(CallScheduler, hosts_take_turns_among_refreshes_too) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 2});
  for (const char* host : {"a.example", "b.example"})
    for (int i = 0; i < 20; ++i)
      scheduler.submit(as_refresh(stage.work(std::string(1, *host) + std::to_string(i), host)));
  stage.await_begun(2);
  EXPECT_THAT(stage.begun(), testing::UnorderedElementsAre("a0", "b0"));
  scheduler.submit(as_refresh(stage.work("z", "z.example")));
  stage.finish("a0");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "z");
}

TEST(CallScheduler, refreshes_that_wait_for_a_busy_host_hold_up_no_verification_elsewhere) {
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 2});
  scheduler.submit(as_refresh(stage.work("hangs", "hangs.example")));
  stage.await_begun(1);
  for (int i = 0; i < 20; ++i)
    scheduler.submit(as_refresh(stage.work("waits " + std::to_string(i), "hangs.example")));
  scheduler.submit(stage.work("verification"));
  stage.await_begun(2);
  EXPECT_THAT(stage.begun(), ElementsAre("hangs", "verification"));
}

// Seconds of this thread's own CPU time, whatever else the machine does.
double time_to_submit_and_cancel(int pieces) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  Stage stage;
  CallScheduler scheduler({.per_host = 1, .total = 1});
  scheduler.submit(stage.work("busy"));
  stage.await_begun(1);
  const double begin = now();
  for (int i = 0; i < pieces; ++i) scheduler.submit(stage.work(std::to_string(i)));
  for (int i = pieces; i-- > 0;) scheduler.cancel(std::to_string(i));
  return now() - begin;
}

// With a cost in the square of the number, eight times as many would take 64 times as long.
TEST(CallScheduler, forty_thousand_pieces_come_and_go_in_a_time_that_grows_with_their_number) {
  const double few = time_to_submit_and_cancel(5'000);
  const double many = time_to_submit_and_cancel(40'000);
  RecordProperty("seconds", std::to_string(many));
  EXPECT_LT(many, few * 20);
}

// --- Failed sign-ins

// Work of the client "app" whose sign-in fails.
class SignIns : public testing::Test {
 protected:
  ProviderWork wrong(std::string key, std::string tenant = "t", std::string client = "app") {
    const std::string name = key;
    return {.key = std::move(key),
            .host = "a.example",
            .client = std::move(client),
            .tenant = std::move(tenant),
            .may_fail = 1,
            .run = [this, name](std::stop_token) {
              const std::lock_guard guard(mutex_);
              ++failed_;
              last_ = name;
              changed_.notify_all();
              return CallsMade{.failed_sign_ins = 1};
            }};
  }
  // Waits until the scheduler has noted the last failed sign-in.
  void settle() { await_noted(scheduler, last()); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      scheduler.submit(wrong("wrong " + std::to_string(i)));
      await_failed(i + 1);
    }
    settle();
  }
  void await_failed(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failed_ >= count; });
  }
  Waiting::Why why_waits(const std::string& key) const {
    const auto waiting = scheduler.waiting(key);
    return waiting ? waiting->why : Waiting::Why::Turn;
  }
  int failed() {
    const std::lock_guard guard(mutex_);
    return failed_;
  }

  net::ManualClock clock;
  Stage stage;
  CallScheduler scheduler{{.per_host = 4, .total = 8}, clock};

 private:
  std::string last() {
    const std::lock_guard guard(mutex_);
    return last_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int failed_ = 0;
  std::string last_;  // of the failed ones
};

TEST_F(SignIns, of_one_client_run_one_at_a_time_whoever_submits_them) {
  const auto sign_in = [&](const char* key, const char* tenant) {
    ProviderWork work = stage.work(key, "a.example", tenant);
    work.may_fail = 1;
    return work;
  };
  scheduler.submit(sign_in("first", "one"));
  stage.await_begun(1);
  scheduler.submit(sign_in("second", "two"));
  ProviderWork other = sign_in("other", "two");
  other.client = "another";
  scheduler.submit(std::move(other));
  stage.await_begun(2);
  EXPECT_THAT(stage.begun(), ElementsAre("first", "other"));
  stage.finish("first");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "second");
}

TEST_F(SignIns, that_fail_have_a_budget_for_each_client_over_all_tenants) {
  for (int i = 0; i < 20; ++i)
    scheduler.submit(wrong(std::to_string(i), "tenant " + std::to_string(i % 5)));
  await_failed(4);
  settle();
  EXPECT_EQ(failed(), 4);
  ASSERT_TRUE(scheduler.waiting("19"));
  EXPECT_EQ(scheduler.waiting("19")->why, Waiting::Why::FailedSignIns);
  EXPECT_EQ(scheduler.waiting("19")->at_least, std::chrono::minutes{10});

  scheduler.submit(wrong("another client", "t", "another"));
  await_failed(5);
  clock.await_waiters(1);
  clock.advance(std::chrono::minutes{10});
  await_failed(9);
  settle();
  EXPECT_EQ(failed(), 9);
}

TEST_F(SignIns, that_may_fail_more_than_once_wait_until_there_is_room_for_all) {
  fail(3);
  ProviderWork two = stage.work("two");
  two.may_fail = 2;
  scheduler.submit(std::move(two));
  EXPECT_EQ(why_waits("two"), Waiting::Why::FailedSignIns);
  clock.await_waiters(1);
  clock.advance(std::chrono::minutes{10});
  stage.await_begun(1);
}

TEST_F(SignIns, of_whose_the_client_is_known_to_be_come_first) {
  fail(4);
  for (int i = 0; i < 5; ++i) scheduler.submit(wrong("attacker " + std::to_string(i), "attacker"));
  ProviderWork owner = stage.work("owner", "a.example", "owner");
  owner.may_fail = 1;
  owner.trusted = true;
  scheduler.submit(std::move(owner));
  clock.await_waiters(1);
  clock.advance(std::chrono::minutes{10});
  stage.await_begun(1);
  EXPECT_EQ(failed(), 4) << "nobody was before it";
  stage.finish("owner");
  await_failed(8);
}

TEST_F(SignIns, that_are_cancelled_hold_up_nobody) {
  fail(4);
  ProviderWork owner = stage.work("owner", "a.example", "owner");
  owner.may_fail = 1;
  owner.trusted = true;
  scheduler.submit(std::move(owner));
  scheduler.submit(wrong("other"));
  scheduler.cancel("owner");
  clock.await_waiters(1);
  clock.advance(std::chrono::minutes{10});
  await_failed(5);
}

// --- Silence

TEST_F(SignIns, no_silence_lasts_longer_than_ten_minutes) {
  scheduler.submit(stage.work("first", "a.example", "t", std::chrono::hours{24}));
  stage.finish("first");
  stage.await_begun("first");
  await_noted(scheduler, "first");
  scheduler.submit(stage.work("second"));
  ASSERT_TRUE(scheduler.waiting("second"));
  EXPECT_EQ(scheduler.waiting("second")->at_least, std::chrono::minutes{10});
}

TEST_F(SignIns, a_persons_request_breaks_a_silence_once_for_each_tenant) {
  const auto request = [&](const char* key, const char* tenant) {
    ProviderWork work = stage.work(key, "a.example", tenant, seconds{60});
    work.requested = true;
    scheduler.submit(std::move(work));
  };
  scheduler.submit(stage.work("first", "a.example", "t", seconds{60}));
  stage.finish("first");
  stage.await_begun("first");
  await_noted(scheduler, "first");
  request("asked for", "t");
  stage.await_begun(2);
  stage.finish("asked for");
  stage.await_begun("asked for");
  await_noted(scheduler, "asked for");
  request("asked again", "t");
  EXPECT_EQ(why_waits("asked again"), Waiting::Why::RetryAfter);
  request("asked by another", "another");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "asked by another");
}

TEST_F(SignIns, a_retry_after_holds_for_refreshes_and_verifications_of_its_client) {
  constexpr auto kRefresh = CallPriority::Refresh, kVerification = CallPriority::Verification;
  for (const auto& [told, waits] :
       {std::pair{kRefresh, kVerification}, {kVerification, kRefresh}}) {
    const std::string client = told == kRefresh ? "refreshed" : "verified";
    ProviderWork first = stage.work("first of " + client, "a.example", "t", seconds{30});
    first.client = client;
    first.priority = told;
    scheduler.submit(std::move(first));
    stage.finish("first of " + client);
    stage.await_begun("first of " + client);
    await_noted(scheduler, "first of " + client);
    ProviderWork second = stage.work("second of " + client);
    second.client = client;
    second.priority = waits;
    scheduler.submit(std::move(second));
    EXPECT_EQ(why_waits("second of " + client), Waiting::Why::RetryAfter);
  }
}

class SilentHost : public SignIns {
 protected:
  // A call of that client gets a Retry-After of an hour, or none.
  void call(const std::string& client, const std::string& tenant, bool told = true) {
    ProviderWork work =
        stage.work(client, "a.example", tenant,
                   told ? std::optional<seconds>(std::chrono::hours{1}) : std::nullopt);
    work.client = client;
    scheduler.submit(std::move(work));
    stage.finish(client);
    stage.await_begun(client);
    await_noted(scheduler, client);
  }
  Waiting::Why why_another_waits() {
    ProviderWork work = stage.work("new");
    work.client = "new";
    scheduler.submit(std::move(work));
    return why_waits("new");
  }
};

TEST_F(SilentHost, follows_from_several_clients_in_a_row_that_were_told_to_wait) {
  call("one", "t");
  call("two", "another");
  call("three", "t");
  EXPECT_EQ(why_another_waits(), Waiting::Why::RetryAfter);
  EXPECT_EQ(scheduler.waiting("new")->at_least, std::chrono::minutes{10});
}

TEST_F(SilentHost, does_not_follow_where_one_between_them_was_answered) {
  call("one", "t");
  call("two", "another");
  call("answered", "t", false);
  call("three", "t");
  stage.finish("new");
  EXPECT_EQ(why_another_waits(), Waiting::Why::Turn);
}

TEST_F(SilentHost, does_not_follow_from_one_tenants_doing) {
  for (const char* client : {"one", "two", "three", "four"}) call(client, "attacker");
  stage.finish("new");
  EXPECT_EQ(why_another_waits(), Waiting::Why::Turn);
}

}  // namespace
}  // namespace oauth
