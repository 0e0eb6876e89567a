#include "reconcilers/integration/verification_desk.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "harness.h"
#include "support/scheduled.h"

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

const net::SecretString kHashKey{std::string(32, 'k')};

VerificationOrder order_of(const std::string& hash, const oauth::VerificationRequest& request) {
  return {.hash = hash,
          .keys = oauth::sign_in_keys(request, kHashKey),
          .host = oauth::host_asked(request.provider),
          .may_fail = oauth::sign_ins_that_may_fail(request),
          .make_request = [request](std::stop_token) { return request; }};
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
    desk.start("uid", kKey, order_of(hash, request_with(secret)));
  }
  void start_for(const std::string& uid, const VerificationOrder& order,
                 const std::string& ns = "team") {
    desk.start(uid, {ns, uid}, order);
  }
  void start_for(const std::string& uid, const std::string& secret) {
    start_for(uid, order_of("of " + uid, request_with(secret)));
  }
  // The scheduler has noted what the work of that object came to.
  void await_noted(const std::string& uid = "uid") {
    support::await_noted(scheduler, work_key(VerificationDesk::kName, uid));
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
  EXPECT_FALSE(state.result);
}

TEST_F(VerificationDeskTest, what_is_under_way_is_known_by_the_time_it_was_started) {
  provider.hold();
  start("one");
  ASSERT_TRUE(provider.await_calls(1));
  clock.advance(5s);
  const auto state = desk.state("uid", "one");
  EXPECT_EQ(state.running_since, gen::start);
  EXPECT_FALSE(state.result);
}

TEST_F(VerificationDeskTest, a_result_is_announced_by_the_key_and_lies_there_until_it_is_dropped) {
  start("one");
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0], kKey);
  for (int i = 0; i < 2; ++i) {
    const auto state = desk.state("uid", "one");
    ASSERT_TRUE(state.result);
    EXPECT_FALSE(state.running_since);
    EXPECT_EQ(state.result->credentials, oauth::CredentialsOutcome::Verified);
    EXPECT_EQ(state.answered, gen::start);
  }
  desk.forget("uid", "one");
  EXPECT_FALSE(desk.state("uid", "one").result);
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
  await_noted();
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
  ASSERT_TRUE(state.result);
  EXPECT_EQ(state.result->credentials, oauth::CredentialsOutcome::Verified);
  EXPECT_EQ(done.size(), 1U) << "what was stopped has nothing to tell";
}

// The secret is put back before the provider has answered, and comes again a month later.
TEST_F(VerificationDeskTest,
       the_result_on_inputs_that_went_away_is_not_waiting_when_they_come_back) {
  start("one");
  ASSERT_TRUE(await_done(1));
  EXPECT_FALSE(desk.state("uid", "two").result);
  clock.advance(720h);
  EXPECT_FALSE(desk.state("uid", "one").result);
}

TEST_F(VerificationDeskTest, work_on_inputs_that_went_away_is_stopped) {
  provider.hold();
  start("one");
  ASSERT_TRUE(provider.await_calls(1));
  EXPECT_FALSE(desk.state("uid", "two").running_since);
  EXPECT_FALSE(desk.state("uid", "one").running_since);
  desk.start("other uid", {"team", "other"}, order_of("x", request_with("the-secret")));
  provider.release();
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0].name, "other");
}

TEST_F(VerificationDeskTest, to_drop_the_result_on_other_inputs_drops_nothing) {
  start("one");
  ASSERT_TRUE(await_done(1));
  desk.forget("uid", "two");
  EXPECT_TRUE(desk.state("uid", "one").result);
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
  start_for("a", "the-secret");
  start_for("b", "wrong");
  ASSERT_TRUE(await_done(2));
  EXPECT_EQ(desk.state("a", "of a").result->credentials, oauth::CredentialsOutcome::Verified);
  EXPECT_EQ(desk.state("b", "of b").result->credentials, oauth::CredentialsOutcome::Rejected);
}

// --- Answers that Integrations share

TEST_F(VerificationDeskTest, a_refusal_is_shared_by_all_that_would_ask_the_same) {
  for (const char* uid : {"a", "b", "c"}) start_for(uid, "wrong");
  ASSERT_TRUE(await_done(3));
  EXPECT_EQ(provider.calls(), 1);
  const auto first = desk.state("a", "of a").result;
  for (const char* uid : {"b", "c"}) {
    const auto report = desk.state(uid, std::string("of ") + uid).result;
    ASSERT_TRUE(report);
    EXPECT_EQ(report->credentials, oauth::CredentialsOutcome::Rejected);
    EXPECT_EQ(report->credentials_message, first->credentials_message);
  }
}

TEST_F(VerificationDeskTest, an_own_refusal_does_not_answer_an_own_question) {
  start("one", "wrong");
  ASSERT_TRUE(await_done(1));
  start("one", "wrong");
  ASSERT_TRUE(await_done(2));
  EXPECT_EQ(provider.calls(), 2);
}

