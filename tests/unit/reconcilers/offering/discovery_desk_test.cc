#include "reconcilers/offering/discovery_desk.h"

#include <gtest/gtest.h>

#include "harness.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

const std::string kIssuer = "https://login.acme.example";

class DiscoveryDeskTest : public testing::Test {
 protected:
  DiscoveryDeskTest() {
    provider.documents[kIssuer + "/.well-known/openid-configuration"] = {
        .status = 200,
        .headers = {{"Content-Type", "application/json"}},
        .body = net::Json{{"issuer", kIssuer},
                          {"authorization_endpoint", kIssuer + "/authorize"},
                          {"token_endpoint", kIssuer + "/token"}}
                    .dump()};
  }
  ~DiscoveryDeskTest() override {
    provider.release();
    scheduler.stop();
  }
  bool await_done(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return done.size() >= count; });
  }

  net::ManualClock clock{gen::start};
  Provider provider;
  oauth::CallScheduler scheduler{{}, clock};
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<kube::NamespacedName> done;
  DiscoveryDesk desk{scheduler, provider, clock, false, [this](const kube::NamespacedName& key) {
                       {
                         const std::lock_guard lock(mutex);
                         done.push_back(key);
                       }
                       changed.notify_all();
                     }};
  const api::Offering offering = gen::Offering("acme", gen::issuer(kIssuer));
};

TEST_F(DiscoveryDeskTest, whoever_starts_it_does_not_wait_for_the_issuer) {
  provider.hold();
  desk.start(offering);
  ASSERT_TRUE(provider.await_calls(1));
  EXPECT_TRUE(desk.state(offering.metadata).running_since);
  provider.release();
  ASSERT_TRUE(await_done(1));
  EXPECT_EQ(done[0], offering.metadata.key());
  const auto state = desk.state(offering.metadata);
  EXPECT_FALSE(state.running_since);
  ASSERT_TRUE(state.result && state.result->ok());
  EXPECT_EQ((*state.result)->endpoints.token, kIssuer + "/token");
}

TEST_F(DiscoveryDeskTest, a_result_for_an_earlier_generation_is_dropped) {
  desk.start(offering);
  ASSERT_TRUE(await_done(1));
  api::Offering edited = offering;
  edited.metadata.generation = 2;
  EXPECT_FALSE(desk.state(edited.metadata).result);
  EXPECT_FALSE(desk.state(offering.metadata).result) << "it does not come back either";
}

TEST_F(DiscoveryDeskTest, what_is_forgotten_while_it_runs_leaves_no_result) {
  provider.hold();
  desk.start(offering);
  ASSERT_TRUE(provider.await_calls(1));
  desk.forget(offering.metadata.uid);
  EXPECT_FALSE(desk.state(offering.metadata).running_since);
  provider.release();
  scheduler.stop();
  EXPECT_FALSE(desk.state(offering.metadata).result);
}

}  // namespace
}  // namespace reconcilers
