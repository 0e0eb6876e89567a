#include "reconcilers/integration/verification_desk.h"

#include <gtest/gtest.h>

#include "harness.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

const kube::NamespacedName kKey{"team", "crm"};

oauth::VerificationRequest request_with(const std::string& secret) {
  oauth::VerificationRequest request;
  request.provider.endpoints.authorization = "https://login.acme.example/authorize";
  request.provider.endpoints.token = "https://login.acme.example/token";
  request.client_id = "the-client";
  request.secrets.push_back({"client_secret", net::SecretString{secret}});
  request.redirect_uri = kCallback;
  return request;
}

class VerificationDeskTest : public testing::Test {
 protected:
  ~VerificationDeskTest() override {
    provider.release();
    scheduler.stop();
  }

  bool await_done(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return done.size() >= count; });
  }
  void start(const std::string& hash, const std::string& secret = "the-secret") {
    desk.start("uid", kKey, hash, "", request_with(secret));
  }

  net::ManualClock clock{gen::start};
  Provider provider;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<kube::NamespacedName> done;
  oauth::CallScheduler scheduler{{}, clock};
  VerificationDesk desk{scheduler, provider, clock, [this](const kube::NamespacedName& key) {
                          {
                            const std::lock_guard lock(mutex);
                            done.push_back(key);
                          }
                          changed.notify_all();
                        }};
};

TEST_F(VerificationDeskTest, nothing_is_known_of_what_was_not_started) {
  const auto state = desk.state("uid", "one");
  EXPECT_FALSE(state.running_since);
  EXPECT_FALSE(state.report);
}

TEST_F(VerificationDeskTest, what_is_under_way_is_known_by_the_time_it_was_started) {
  provider.hold();
  start("one");
  ASSERT_TRUE(provider.await_calls(1));
  clock.advance(5s);
  const auto state = desk.state("uid", "one");
  EXPECT_EQ(state.running_since, gen::start);
  EXPECT_FALSE(state.report);
}

TEST_F(VerificationDeskTest, a_result_is_announced_by_the_key_and_lies_there_until_it_is_dropped) {
  start("one");
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0], kKey);
  for (int i = 0; i < 2; ++i) {
    const auto state = desk.state("uid", "one");
    ASSERT_TRUE(state.report);
    EXPECT_FALSE(state.running_since);
    EXPECT_EQ(state.report->credentials, oauth::CredentialsOutcome::Verified);
    EXPECT_EQ(state.answered, gen::start);
  }
  desk.forget("uid", "one");
  EXPECT_FALSE(desk.state("uid", "one").report);
}

TEST_F(VerificationDeskTest, a_result_keeps_the_time_at_which_it_came) {
  start("one");
  ASSERT_TRUE(await_done(1));
  clock.advance(1h);
  EXPECT_EQ(desk.state("uid", "one").answered, gen::start);
}

TEST_F(VerificationDeskTest, what_waits_since_the_provider_asked_for_it_says_until_when) {
  provider.outage = net::Error{net::ErrorCode::Unavailable, "busy"};
  provider.outage->retry_after = 30s;
  start("one");
  ASSERT_TRUE(await_done(1));
  EXPECT_FALSE(desk.state("uid", "one").silent_until) << "nothing waits";
  while (scheduler.under_way("login.acme.example") > 0) std::this_thread::yield();
  start("two");
  EXPECT_EQ(desk.state("uid", "two").silent_until, gen::start + 30s);
  clock.advance(10s);
  EXPECT_EQ(desk.state("uid", "two").silent_until, gen::start + 30s);
}

TEST_F(VerificationDeskTest, new_inputs_replace_what_is_under_way) {
  provider.hold();
  start("one", "wrong");
  ASSERT_TRUE(provider.await_calls(1));
  start("two");
  provider.release();
  ASSERT_TRUE(await_done(1));
  const auto state = desk.state("uid", "two");
  ASSERT_TRUE(state.report);
  EXPECT_EQ(state.report->credentials, oauth::CredentialsOutcome::Verified);
  EXPECT_EQ(done.size(), 1U) << "what was stopped has nothing to tell";
}

// The secret is put back before the provider has answered, and comes again a month later.
TEST_F(VerificationDeskTest,
       the_result_on_inputs_that_went_away_is_not_waiting_when_they_come_back) {
  start("one");
  ASSERT_TRUE(await_done(1));
  EXPECT_FALSE(desk.state("uid", "two").report);
  clock.advance(720h);
  EXPECT_FALSE(desk.state("uid", "one").report);
}

TEST_F(VerificationDeskTest, work_on_inputs_that_went_away_is_stopped) {
  provider.hold();
  start("one");
  ASSERT_TRUE(provider.await_calls(1));
  EXPECT_FALSE(desk.state("uid", "two").running_since);
  EXPECT_FALSE(desk.state("uid", "one").running_since);
  desk.start("other uid", {"team", "other"}, "x", "", request_with("the-secret"));
  provider.release();
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0].name, "other");
}

TEST_F(VerificationDeskTest, to_drop_the_result_on_other_inputs_drops_nothing) {
  start("one");
  ASSERT_TRUE(await_done(1));
  desk.forget("uid", "two");
  EXPECT_TRUE(desk.state("uid", "one").report);
}

TEST_F(VerificationDeskTest, to_drop_all_stops_the_work) {
  provider.hold();
  start("one");
  ASSERT_TRUE(provider.await_calls(1));
  desk.forget("uid");
  EXPECT_FALSE(desk.state("uid", "one").running_since);
  scheduler.stop();  // would wait for ever for work that was not stopped
  EXPECT_TRUE(done.empty());
}

TEST_F(VerificationDeskTest, different_objects_do_not_disturb_each_other) {
  desk.start("a", {"team", "a"}, "one", "", request_with("the-secret"));
  desk.start("b", {"team", "b"}, "one", "", request_with("wrong"));
  ASSERT_TRUE(await_done(2));
  EXPECT_EQ(desk.state("a", "one").report->credentials, oauth::CredentialsOutcome::Verified);
  EXPECT_EQ(desk.state("b", "one").report->credentials, oauth::CredentialsOutcome::Rejected);
}

}  // namespace
}  // namespace reconcilers
