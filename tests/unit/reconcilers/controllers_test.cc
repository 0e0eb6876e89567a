// The controllers as they add themselves to a runtime: the objects that each change reconciles. The
// outcome of a reconcile is the matter of decide_test and reconciler_test.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "harness.h"
#include "kube/metrics.h"
#include "reconcilers/integration/controller.h"
#include "reconcilers/offering/controller.h"

namespace reconcilers {
namespace {

class ControllersTest : public testing::Test {
 protected:
  ControllersTest() {
    net::set_log_level(net::LogLevel::Error);
    server_->serve(api::Offering::resource(), support::FakeApiServer::Kind::Custom);
    server_->serve(api::Integration::resource(), support::FakeApiServer::Kind::Custom);
    server_->serve(kube::Secret::resource(), support::FakeApiServer::Kind::BuiltIn);
    server_->serve(kube::Namespace::resource(), support::FakeApiServer::Kind::BuiltIn);
    create(gen::Namespace("team"));
  }
  ~ControllersTest() override {
    thread_ = {};  // stops and joins
    scheduler_.stop();
  }

  void run() {
    thread_ = std::jthread([this](std::stop_token stop) { EXPECT_TRUE(runtime_->run(stop).ok()); });
    ASSERT_TRUE(server_->await_watches(4)) << "a cache of each type";
  }
  template <class T>
  void create(const T& object) {
    server_->create(T::resource(), gen::manifest(object));
  }
  // With a Secret that the provider knows.
  void create_all() {
    create(gen::Offering("acme"));
    create(gen::Secret("credentials"));
    create(gen::Integration("crm"));
  }
  void edit_offering(const std::function<void(kube::Json& spec)>& change) {
    server_->update(api::Offering::resource(), {"", "acme"},
                    [&](kube::Json& json) { change(json["spec"]); });
  }
  std::string ready() const {
    const kube::Json json = server_->find(api::Integration::resource(), {"team", "crm"});
    const auto status = json.get<api::Integration>().status;
    const auto* ready = kube::find_condition(status.conditions, api::condition::ready);
    return ready == nullptr ? "" : ready->reason;
  }
  // Waits until the Integration "crm" says so, looking each time something was written.
  bool await_ready(const std::string& reason) {
    return await([&] { return ready() == reason; });
  }
  bool await(const std::function<bool()>& holds) {
    const auto writes = [](const support::ApiCall& call) {
      return call.is_write() && call.path.find("/events") == std::string::npos;
    };
    while (true) {
      int settled = 0;
      for (const support::ApiCall& call : server_->calls(writes)) settled += call.settled ? 1 : 0;
      if (holds()) return true;
      if (!server_->await_calls(settled + 1, writes)) return holds();
    }
  }

