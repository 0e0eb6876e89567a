#include "kube/exec_plugin.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/time_format.h"
#include "support/test_certificates.h"

namespace {

using kube::ExecCredential;
using kube::ExecPlugin;
using kube::ExecSession;
using net::Error;
using net::ErrorCode;
using net::Json;
using namespace std::chrono_literals;

const std::string kV1 = "client.authentication.k8s.io/v1";
const net::SystemTime kNow{std::chrono::seconds{1'700'000'000}};

std::string printed(Json status, const std::string& api_version = kV1) {
  return Json{
      {"apiVersion", api_version}, {"kind", "ExecCredential"}, {"status", std::move(status)}}
      .dump();
}

TEST(ExecCredential, may_be_a_token_with_an_end) {
  const auto credential = kube::parse_exec_credential(
      printed({{"token", "t0ken"}, {"expirationTimestamp", "2023-11-14T22:14:20Z"}}), kV1, kNow);
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_EQ(credential->token.reveal(), "t0ken");
  EXPECT_EQ(credential->expires, kNow + 60s);
}

TEST(ExecCredential, may_be_a_certificate_without_an_end) {
  const auto certificate = support::TestCa{}.issue({.common_name = "dev"});
  const auto credential =
      kube::parse_exec_credential(printed({{"clientCertificateData", certificate.cert_pem},
                                           {"clientKeyData", certificate.key_pem},
                                           {"expirationTimestamp", nullptr}}),
                                  kV1, kNow);
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_TRUE(credential->token.empty());
  EXPECT_EQ(credential->client_certificate_pem, certificate.cert_pem);
  EXPECT_EQ(credential->client_key_pem.reveal(), certificate.key_pem);
  EXPECT_EQ(credential->expires, std::nullopt);
}

struct Rubbish {
  const char* name;
  std::string output;
  std::string says;
};
class RubbishOfAPlugin : public testing::TestWithParam<Rubbish> {};

TEST_P(RubbishOfAPlugin, is_refused_and_not_quoted) {
  const auto credential = kube::parse_exec_credential(GetParam().output, kV1, kNow);
  ASSERT_FALSE(credential.ok());
  EXPECT_NE(credential.error().message.find(GetParam().says), std::string::npos)
      << credential.error().message;
  EXPECT_EQ(credential.error().message.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, RubbishOfAPlugin,
    testing::Values(
        Rubbish{"empty", "", "no JSON"}, Rubbish{"text", "canary", "no JSON"},
        Rubbish{"half", R"({"kind": "canary)", "no JSON"},
        Rubbish{"list", R"(["canary"])", "no JSON object"},
        Rubbish{"kind", R"({"apiVersion": "v1", "kind": "canary"})", "kind is not ExecCredential"},
        Rubbish{"version", printed({{"token", "canary"}}, "client.authentication.k8s.io/v1beta1"),
                "another apiVersion than " + kV1},
        Rubbish{"no_status", R"({"apiVersion": ")" + kV1 + R"(", "kind": "ExecCredential"})",
                "without a status"},
        Rubbish{"empty_status", printed(Json::object()), "neither a token nor"},
        Rubbish{"token_type", printed({{"token", 7}}), "neither a token nor"},
        Rubbish{"token", printed({{"token", "canary\r\nX: y"}}),
                "status.token contains a white space"},
        Rubbish{"no_key", printed({{"clientCertificateData", "canary"}}), "only one of"},
        Rubbish{"certificate",
                printed({{"clientCertificateData", "canary"}, {"clientKeyData", "canary"}}),
                "certificate cannot be used"},
        Rubbish{"time", printed({{"token", "canary"}, {"expirationTimestamp", "tomorrow"}}),
                "expirationTimestamp is not an RFC 3339 time"},
        Rubbish{"time_type", printed({{"token", "canary"}, {"expirationTimestamp", 7}}),
                "expirationTimestamp is not an RFC 3339 time"},
        Rubbish{"expired",
                printed({{"token", "canary"}, {"expirationTimestamp", "2023-11-14T22:13:20Z"}}),
                "expired at 2023-11-14T22:13:20Z"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ExecInfo, tells_of_the_cluster_only_where_asked_to) {
  EXPECT_EQ(
      Json::parse(kube::exec_info({.command = "c"})),
      (Json{{"apiVersion", kV1}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}}));
  const Json cluster = {{"server", "https://api.example"}};
  EXPECT_EQ(Json::parse(kube::exec_info({.command = "c", .cluster = cluster}))["spec"]["cluster"],
            cluster);
}

// Plug-ins as people write them.
class ExecPluginRun : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir); }
  void TearDown() override { std::filesystem::remove_all(dir); }
  ExecPlugin plugin(const std::string& script) const {
    const std::string path = dir + "/plugin";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return {.command = path, .source = "dir/config: user \"dev\": exec"};
  }
  std::string failure(const ExecPlugin& plugin) {
    const auto credential = kube::run_exec_plugin(plugin, clock, {});
    EXPECT_FALSE(credential.ok());
    if (credential.ok()) return {};
    EXPECT_EQ(credential.error().code, ErrorCode::Unauthorized);
    EXPECT_TRUE(credential.error().message.starts_with("dir/config: user \"dev\": exec: "))
        << credential.error().message;
    EXPECT_NE(credential.error().message.find(plugin.command), std::string::npos);
    EXPECT_EQ(credential.error().message.find("canary"), std::string::npos);
    return credential.error().message;
  }

  std::string dir = testing::TempDir() + "kube_exec_plugin_test_" + std::to_string(getpid());
  net::ManualClock clock{kNow};
};

TEST_F(ExecPluginRun, gets_arguments_environment_and_the_request) {
  ExecPlugin echo = plugin(
      R"sh(
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
printf '"status":{"token":"%s-%s-%s"}}' "$1" "$REGION" $(printf %s "$KUBERNETES_EXEC_INFO" | wc -c)
)sh");
  echo.arguments = {"get-token"};
  echo.environment = {{"REGION", "north"}};
  const auto credential = kube::run_exec_plugin(echo, clock, {});
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_EQ(credential->token.reveal(),
            "get-token-north-" + std::to_string(kube::exec_info(echo).size()));
}

TEST_F(ExecPluginRun, that_fails_is_told_with_its_own_words_but_never_its_output) {
  const std::string message = failure(plugin("echo canary; echo 'log in first' >&2; exit 7"));
  EXPECT_NE(message.find("failed with exit code 7"), std::string::npos) << message;
  EXPECT_NE(message.find("it said: log in first"), std::string::npos) << message;
}

TEST_F(ExecPluginRun, that_prints_rubbish_is_told_likewise) {
  const std::string message = failure(plugin("echo canary; echo warning >&2"));
  EXPECT_NE(message.find("no JSON"), std::string::npos) << message;
  EXPECT_NE(message.find("it said: warning"), std::string::npos) << message;
}

TEST_F(ExecPluginRun, that_is_too_slow_is_ended) {
  ExecPlugin slow = plugin("sleep 600");
  slow.time_limit = 100ms;
  EXPECT_NE(failure(slow).find("did not end within 100ms"), std::string::npos);
}

TEST_F(ExecPluginRun, that_is_not_there_is_told_with_the_hint) {
  ExecPlugin missing = plugin("");
  missing.command = dir + "/missing";
  EXPECT_NE(failure(missing).find("install it, or correct exec.command"), std::string::npos);
  missing.install_hint = "brew install\nfoo-cli";
  EXPECT_NE(failure(missing).find("the kubeconfig says: brew install foo-cli"), std::string::npos);
}

// A session whose runs a test scripts.
class ExecSessionTest : public testing::Test {
 protected:
  static ExecCredential token(const std::string& text,
                              std::optional<net::SystemTime> expires = std::nullopt) {
    return {.token = net::SecretString(text), .expires = expires};
  }
  net::Result<ExecCredential> run(std::stop_token stop) {
    std::unique_lock lock(mutex);
    ++runs;
    changed.notify_all();
    changed.wait(lock, stop, [&] { return !held; });
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (failing) return failure();
    if (outcomes.empty()) return Error{ErrorCode::Unauthorized, "nothing is scripted"};
    auto outcome = std::move(outcomes.front());
    outcomes.pop_front();
    return outcome;
  }
  std::string get(std::stop_token stop = {}) {
    const auto credential = session.get(stop);
    return credential.ok() ? (*credential)->token.reveal() : credential.error().message;
  }
  void hold(bool yes) {
    const std::lock_guard lock(mutex);
    held = yes;
    changed.notify_all();
  }
  void await_runs(int count) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, 10s, [&] { return runs >= count; }));
  }
  int started() {
    const std::lock_guard lock(mutex);
    return runs;
  }
  void fail(bool yes) {
    const std::lock_guard lock(mutex);
    failing = yes;
  }
  void refuse() { session.refused(*session.get({})); }
  static Error failure() { return {ErrorCode::Unauthorized, "failed"}; }

  net::ManualClock clock{kNow};
  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<net::Result<ExecCredential>> outcomes;
  int runs = 0;
  bool held = false;
  bool failing = false;
  ExecSession session{[this](std::stop_token stop) { return run(stop); }, clock};
};

