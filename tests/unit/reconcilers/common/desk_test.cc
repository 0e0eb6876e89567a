#include "reconcilers/common/desk.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/log.h"
#include "net/result.h"
#include "support/builders.h"
#include "support/scheduled.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using oauth::CallPriority;

// As a token refresh would use a Desk.
struct RefreshRequest {
  std::string connection;
};
using RefreshResult = net::Result<std::string>;
using RefreshDesk = Desk<RefreshRequest, RefreshResult>;

constexpr const char* kHost = "login.acme.example";

class DeskTest : public testing::Test {
 protected:
  DeskTest() { net::set_log_level(net::LogLevel::Error); }
  ~DeskTest() override {
    release();
    scheduler.stop();
  }

  static RefreshDesk::Order order(const std::string& inputs,
                                  CallPriority priority = CallPriority::Refresh) {
    return {.inputs = inputs,
            .cause = {},
            .call = {.key = {},
                     .host = kHost,
                     .client = "app",
                     .tenant = "team",
                     .priority = priority,
                     .run = {}},
            .request = {.connection = inputs}};
  }
  void start(const std::string& uid, const std::string& inputs) {
    desk.start(uid, {"team", uid}, order(inputs));
  }

  // Until release(), work that has begun goes on.
  void hold() {
    const std::lock_guard lock(mutex);
    held = true;
  }
  void release() {
    const std::lock_guard lock(mutex);
    held = false;
    changed.notify_all();
  }
  bool await_begun(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return begun.size() >= count; });
  }
  bool await_done(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return done.size() >= count; });
  }

  RefreshDesk::Answer run(const std::string&, const RefreshRequest& request, std::stop_token stop) {
    std::unique_lock lock(mutex);
    begun.push_back(request.connection);
    changed.notify_all();
    changed.wait(lock, stop, [&] { return !held; });
    if (request.connection == "throws") throw std::length_error("the-token");
    if (request.connection == "changed") return {.result = std::nullopt, .calls = {.any = false}};
    return {.result = RefreshResult{"token of " + request.connection},
            .calls = {.any = true, .retry_after = retry_after}};
  }

  net::ManualClock clock{gen::start};
  std::mutex mutex;
  std::condition_variable_any changed;
  bool held = false;
  std::optional<std::chrono::seconds> retry_after;
  std::vector<std::string> begun;
  std::vector<kube::NamespacedName> done;
  oauth::CallScheduler scheduler{{.per_host = 1, .total = 8}, clock};
  RefreshDesk desk{scheduler,
                   clock,
                   {.name = "refresh",
                    .run = [this](const std::string& uid, const RefreshRequest& request,
                                  std::stop_token stop) { return run(uid, request, stop); },
                    .if_thrown =
                        [] {
                          return net::Error{net::ErrorCode::Internal, "an internal error"};
                        },
                    .done =
                        [this](const kube::NamespacedName& key) {
                          const std::lock_guard lock(mutex);
                          done.push_back(key);
                          changed.notify_all();
                        }}};
};

TEST_F(DeskTest, nothing_is_known_of_work_that_was_not_started) {
  const auto state = desk.state("uid", "grant 1");
  EXPECT_FALSE(state.running_since);
  EXPECT_FALSE(state.result);
}

TEST_F(DeskTest, work_is_known_while_it_runs_and_its_result_until_it_is_forgotten) {
  hold();
  RefreshDesk::Order made = order("grant 1");
  made.cause = "a request";
  desk.start("uid", {"team", "mail"}, std::move(made));
  ASSERT_TRUE(await_begun(1));
  clock.advance(5s);
  EXPECT_EQ(desk.state("uid", "grant 1").running_since, gen::start);
  EXPECT_EQ(desk.state("uid", "grant 1").cause, "a request");
  release();
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0], (kube::NamespacedName{"team", "mail"}));
  for (int i = 0; i < 2; ++i) {
    const auto state = desk.state("uid", "grant 1");
    EXPECT_FALSE(state.running_since);
    ASSERT_TRUE(state.result && state.result->ok());
    EXPECT_EQ(**state.result, "token of grant 1");
    EXPECT_EQ(state.answered, gen::start + 5s);
  }
  desk.forget("uid", "grant 1");
  EXPECT_FALSE(desk.state("uid", "grant 1").result);
}

