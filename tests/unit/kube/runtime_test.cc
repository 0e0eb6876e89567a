#include "kube/runtime.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "kube/core.h"
#include "kube/watch.h"
#include "net/http_server.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using support::FakeApiServer;

// Says which key it was called with first.
class FirstKey : public Reconciler {
 public:
  net::Result<ReconcileResult> reconcile(const NamespacedName& key,
                                         const ReconcileContext&) override {
    if (!std::exchange(called_, true)) key_.set_value(key);
    return ReconcileResult{};
  }
  bool await() { return future_.wait_for(20s) == std::future_status::ready; }
  NamespacedName key() { return future_.get(); }

 private:
  bool called_ = false;  // by one worker
  std::promise<NamespacedName> key_;
  std::future<NamespacedName> future_ = key_.get_future();
};

// Remembers the keys it was called with.
class KeysSeen : public Reconciler {
 public:
  net::Result<ReconcileResult> reconcile(const NamespacedName& key,
                                         const ReconcileContext&) override {
    {
      const std::lock_guard lock(mutex_);
      seen_.insert(key);
    }
    changed_.notify_all();
    return ReconcileResult{};
  }
  bool await(const NamespacedName& key) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return seen_.contains(key); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<NamespacedName> seen_;
};

class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() {
    api_->serve(Namespace::resource(), FakeApiServer::Kind::BuiltIn);
    api_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn);
    api_->create(Namespace::resource(), {{"metadata", {{"name", "shop"}}}});
  }

  // Of the cluster in memory.
  std::unique_ptr<Runtime> make(RuntimeOptions options) {
    options.cluster = support::cluster_config("ops");
    options.make_http = [this,
                         connect = support::connections_to(api_)](net::HttpClientOptions http) {
      user_agents_.insert(http.user_agent);
      return connect(std::move(http));
    };
    auto runtime = Runtime::create(std::move(options));
    EXPECT_TRUE(runtime.ok()) << runtime.error().message;
    return std::move(*runtime);
  }
  void another_holds_the_lease() {
    api_->create(Lease::resource(),
                 {{"metadata", {{"namespace", kLease.namespace_}, {"name", kLease.name}}},
                  {"spec", {{"holderIdentity", "another"}, {"leaseDurationSeconds", 15}}}});
  }
  std::string holder() {
    return api_->find(Lease::resource(), kLease)["spec"]["holderIdentity"].get<std::string>();
  }
  // Runs it until `working` has returned, and says how it ended.
  static net::Status run(Runtime& runtime, const std::function<void()>& working) {
    net::Status ended;
    std::jthread thread([&](std::stop_token stop) { ended = runtime.run(stop); });
    working();
    thread.request_stop();
    thread.join();
    return ended;
  }
  static net::HttpResponse get(const Runtime& runtime, const std::string& path) {
    net::HttpRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(runtime.probe_port()) + path;
    const auto client = net::make_http_client({});
    return *(*client)->send(request, {});
  }

  const NamespacedName kLease{"ops", "motd"};  // in the namespace of the cluster's configuration
  net::ManualClock clock_;
  std::shared_ptr<FakeApiServer> api_ = std::make_shared<FakeApiServer>(clock_);
  std::set<std::string> user_agents_;
};