TEST_F(ExecSessionTest, runs_once_for_what_has_no_end) {
  outcomes = {token("a"), token("b")};
  EXPECT_EQ(get(), "a");
  clock.advance(24h);
  EXPECT_EQ(get(), "a");
  EXPECT_EQ(runs, 1);
}

TEST_F(ExecSessionTest, runs_again_shortly_before_the_end_and_holds_nobody_up) {
  outcomes = {token("a", kNow + 15min), token("b", kNow + 30min)};
  EXPECT_EQ(get(), "a");
  clock.advance(15min - 31s);
  EXPECT_EQ(get(), "a");
  EXPECT_EQ(started(), 1);
  hold(true);
  clock.advance(1s);
  EXPECT_EQ(get(), "a");
  await_runs(2);
  EXPECT_EQ(get(), "a") << "the plug-in may take its time";
  EXPECT_EQ(started(), 2);
  hold(false);
  clock.advance(30s);
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, a_short_life_is_used_but_for_its_last_tenth) {
  outcomes = {token("a", kNow + 20s), token("b", kNow + 40s)};
  EXPECT_EQ(get(), "a");
  clock.advance(17s);
  EXPECT_EQ(get(), "a");
  EXPECT_EQ(started(), 1);
  clock.advance(1s);
  EXPECT_EQ(get(), "a");
  await_runs(2);
  clock.advance(2s);
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, what_has_expired_waits_for_the_run_that_began_before) {
  outcomes = {token("a", kNow + 15min), token("b")};
  get();
  hold(true);
  clock.advance(15min - 1s);
  EXPECT_EQ(get(), "a");
  await_runs(2);
  clock.advance(1s);
  std::jthread waiter([this] { EXPECT_EQ(get(), "b"); });
  hold(false);
  waiter.join();
  EXPECT_EQ(started(), 2);
}

