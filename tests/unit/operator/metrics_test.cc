#include "operator/metrics.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/builders.h"
#include "support/fake_api_server.h"

namespace op {
namespace {

using support::FakeApiServer;

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    server_->serve(api::Offering::resource(), FakeApiServer::Kind::Custom);
    server_->serve(api::Integration::resource(), FakeApiServer::Kind::Custom);
    metrics_.follow(caches_);
  }
  bool has(const std::string& text) const {
    return kube::expose(registry_).find(text) != std::string::npos;
  }
  // Fills the caches and keeps them in step until it is destroyed.
  template <class T>
  std::jthread reading(kube::InformerSet<T>& set) {
    auto informer = set.add(*client_, {}, net::system_clock());
    std::jthread thread([informer](std::stop_token stop) { informer->run(stop); });
    EXPECT_TRUE(informer->wait_synced({}));
    return thread;
  }

  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client_ = support::client_of(server_);
  prometheus::Registry registry_;
  reconcilers::Caches caches_;
  Metrics metrics_{registry_};
};

TEST_F(MetricsTest, counts_what_the_caches_have) {
  server_->create(api::Integration::resource(), gen::manifest(gen::Integration("crm")));
  server_->create(api::Offering::resource(), gen::manifest(gen::Offering("acme")));
  const auto integrations = reading(caches_.integrations);
  const auto offerings = reading(caches_.offerings);
  EXPECT_TRUE(has("integration_operator_integrations{"));
  EXPECT_TRUE(has("integration_operator_verification_interval_seconds{offering=\"acme\"}"));
}

TEST_F(MetricsTest, series_of_a_host_go_when_no_offering_leads_to_it_any_more) {
  server_->create(api::Offering::resource(), gen::manifest(gen::Offering("acme")));
  server_->create(api::Offering::resource(), gen::manifest(gen::Offering("twin")));
  const auto offerings = reading(caches_.offerings);
  ASSERT_TRUE(server_->await_watches(1));
  metrics_.providers.request("login.acme.example", "2xx", std::chrono::seconds{1});
  // A watch keeps the order: once it has the last object, it has all earlier changes.
  const auto await_seen = [&](const std::string& name) {
    server_->create(api::Offering::resource(), gen::manifest(gen::Offering(name)));
    while (caches_.offerings.store().get({"", name}) == nullptr) std::this_thread::yield();
  };
  const std::string host = "host=\"login.acme.example\"";
  server_->remove(api::Offering::resource(), {"", "twin"});
  await_seen("third");
  EXPECT_TRUE(has(host)) << "others lead there";
  for (const char* name : {"acme", "third"})
    server_->update(api::Offering::resource(), {"", name}, [](kube::Json& json) {
      json["spec"]["endpoints"] = {{"token", "https://other.example/token"}};
    });
  server_->create(api::Offering::resource(),
                  gen::manifest(gen::Offering("last", gen::issuer("https://other.example"))));
  while (caches_.offerings.store().get({"", "last"}) == nullptr) std::this_thread::yield();
  EXPECT_FALSE(has(host));
}

}  // namespace
}  // namespace op