  std::shared_ptr<support::FakeApiServer> server_ = std::make_shared<support::FakeApiServer>();
  Provider provider_;
  std::unique_ptr<kube::Runtime> runtime_ =
      std::move(*kube::Runtime::create({.name = "test",
                                        .cluster = support::cluster_config(),
                                        .make_http = support::connections_to(server_)}));
  kube::EventRecorder events_{runtime_->client(), "test", "test"};
  oauth::CallScheduler scheduler_;
  Shared shared_{.runtime = *runtime_,
                 .events = events_,
                 .scheduler = scheduler_,
                 .provider_http = provider_,
                 .hash_key = [] { return net::SecretString{std::string(32, 'k')}; },
                 .public_url = kPublicUrl,
                 .field_manager = "test"};
  OfferingController offerings_{shared_};
  IntegrationController integrations_{shared_};
  std::jthread thread_;
};

TEST_F(ControllersTest, what_is_there_at_the_start_is_reconciled) {
  create_all();
  run();
  EXPECT_TRUE(await_ready(api::reason::configured)) << ready();
}

TEST_F(ControllersTest, an_integration_is_looked_at_when_its_offering_comes_changes_and_goes) {
  create(gen::Secret("credentials"));
  create(gen::Integration("crm"));
  run();
  ASSERT_TRUE(await_ready(api::reason::offering_not_found)) << ready();
  create(gen::Offering("acme"));
  ASSERT_TRUE(await_ready(api::reason::configured)) << ready();
  edit_offering([](kube::Json& spec) { spec["scopes"]["required"] = {"openid", "profile"}; });
  ASSERT_TRUE(await([&] { return ready() != api::reason::configured; }));
  edit_offering([](kube::Json& spec) { spec["scopes"]["required"] = {"openid"}; });
  EXPECT_TRUE(await_ready(api::reason::configured)) << ready();
}

TEST_F(ControllersTest, an_integration_is_looked_at_when_its_secret_comes_and_changes) {
  create(gen::Offering("acme"));
  create(gen::Integration("crm"));
  run();
  ASSERT_TRUE(await_ready(api::reason::secret_not_found)) << ready();
  create(gen::Secret("credentials"));
  ASSERT_TRUE(await_ready(api::reason::configured)) << ready();
  server_->update(kube::Secret::resource(), {"team", "credentials"}, [](kube::Json& json) {
    json["data"]["client_secret"] = net::base64("another-secret");
  });
  EXPECT_TRUE(await([&] { return ready() != api::reason::configured; }));
}

TEST_F(ControllersTest, an_integration_is_looked_at_when_the_labels_of_its_namespace_change) {
  create(gen::Offering("acme", gen::allowed_where("crm", "yes")));
  create(gen::Secret("credentials"));
  create(gen::Integration("crm"));
  run();
  ASSERT_TRUE(await_ready(api::reason::namespace_not_allowed)) << ready();
  server_->update(kube::Namespace::resource(), {"", "team"},
                  [](kube::Json& json) { json["metadata"]["labels"]["crm"] = "yes"; });
  EXPECT_TRUE(await_ready(api::reason::configured)) << ready();
}

TEST_F(ControllersTest, an_offering_is_looked_at_when_its_integrations_come_and_go) {
  create_all();
  run();
  ASSERT_TRUE(await_ready(api::reason::configured)) << ready();
  const kube::NamespacedName acme{"", "acme"};
  const auto offering = [&] { return server_->find(api::Offering::resource(), acme); };
  ASSERT_TRUE(await([&] { return offering()["metadata"].contains("finalizers"); }));
  server_->remove(api::Offering::resource(), acme);
  EXPECT_FALSE(offering().is_null()) << "an Integration uses it";
  server_->remove(api::Integration::resource(), {"team", "crm"});
  EXPECT_TRUE(await([&] { return offering().is_null(); }));
}

TEST_F(ControllersTest, series_of_an_offering_that_is_gone_go_too) {
  create_all();
  run();
  ASSERT_TRUE(await_ready(api::reason::configured)) << ready();
  const auto counted = [&] {
    const std::string series =
        "integration_operator_last_verified_timestamp_seconds{offering=\"acme\"}";
    return kube::expose(runtime_->registry()).find(series) != std::string::npos;
  };
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!counted() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  ASSERT_TRUE(counted()) << "it is counted right after its status is written";
  server_->remove(api::Integration::resource(), {"team", "crm"});
  const kube::NamespacedName acme{"", "acme"};
  ASSERT_TRUE(await([&] {
    const kube::Json offering = server_->find(api::Offering::resource(), acme);
    return !offering["metadata"].contains("finalizers");
  }));
  server_->remove(api::Offering::resource(), acme);
  create(gen::Offering("next"));
  ASSERT_TRUE(await([&] {
    const kube::Json next = server_->find(api::Offering::resource(), {"", "next"});
    return next.contains("status");
  })) << "what came before it was seen by then";
  EXPECT_FALSE(counted());
}

}  // namespace
}  // namespace reconcilers
