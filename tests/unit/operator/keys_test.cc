#include "operator/keys.h"

#include <gtest/gtest.h>

#include <future>

#include "kube/core.h"
#include "net/crypto.h"
#include "support/fake_api_server.h"

namespace op {
namespace {

using support::FakeApiServer;

const kube::NamespacedName kName{"operator", keys_secret_name};

class KeysTest : public testing::Test {
 protected:
  KeysTest() { server->serve(kube::Secret::resource(), FakeApiServer::Kind::BuiltIn); }

  void create_secret(const kube::Json& data) {
    kube::Json secret = {{"apiVersion", "v1"},
                         {"kind", "Secret"},
                         {"metadata", {{"name", kName.name}, {"namespace", kName.namespace_}}}};
    if (!data.is_null()) secret["data"] = data;
    server->create(kube::Secret::resource(), secret);
  }
  net::Result<net::SecretString> load(IfMissing missing = IfMissing::Create) {
    return load_key(*client, "operator", missing, {});
  }
  // Waits on a thread of its own.
  std::future<net::Result<net::SecretString>> wait_for_key(IfMissing missing,
                                                           std::stop_token stop = {}) {
    return std::async(std::launch::async, [this, missing, stop] {
      return await_key(*client, "operator", missing, clock, stop);
    });
  }
  std::size_t writes() {
    return server->calls([](const support::ApiCall& call) { return call.is_write(); }).size();
  }

  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
  net::ManualClock clock;
};

TEST_F(KeysTest, the_first_makes_a_key_of_32_bytes_by_post) {
  const auto key = load();
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->size(), 32U);
  const auto posts = server->calls(support::to("POST", "/namespaces/operator/secrets"));
  ASSERT_EQ(posts.size(), 1U);
  EXPECT_EQ(posts[0].body.at("/metadata/name"_json_pointer), keys_secret_name);
  const auto stored = server->find(kube::Secret::resource(), kName).get<kube::Secret>();
  EXPECT_TRUE(stored.data.at("key") == *key);
}

TEST_F(KeysTest, no_two_clusters_have_the_same_key) {
  const auto first = load();
  server->remove(kube::Secret::resource(), kName);
  const auto second = load();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(*first == *second);
}

TEST_F(KeysTest, a_key_that_is_there_is_read_and_nothing_is_written) {
  const auto first = load();
  server->forget_calls();
  const auto second = load();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(*first == *second);
  EXPECT_EQ(writes(), 0U);
}

TEST_F(KeysTest, where_another_replica_was_faster_its_key_is_read) {
  const std::string theirs(32, 't');
  server->before_next(support::to("POST"), [&] { create_secret({{"key", net::base64(theirs)}}); });
  const auto key = load();
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->reveal(), theirs);
}

TEST_F(KeysTest, a_secret_without_a_proper_key_is_an_error_that_names_it_and_is_not_touched) {
  for (const kube::Json& data :
       {kube::Json{}, kube::Json{{"other", net::base64("x")}}, kube::Json{{"key", ""}},
        kube::Json{{"key", net::base64(std::string(31, 'x'))}},
        kube::Json{{"key", net::base64(std::string(33, 'x'))}}}) {
    create_secret(data);
    const auto before = server->find(kube::Secret::resource(), kName);
    server->forget_calls();
    const auto key = load();
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code, net::ErrorCode::Invalid);
    EXPECT_NE(key.error().message.find("operator/integration-operator-keys"), std::string::npos)
        << key.error().message;
    EXPECT_EQ(key.error().message.find("xxx"), std::string::npos);
    EXPECT_EQ(writes(), 0U);
    EXPECT_EQ(server->find(kube::Secret::resource(), kName), before);
    server->remove(kube::Secret::resource(), kName);
  }
}

TEST_F(KeysTest, a_secret_that_is_not_base64_is_an_error) {
  create_secret({{"key", "%%%"}});
  EXPECT_FALSE(load().ok());
}

TEST_F(KeysTest, an_api_server_that_refuses_is_an_error_and_nothing_is_made_up) {
  server->answer_next(1, 403, support::to("GET"));
  const auto unreadable = load();
  ASSERT_FALSE(unreadable.ok());
  EXPECT_EQ(unreadable.error().code, net::ErrorCode::Forbidden);
  EXPECT_EQ(writes(), 0U);
  server->answer_next(1, 403, support::to("POST"));
  const auto unwritable = load();
  ASSERT_FALSE(unwritable.ok());
  EXPECT_EQ(unwritable.error().code, net::ErrorCode::Forbidden);
}

