#include "oauth/call_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace oauth {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

// Work that notes its key when it begins, and ends when it is told to (or stopped).
class Stage {
 public:
  ProviderWork work(std::string key, std::string host = "a.example", std::string tenant = "t",
                    std::optional<seconds> wait = std::nullopt) {
    return {.key = key,
            .host = std::move(host),
            .client_id = "app",
            .tenant = std::move(tenant),
            .run = [this, key, wait](std::stop_token stop) {
              play(key, stop);
              return wait;
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
  void await_ended(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_.size() >= count; });
  }
  std::vector<std::string> begun() const {
    const std::lock_guard guard(mutex_);
    return begun_;
  }
  std::vector<std::string> stopped() const {
    const std::lock_guard guard(mutex_);
    return stopped_;
  }

 private:
  void play(const std::string& key, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    begun_.push_back(key);
    changed_.notify_all();
    if (changed_.wait(lock, stop, [&] { return may_finish_[key] > 0; })) {
      --may_finish_[key];
    } else {
      stopped_.push_back(key);
    }
    ended_.push_back(key);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> begun_, ended_, stopped_;
  std::map<std::string, int> may_finish_;
};

// Work that nobody need hold: it has begun and ended when `done` is counted down.
ProviderWork quick(std::string key, std::latch& done, std::string host = "a.example",
                   std::string client = "app") {
  return {.key = std::move(key),
          .host = std::move(host),
          .client_id = std::move(client),
          .tenant = "t",
          .run = [&done](std::stop_token) -> std::optional<seconds> {
            done.count_down();
            return std::nullopt;
          }};
}

TEST(CallScheduler, work_runs_on_a_thread_of_its_own) {
  std::latch done(1);
  std::thread::id ran_on;
  CallScheduler scheduler;
  scheduler.submit({.key = "k",
                    .host = "a.example",
                    .client_id = "app",
                    .tenant = "t",
                    .run = [&](std::stop_token) -> std::optional<seconds> {
                      ran_on = std::this_thread::get_id();
                      done.count_down();
                      return std::nullopt;
                    }});
  done.wait();
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(CallScheduler, a_host_never_has_more_under_way_than_its_limit) {
  Stage stage;
  CallScheduler scheduler({.per_host = 2, .total = 8});
  for (const char* key : {"1", "2", "3"}) scheduler.submit(stage.work(key));
  scheduler.submit(stage.work("elsewhere", "b.example"));
  stage.await_begun(3);  // two here and the one elsewhere
  EXPECT_EQ(scheduler.under_way("a.example"), 2);
  EXPECT_EQ(scheduler.under_way("b.example"), 1);
  EXPECT_EQ(scheduler.under_way("c.example"), 0);
  EXPECT_THAT(stage.begun(), testing::UnorderedElementsAre("1", "2", "elsewhere"));
  stage.finish("1");
  stage.await_begun(4);
  EXPECT_EQ(stage.begun().back(), "3");
}

TEST(CallScheduler, all_hosts_together_never_have_more_than_the_total) {
  Stage stage;
  CallScheduler scheduler({.per_host = 4, .total = 2});
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    scheduler.submit(stage.work(host, host));
  }
  stage.await_begun(2);
  EXPECT_EQ(scheduler.under_way("a.example") + scheduler.under_way("b.example") +
                scheduler.under_way("c.example"),
            2);
  stage.finish("a.example");
  stage.await_begun(3);
  EXPECT_EQ(stage.begun().back(), "c.example");
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
  stage.await_ended(1);
  while (scheduler.under_way("a.example") > 0) std::this_thread::yield();

  scheduler.submit(stage.work("second"));
  scheduler.submit(quick("another client", others, "a.example", "other"));
  scheduler.submit(quick("another host", others, "b.example"));
  others.wait();
  clock.await_waiters(1);
  clock.advance(seconds{29});
  clock.await_waiters(1);
  EXPECT_EQ(stage.begun().size(), 1U);
  EXPECT_EQ(scheduler.silence("a.example", "app"), seconds{1});
  EXPECT_EQ(scheduler.silence("a.example", "other"), seconds{0});
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
                    .client_id = "app",
                    .tenant = "t",
                    .run = [&](std::stop_token) -> std::optional<seconds> {
                      scheduler.submit(quick("inner", done));
                      return std::nullopt;
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

}  // namespace
}  // namespace oauth