TEST_F(DeskTest, a_refresh_overtakes_the_verifications_that_wait_at_its_host) {
  hold();
  start("busy", "busy");
  ASSERT_TRUE(await_begun(1));
  for (const char* uid : {"verification 1", "verification 2"})
    desk.start(uid, {"team", uid}, order(uid, CallPriority::Verification));
  start("refresh", "refresh");
  release();
  ASSERT_TRUE(await_done(4));
  EXPECT_EQ(begun,
            (std::vector<std::string>{"busy", "refresh", "verification 1", "verification 2"}));
}

TEST_F(DeskTest, work_that_waits_for_a_retry_after_says_until_when) {
  retry_after = 30s;
  start("uid", "grant 1");
  ASSERT_TRUE(await_done(1));
  support::await_noted(scheduler, work_key("refresh", "uid"));
  start("uid", "grant 2");
  EXPECT_EQ(desk.state("uid", "grant 2").silent_until, gen::start + 30s);
  clock.advance(10s);
  EXPECT_EQ(desk.state("uid", "grant 2").silent_until, gen::start + 30s) << "to the second";
  EXPECT_FALSE(desk.state("uid", "grant 2").sign_ins_until);
}

TEST_F(DeskTest, other_inputs_drop_the_work_and_its_result_for_good) {
  start("uid", "grant 1");
  ASSERT_TRUE(await_done(1));
  EXPECT_FALSE(desk.state("uid", "grant 2").result);
  EXPECT_FALSE(desk.state("uid", "grant 1").result);
  hold();
  start("uid", "grant 1");
  ASSERT_TRUE(await_begun(2));
  EXPECT_FALSE(desk.state("uid", "grant 2").running_since);
  EXPECT_FALSE(desk.state("uid", "grant 1").running_since);
  support::await_noted(scheduler, work_key("refresh", "uid"));  // it was stopped, though held
  EXPECT_EQ(done.size(), 1U) << "what was dropped has nothing to report";
}

// The same inputs do not make the old work's result that of the new.
TEST_F(DeskTest, work_that_is_started_anew_is_not_answered_by_what_ran_before) {
  hold();
  start("uid", "grant 1");
  ASSERT_TRUE(await_begun(1));
  start("uid", "grant 1");
  ASSERT_TRUE(await_begun(2)) << "the first was stopped";
  EXPECT_FALSE(desk.state("uid", "grant 1").result);
  release();
  ASSERT_TRUE(await_done(1));
  EXPECT_TRUE(desk.state("uid", "grant 1").result);
}

TEST_F(DeskTest, forgetting_spares_other_inputs_unless_none_are_named) {
  start("uid", "grant 1");
  ASSERT_TRUE(await_done(1));
  desk.forget("uid", "grant 2");
  EXPECT_TRUE(desk.state("uid", "grant 1").result);
  desk.forget("uid");
  EXPECT_FALSE(desk.state("uid", "grant 1").result);
}

TEST_F(DeskTest, work_without_a_result_is_dropped_and_its_object_looked_at_again) {
  start("uid", "changed");
  ASSERT_TRUE(await_done(1));
  const auto state = desk.state("uid", "changed");
  EXPECT_FALSE(state.running_since);
  EXPECT_FALSE(state.result);
}

TEST_F(DeskTest, an_exception_becomes_a_result_and_is_logged_by_its_type_alone) {
  testing::internal::CaptureStderr();
  start("uid", "throws");
  const bool came = await_done(1);
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(came);
  EXPECT_NE(log.find("std::length_error"), std::string::npos) << log;
  EXPECT_EQ(log.find("the-token"), std::string::npos);
  const auto state = desk.state("uid", "throws");
  ASSERT_TRUE(state.result);
  EXPECT_EQ(state.result->error().message, "an internal error");
}

TEST_F(DeskTest, objects_do_not_disturb_each_other) {
  start("a", "grant a");
  start("b", "grant b");
  ASSERT_TRUE(await_done(2));
  desk.forget("a");
  ASSERT_TRUE(desk.state("b", "grant b").result);
  EXPECT_EQ(**desk.state("b", "grant b").result, "token of grant b");
}

}  // namespace
}  // namespace reconcilers