TEST_F(KeysTest, a_missing_right_is_waited_for_and_its_error_says_what_it_is_for) {
  server->answer_next(4, 403, support::to("POST"));
  testing::internal::CaptureStderr();
  auto key = wait_for_key(IfMissing::Create);
  for (const int pause : {1, 2, 4, 8}) {
    clock.await_waiters(1);
    clock.advance(std::chrono::seconds{pause});
  }
  ASSERT_TRUE(key.get().ok());
  const std::string log = testing::internal::GetCapturedStderr();
  const std::size_t first = log.find("\"level\":\"error\"");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("\"level\":\"error\"", first + 1), std::string::npos) << "one, not four";
  for (const char* part : {"operator/integration-operator-keys", "cannot verify anything"})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
}

TEST_F(KeysTest, a_standby_reads_the_key_that_is_there_and_never_creates_one) {
  const auto missing = load(IfMissing::Wait);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, net::ErrorCode::NotFound);
  EXPECT_EQ(writes(), 0U);
  const auto made = load(IfMissing::Create);
  server->forget_calls();
  const auto read = load(IfMissing::Wait);
  ASSERT_TRUE(made.ok() && read.ok());
  EXPECT_TRUE(*made == *read);
  EXPECT_EQ(writes(), 0U);
}

TEST_F(KeysTest, a_standby_waits_until_the_leader_has_created_the_key) {
  testing::internal::CaptureStderr();
  auto standbys = wait_for_key(IfMissing::Wait);
  for (int look = 0; look < 3; ++look) {
    clock.await_waiters(1);
    clock.advance(std::chrono::seconds{2});
  }
  clock.await_waiters(1);
  EXPECT_EQ(writes(), 0U);
  const auto leaders = load(IfMissing::Create);
  clock.advance(std::chrono::seconds{2});
  const auto read = standbys.get();
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(leaders.ok() && read.ok());
  EXPECT_TRUE(*read == *leaders);
  const std::string waiting = "waits until the leader has created it";
  const std::size_t first = log.find(waiting);
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find(waiting, first + 1), std::string::npos) << "one line, not four";
  EXPECT_EQ(log.find("\"level\":\"error\""), std::string::npos) << log;
}

TEST_F(KeysTest, the_key_is_in_no_log_line) {
  testing::internal::CaptureStderr();
  server->answer_next(1, 403, support::to("POST"));
  auto key = wait_for_key(IfMissing::Create);
  clock.await_waiters(1);
  clock.advance(std::chrono::seconds{1});
  const auto made = key.get();
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(made.ok());
  ASSERT_NE(log.find("\"keys\""), std::string::npos) << log;
  for (const std::string& form :
       {made->reveal(), net::base64(made->reveal()), net::hex(made->reveal())})
    EXPECT_EQ(log.find(form), std::string::npos);
}

TEST_F(KeysTest, a_stop_ends_the_wait_and_a_secret_without_a_proper_key_is_not_waited_for) {
  std::stop_source stop;
  server->answer_next(1, 403, support::to("POST"));
  auto key = wait_for_key(IfMissing::Create, stop.get_token());
  clock.await_waiters(1);
  stop.request_stop();
  EXPECT_EQ(key.get().error().code, net::ErrorCode::Cancelled);
  create_secret({{"other", net::base64("x")}});
  for (const IfMissing missing : {IfMissing::Create, IfMissing::Wait})
    EXPECT_EQ(await_key(*client, "operator", missing, clock, {}).error().code,
              net::ErrorCode::Invalid);
}

TEST(Fingerprint, is_short_the_same_for_one_key_and_another_for_another) {
  const std::string one = fingerprint(net::SecretString{std::string(32, 'a')});
  EXPECT_EQ(one.size(), 8U);
  EXPECT_EQ(one, fingerprint(net::SecretString{std::string(32, 'a')}));
  EXPECT_NE(one, fingerprint(net::SecretString{std::string(32, 'b')}));
}

}  // namespace
}  // namespace op
