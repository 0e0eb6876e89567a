#include "reconcilers/integration/secret_reader.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "support/builders.h"
#include "support/fake_api_server.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

const kube::NamespacedName kName{"team", "credentials"};

class SecretReaderTest : public testing::Test {
 protected:
  SecretReaderTest() {
    server->serve(kube::Secret::resource(), support::FakeApiServer::Kind::BuiltIn);
    server->create(kube::Secret::resource(), gen::manifest(gen::Secret("credentials")));
  }
  // As its cache of metadata shows it now.
  SecretReader::Wanted wanted() const {
    const kube::Json json = server->find(kube::Secret::resource(), kName);
    if (json.is_null()) return {.name = kName, .uid = "", .version = ""};
    const auto metadata = json.at("metadata").get<kube::ObjectMeta>();
    return {.name = kName, .uid = metadata.uid, .version = metadata.resource_version};
  }
  void write(const std::string& secret) {
    server->update(kube::Secret::resource(), kName,
                   [&](kube::Json& json) { json["data"]["client_secret"] = net::base64(secret); });
  }
  // The secret, or "none".
  std::string read(const SecretReader::Wanted& what) {
    const auto secret = reader.read(what, {});
    EXPECT_TRUE(secret.ok());
    if (!secret.ok() || *secret == nullptr) return "none";
    return (*secret)->data.at("client_secret").reveal();
  }
  std::size_t gets() const { return server->calls(support::to("GET", "/credentials")).size(); }

  net::ManualClock clock{gen::start};
  std::shared_ptr<support::FakeApiServer> server = std::make_shared<support::FakeApiServer>(clock);
  std::unique_ptr<kube::Client> client = support::client_of(server, clock);
  SecretReader reader{*client, clock};
};

TEST_F(SecretReaderTest, each_version_is_read_once) {
  for (int version = 0; version < 3; ++version) {
    write("secret-" + std::to_string(version));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(read(wanted()), "secret-" + std::to_string(version));
  }
  EXPECT_EQ(gets(), 3U);
}

TEST_F(SecretReaderTest, it_is_held_until_nobody_used_it_for_a_second) {
  read(wanted());
  for (int i = 0; i < 5; ++i) {
    clock.advance(900ms);
    read(wanted());
  }
  EXPECT_EQ(gets(), 1U);
  EXPECT_EQ(reader.held(), 1U);
  clock.await_waiters(1);
  clock.advance(1s);
  while (reader.held() > 0) std::this_thread::yield();  // no one asks: it is dropped all the same
  read(wanted());
  EXPECT_EQ(gets(), 2U);
}

TEST_F(SecretReaderTest, it_is_held_for_a_minute_at_most) {
  for (int i = 0; i <= 120; ++i) {
    read(wanted());
    clock.advance(500ms);
  }
  EXPECT_EQ(gets(), 2U);
}

TEST_F(SecretReaderTest, a_change_that_was_seen_ends_what_was_read_before) {
  read(wanted());
  reader.changed(kName);
  EXPECT_EQ(reader.held(), 0U);
  read(wanted());
  EXPECT_EQ(gets(), 2U);
}

TEST_F(SecretReaderTest, what_was_read_during_a_change_is_not_held) {
  server->before_next(support::to("GET", "/credentials"), [&] { reader.changed(kName); });
  read(wanted());
  EXPECT_EQ(reader.held(), 0U);
}

TEST_F(SecretReaderTest, a_namesake_is_another_secret) {
  const auto before = wanted();
  read(before);
  server->remove(kube::Secret::resource(), kName);
  server->create(kube::Secret::resource(),
                 gen::manifest(gen::Secret("credentials", gen::value("client_secret", "new"))));
  EXPECT_EQ(read(wanted()), "new");
}

TEST_F(SecretReaderTest, one_that_the_cache_has_lost_is_not_taken_from_before) {
  read(wanted());
  server->remove(kube::Secret::resource(), kName);
  EXPECT_EQ(read(wanted()), "none");
  EXPECT_EQ(gets(), 2U);
}

TEST_F(SecretReaderTest, that_there_is_none_is_asked_once_for_all) {
  server->remove(kube::Secret::resource(), kName);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(read(wanted()), "none");
  EXPECT_EQ(gets(), 1U);
}

TEST_F(SecretReaderTest, those_who_come_while_it_is_read_get_the_same_answer) {
  std::vector<std::jthread> readers;
  const auto what = wanted();
  server->before_next(support::to("GET", "/credentials"), [&] {
    for (int i = 0; i < 8; ++i) readers.emplace_back([&] { EXPECT_EQ(read(what), "the-secret"); });
  });
  EXPECT_EQ(read(what), "the-secret");
  readers.clear();
  EXPECT_EQ(gets(), 1U);
}

TEST_F(SecretReaderTest, an_error_is_everybodys_and_is_not_held) {
  server->answer_next(1, 403, support::to("GET", "/credentials"));
  const auto refused = reader.read(wanted(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, net::ErrorCode::Forbidden);
  EXPECT_EQ(read(wanted()), "the-secret");
}

TEST_F(SecretReaderTest, large_ones_do_not_pile_up) {
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    const std::string name = "large-" + std::to_string(i);
    const auto made = server->create(kube::Secret::resource(),
                                     gen::manifest(gen::Secret(name, gen::value("blob", large))));
    const auto metadata = made.at("metadata").get<kube::ObjectMeta>();
    static_cast<void>(reader.read(
        {.name = metadata.key(), .uid = metadata.uid, .version = metadata.resource_version}, {}));
  }
  EXPECT_EQ(reader.held(), 7U) << "8 MiB of them";
}

}  // namespace
}  // namespace reconcilers
