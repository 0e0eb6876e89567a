#include "operator/keys.h"

#include <gtest/gtest.h>

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
  net::Result<net::SecretString> load() { return load_or_create_key(*client, "operator", {}); }
  std::size_t writes() {
    return server->calls([](const support::ApiCall& call) { return call.is_write(); }).size();
  }

  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
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

}  // namespace
}  // namespace op