TEST_F(RuntimeTest, what_is_there_is_reconciled_and_shown_by_probes_and_metrics) {
  const auto runtime = make({.name = "motd", .version = "1.2", .probe_address = "127.0.0.1:0"});
  FirstKey reconciler;
  auto& namespaces = runtime->add_informer<Namespace>();
  auto& controller = runtime->add_controller("greeter", reconciler);
  watch(namespaces, controller.queue());

  EXPECT_EQ(runtime->probe_port(), 0);
  const net::Status ended = run(*runtime, [&] {
    ASSERT_TRUE(reconciler.await());
    EXPECT_EQ(reconciler.key(), (NamespacedName{"", "shop"}));
    EXPECT_EQ(get(*runtime, "/readyz").status, 200);
    const std::string metrics = get(*runtime, "/metrics").body;
    for (const char* sample :
         {"workqueue_adds_total{controller=\"greeter\",name=\"greeter\"} 1",
          "controller_runtime_max_concurrent_reconciles{controller=\"greeter\"} 4",
          "motd_build_info{", "rest_client_requests_total{", "process_open_fds "})
      EXPECT_NE(metrics.find(sample), std::string::npos) << sample << " in\n" << metrics;
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(user_agents_, (std::set<std::string>{"motd/1.2"}));
}

TEST_F(RuntimeTest, with_a_lease_it_works_as_its_holder_and_gives_it_back) {
  const auto runtime = make({.name = "motd", .lease = {.namespace_ = "", .name = "motd"}});
  FirstKey reconciler;
  auto& namespaces = runtime->add_informer<Namespace>();
  watch(namespaces, runtime->add_controller("greeter", reconciler).queue());

  const net::Status too_early = runtime->client().remove<Namespace>({"", "shop"}, {}, {});
  ASSERT_FALSE(too_early.ok()) << "nothing is written without the lease";
  EXPECT_EQ(too_early.error().code, net::ErrorCode::Cancelled);
  const net::Status ended = run(*runtime, [&] {
    ASSERT_TRUE(reconciler.await());
    EXPECT_NE(holder(), "");
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(holder(), "");
}

TEST_F(RuntimeTest, every_replica_writes_with_a_client_of_its_own) {
  another_holds_the_lease();
  const auto standby = make({.name = "motd", .lease = {.namespace_ = "", .name = "motd"}});
  Lease fresh;
  fresh.metadata.namespace_ = "ops";
  fresh.metadata.name = "fresh";
  const auto as_leader = standby->client().create(fresh, {});
  ASSERT_FALSE(as_leader.ok());
  EXPECT_EQ(as_leader.error().code, net::ErrorCode::Cancelled);
  EXPECT_TRUE(standby->client_of_every_replica().create(fresh, {}).ok());
  EXPECT_FALSE(api_->find(Lease::resource(), {"ops", "fresh"}).is_null());
}

TEST_F(RuntimeTest, the_fence_is_open_while_it_leads_and_always_without_an_election) {
  const net::SteadyTime soon = clock_.steady() + 10s;
  const auto alone = make({.name = "motd", .clock = &clock_});
  EXPECT_TRUE(alone->fence().admit_until(soon + 24h).ok());
  EXPECT_TRUE(alone->client().remove<Namespace>({"", "nothing"}, {}, {}).error().code ==
              net::ErrorCode::NotFound);

  const auto runtime =
      make({.name = "motd", .lease = {.namespace_ = "", .name = "motd"}, .clock = &clock_});
  FirstKey reconciler;
  auto& namespaces = runtime->add_informer<Namespace>();
  watch(namespaces, runtime->add_controller("greeter", reconciler).queue());
  EXPECT_FALSE(runtime->fence().admit_until(soon).ok());
  const net::Status ended = run(*runtime, [&] {
    ASSERT_TRUE(reconciler.await());
    EXPECT_TRUE(runtime->fence().admit_until(soon).ok());
    EXPECT_FALSE(runtime->fence().admit_until(soon + 10s).ok()) << "the lease is of 15 s";
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_FALSE(runtime->fence().admit_until(soon).ok()) << "it has given the lease back";
}

TEST_F(RuntimeTest, time_is_that_of_the_clock_which_it_is_given) {
  another_holds_the_lease();
  const auto runtime =
      make({.name = "motd", .lease = {.namespace_ = "", .name = "motd"}, .clock = &clock_});
  FirstKey reconciler;
  auto& namespaces = runtime->add_informer<Namespace>();
  watch(namespaces, runtime->add_controller("greeter", reconciler).queue());
  const net::Status ended = run(*runtime, [&] {
    ASSERT_TRUE(api_->await_watches(2)) << "of Namespaces, and of the Lease";
    clock_.await_waiters(1);
    clock_.advance(15s);  // the other one's lease has expired
    ASSERT_TRUE(reconciler.await());
    EXPECT_NE(holder(), "another");
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
}

TEST_F(RuntimeTest, one_set_of_informers_is_watched_once_for_all_its_namespaces) {
  api_->serve(Secret::resource(), FakeApiServer::Kind::BuiltIn);
  for (const char* ns : {"shop", "crm", "bank"})
    api_->create(Secret::resource(), {{"metadata", {{"name", "s"}, {"namespace", ns}}}});
  const auto runtime = make({.name = "motd"});
  KeysSeen reconciler;
  InformerSet<PartialSecret> secrets;
  watch(secrets, runtime->add_controller("greeter", reconciler).queue());
  runtime->add_informers(secrets, {"shop", "crm", "shop"});
  const net::Status ended = run(*runtime, [&] {
    EXPECT_TRUE(reconciler.await({"shop", "s"}));
    EXPECT_TRUE(reconciler.await({"crm", "s"}));
    ASSERT_TRUE(api_->await_watches(2));
    api_->create(Secret::resource(), {{"metadata", {{"name", "new"}, {"namespace", "crm"}}}});
    EXPECT_TRUE(reconciler.await({"crm", "new"}));
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(secrets.store().size(), 3U) << "none of the bank's";
  const auto lists = api_->calls(support::lists());
  EXPECT_EQ(lists.size(), 2U) << "shop, though given twice, is read once";
}

TEST_F(RuntimeTest, a_set_without_a_namespace_is_of_the_whole_cluster) {
  api_->serve(Secret::resource(), FakeApiServer::Kind::BuiltIn);
  for (const char* ns : {"shop", "crm"})
    api_->create(Secret::resource(), {{"metadata", {{"name", "s"}, {"namespace", ns}}}});
  const auto runtime = make({.name = "motd"});
  KeysSeen reconciler;
  runtime->add_controller("greeter", reconciler);
  InformerSet<PartialSecret> secrets;
  runtime->add_informers(secrets, {});
  const net::Status ended = run(*runtime, [&] { ASSERT_TRUE(api_->await_watches(1)); });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(secrets.store().size(), 2U);
}

TEST_F(RuntimeTest, a_replica_that_ends_is_not_ready_while_it_drains) {
  const auto runtime = make({.name = "motd", .probe_address = "127.0.0.1:0"});
  KeysSeen reconciler;
  runtime->add_controller("greeter", reconciler);
  runtime->add_informer<Namespace>();
  int while_draining = 0;
  runtime->manager().on_ending([&] { while_draining = get(*runtime, "/readyz").status; });
  const net::Status ended = run(*runtime, [&] {
    while (!runtime->manager().ready()) std::this_thread::yield();
    EXPECT_EQ(get(*runtime, "/readyz").status, 200);
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(while_draining, 503);
}

TEST_F(RuntimeTest, a_kubeconfig_that_cannot_be_used_is_named) {
  const auto runtime = Runtime::create({.name = "motd", .kubeconfig = "/nowhere/kubeconfig"});
  ASSERT_FALSE(runtime.ok());
  EXPECT_EQ(runtime.error().code, net::ErrorCode::Invalid);
  EXPECT_NE(runtime.error().message.find("/nowhere/kubeconfig"), std::string::npos);
}

TEST_F(RuntimeTest, an_address_that_cannot_be_listened_on_ends_it_at_once) {
  net::HttpServerOptions taken;
  taken.address = "127.0.0.1";
  const auto server = net::HttpServer::start(
      taken, [](const auto&, std::stop_token) { return net::ServerResponse{}; });
  ASSERT_TRUE(server.ok());
  for (const std::string& address :
       {std::string{"8080"}, "127.0.0.1:" + std::to_string((*server)->port())}) {
    const net::Status ended = make({.name = "motd", .probe_address = address})->run({});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code, net::ErrorCode::Invalid);
    EXPECT_NE(ended.error().message.find(address), std::string::npos) << ended.error().message;
  }
}

}  // namespace
}  // namespace kube