TEST_F(ExecSessionTest, a_failure_does_not_take_away_what_still_holds) {
  outcomes = {token("a", kNow + 15min), token("b")};
  get();
  fail(true);
  clock.advance(15min - 30s);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(), "a");
    clock.advance(2s);
  }
  clock.advance(30s);
  EXPECT_EQ(get(), "failed") << "what has expired holds no longer";
  fail(false);
  clock.advance(2s);
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, ends_a_run_that_is_under_way_when_it_ends_itself) {
  outcomes = {token("a", kNow + 15min)};
  get();
  hold(true);
  clock.advance(15min - 1s);
  EXPECT_EQ(get(), "a");
  await_runs(2);  // and the destructor does not wait for hold(false)
}

TEST_F(ExecSessionTest, a_failure_is_not_repeated_for_two_seconds) {
  outcomes = {failure(), token("a")};
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(get(), "failed");
  EXPECT_EQ(runs, 1);
  clock.advance(2s);
  EXPECT_EQ(get(), "a");
}

TEST_F(ExecSessionTest, runs_again_for_what_was_refused) {
  outcomes = {token("a"), token("b")};
  get();
  clock.advance(1min);
  refuse();
  EXPECT_EQ(get(), "b");
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, what_was_given_a_moment_ago_is_not_asked_for_again) {
  outcomes = {token("a"), token("b")};
  get();
  refuse();
  EXPECT_EQ(get(), "a");
}

TEST_F(ExecSessionTest, a_refusal_of_what_has_been_replaced_since_counts_no_more) {
  outcomes = {token("a"), token("b"), token("c")};
  const auto old = *session.get({});
  clock.advance(1min);
  session.refused(old);
  EXPECT_EQ(get(), "b");
  clock.advance(1min);
  session.refused(old);
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, a_refused_one_is_used_on_while_the_plugin_fails) {
  outcomes = {token("a"), failure(), token("b")};
  get();
  clock.advance(1min);
  refuse();
  EXPECT_EQ(get(), "a") << "the refusal may have been the API server's own trouble";
  clock.advance(2s);
  EXPECT_EQ(get(), "b");
}

TEST_F(ExecSessionTest, all_who_have_nothing_wait_for_one_run) {
  outcomes = {token("a")};
  hold(true);
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 8; ++i) waiters.emplace_back([this] { EXPECT_EQ(get(), "a"); });
    await_runs(1);
    hold(false);
  }
  EXPECT_EQ(runs, 1);
}

TEST_F(ExecSessionTest, all_who_wait_share_a_failure) {
  outcomes = {failure(), failure()};
  hold(true);
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 8; ++i) waiters.emplace_back([this] { EXPECT_EQ(get(), "failed"); });
    await_runs(1);
    hold(false);
  }
  EXPECT_EQ(runs, 1);
}

TEST_F(ExecSessionTest, a_run_that_was_stopped_is_begun_again_by_who_waits_for_it) {
  outcomes = {token("a")};
  hold(true);
  std::stop_source stop;
  std::jthread first([&] { EXPECT_EQ(get(stop.get_token()), "stopped"); });
  await_runs(1);
  std::jthread second([this] { EXPECT_EQ(get(), "a"); });
  stop.request_stop();
  await_runs(2);
  hold(false);
}

TEST_F(ExecSessionTest, a_stop_ends_the_waiting) {
  outcomes = {token("a")};
  hold(true);
  std::jthread runner([this] { EXPECT_EQ(get(), "a"); });
  await_runs(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(get(stop.get_token()), "stopped");
  hold(false);
}

}  // namespace