TEST_F(VerificationDeskTest, a_refusal_is_shared_for_a_minute) {
  start_for("a", "wrong");
  ASSERT_TRUE(await_done(1));
  clock.advance(59s);
  start_for("b", "wrong");
  ASSERT_TRUE(await_done(2));
  EXPECT_EQ(provider.calls(), 1);
  clock.advance(1s);
  start_for("c", "wrong");
  ASSERT_TRUE(await_done(3));
  EXPECT_EQ(provider.calls(), 2);
}

TEST_F(VerificationDeskTest, a_person_who_asks_is_not_answered_by_the_refusal_of_another) {
  start_for("a", "wrong");
  ASSERT_TRUE(await_done(1));
  VerificationOrder order = order_of("of b", request_with("wrong"));
  order.on_request = true;
  start_for("b", order);
  ASSERT_TRUE(await_done(2));
  EXPECT_EQ(provider.calls(), 2);
}

TEST_F(VerificationDeskTest, a_refusal_is_not_that_of_another_secret_callback_or_endpoint) {
  start_for("a", "wrong");
  ASSERT_TRUE(await_done(1));
  start_for("b", "also-wrong");
  ASSERT_TRUE(await_done(2));
  oauth::VerificationRequest elsewhere = request_with("wrong");
  elsewhere.redirect_uri += "/2";
  start_for("c", order_of("of c", elsewhere));
  ASSERT_TRUE(await_done(3));
  EXPECT_EQ(provider.calls(), 3);
}

TEST_F(VerificationDeskTest, a_control_is_shared_by_all_that_are_of_the_same_client) {
  oauth::VerificationRequest fewer_scopes = request_with("the-secret");
  fewer_scopes.scopes = {"openid"};
  start_for("a", "the-secret");
  ASSERT_TRUE(await_done(1));
  start_for("b", order_of("of b", fewer_scopes));
  ASSERT_TRUE(await_done(2));
  const auto report = desk.state("b", "of b").result;
  EXPECT_EQ(report->credentials, oauth::CredentialsOutcome::Verified);
  EXPECT_TRUE(report->controls_made);
  EXPECT_EQ(report->control_answer, "401 invalid_client");
  EXPECT_EQ(report->failed_sign_ins, 0) << "so a thousand of one client do not wait for a budget";
  EXPECT_EQ(desk.state("a", "of a").result->failed_sign_ins, 1);
}

TEST_F(VerificationDeskTest, twenty_wrong_secrets_of_one_client_cause_four_failed_sign_ins) {
  for (int i = 0; i < 20; ++i) {
    start("hash " + std::to_string(i), "wrong" + std::to_string(i));
    if (i < 4) {
      ASSERT_TRUE(await_done(static_cast<std::size_t>(i) + 1));
      await_noted();
    }
  }
  EXPECT_EQ(provider.calls(), 4);
  EXPECT_EQ(desk.state("uid", "hash 19").sign_ins_until, gen::start + 10min);
  EXPECT_FALSE(desk.state("uid", "hash 19").silent_until);
}

// --- Until its turn comes

TEST_F(VerificationDeskTest, what_waits_reads_its_secret_when_its_turn_has_come) {
  provider.hold();
  start_for("first", "the-secret");
  ASSERT_TRUE(provider.await_calls(1));
  bool read = false;
  VerificationOrder order = order_of("of b", request_with("the-secret"));
  order.make_request = [&](std::stop_token) {
    read = true;
    return request_with("the-secret");
  };
  start_for("b", order);
  EXPECT_FALSE(read);
  provider.release();
  ASSERT_TRUE(await_done(2));
  EXPECT_TRUE(read);
}

TEST_F(VerificationDeskTest, what_has_changed_when_its_turn_has_come_is_looked_at_again) {
  VerificationOrder order = order_of("one", request_with("the-secret"));
  order.make_request = [](std::stop_token) -> net::Result<oauth::VerificationRequest> {
    return net::Error{net::ErrorCode::Conflict, "changed"};
  };
  desk.start("uid", kKey, order);
  ASSERT_TRUE(await_done(1));
  EXPECT_FALSE(desk.state("uid", "one").running_since);
  EXPECT_FALSE(desk.state("uid", "one").result);
  EXPECT_EQ(provider.calls(), 0);
}

class ThrowingHttp : public net::HttpClient {
 public:
  net::Result<net::HttpResponse> send(const net::HttpRequest&, std::stop_token) override {
    throw std::length_error("the-secret");
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest&, const StreamLimits&,
                                        const LineHandler&, std::stop_token) override {
    return net::Error{net::ErrorCode::Internal, "not of use here"};
  }
};

TEST_F(VerificationDeskTest, what_a_verification_throws_is_logged_by_its_type_alone) {
  ThrowingHttp http;
  VerificationDesk throwing{scheduler, http, clock, [this](const kube::NamespacedName& key) {
                              const std::lock_guard lock(mutex);
                              done.push_back(key);
                              changed.notify_all();
                            }};
  testing::internal::CaptureStderr();
  throwing.start("uid", kKey, order_of("one", request_with("the-secret")));
  ASSERT_TRUE(await_done(1));
  await_noted();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("std::length_error"), std::string::npos) << log;
  EXPECT_EQ(log.find("the-secret"), std::string::npos);
  EXPECT_EQ(throwing.state("uid", "one").result->credentials,
            oauth::CredentialsOutcome::Unreachable);
}

}  // namespace
}  // namespace reconcilers
