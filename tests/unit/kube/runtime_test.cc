#include "kube/runtime.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "kube/core.h"
#include "kube/watch.h"
#include "net/crypto.h"
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

// The API server in memory behind a port, since a runtime makes its clients itself. Watches end at
// once there: what it knows comes from lists.
class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() {
    api_->serve(Namespace::resource(), FakeApiServer::Kind::BuiltIn);
    api_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn);
    api_->create(Namespace::resource(), {{"metadata", {{"name", "shop"}}}});
    net::HttpServerOptions options;
    options.address = "127.0.0.1";
    auto server = net::HttpServer::start(
        options,
        [this](const net::ServerRequest& request, std::stop_token) { return answer(request); });
    server_ = std::move(*server);
    std::filesystem::create_directories(dir_);
    kubeconfig_ = dir_ + "/kubeconfig";
    std::ofstream(kubeconfig_) << R"(
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: main, user: dev, namespace: ops}}]
users: [{name: dev, user: {}}]
clusters: [{name: main, cluster: {server: "http://127.0.0.1:)"
                               << server_->port() << "\"}}]\n";
  }
  ~RuntimeTest() override {
    server_->stop(0s);
    std::filesystem::remove_all(dir_);
  }

  net::ServerResponse answer(const net::ServerRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      user_agent_ = request.headers.get("User-Agent");
    }
    if (request.query.find("watch=1") != std::string::npos) return {};
    net::HttpRequest forwarded;
    forwarded.method = request.method;
    forwarded.url = "http://api.example" + request.target;
    for (const char* name : {"Accept", "Content-Type"})
      if (request.headers.has(name))
        forwarded.headers.add(name, std::string(request.headers.get(name)));
    forwarded.body = request.body;
    auto response = api_->send(forwarded, {});
    return {.status = response->status, .headers = response->headers, .body = response->body};
  }
  std::string user_agent() {
    const std::lock_guard lock(mutex_);
    return user_agent_;
  }

  std::unique_ptr<Runtime> make(RuntimeOptions options) {
    options.kubeconfig = kubeconfig_;
    auto runtime = Runtime::create(std::move(options));
    EXPECT_TRUE(runtime.ok()) << runtime.error().message;
    return std::move(*runtime);
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

  std::string dir_ = std::string{std::filesystem::temp_directory_path()} + "/runtime-test-" +
                     std::to_string(getpid()) + "-" + net::hex(net::random_bytes(4));
  std::string kubeconfig_;
  std::shared_ptr<FakeApiServer> api_ = std::make_shared<FakeApiServer>();
  std::mutex mutex_;
  std::string user_agent_;
  std::unique_ptr<net::HttpServer> server_;
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
  EXPECT_EQ(user_agent(), "motd/1.2");
}

TEST_F(RuntimeTest, with_a_lease_it_works_as_its_holder_and_gives_it_back) {
  const auto runtime = make({.name = "motd", .lease = {.namespace_ = "", .name = "motd"}});
  FirstKey reconciler;
  auto& namespaces = runtime->add_informer<Namespace>();
  watch(namespaces, runtime->add_controller("greeter", reconciler).queue());

  const NamespacedName lease{"ops", "motd"};  // the kubeconfig's namespace
  const net::Status too_early = runtime->client().remove<Namespace>({"", "shop"}, {}, {});
  ASSERT_FALSE(too_early.ok()) << "nothing is written without the lease";
  EXPECT_EQ(too_early.error().code, net::ErrorCode::Cancelled);
  const net::Status ended = run(*runtime, [&] {
    ASSERT_TRUE(reconciler.await());
    EXPECT_NE(api_->find(Lease::resource(), lease)["spec"]["holderIdentity"], "");
  });
  EXPECT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(api_->find(Lease::resource(), lease)["spec"]["holderIdentity"], "");
}

TEST_F(RuntimeTest, a_kubeconfig_that_cannot_be_used_is_named) {
  const auto runtime = Runtime::create({.name = "motd", .kubeconfig = "/nowhere/kubeconfig"});
  ASSERT_FALSE(runtime.ok());
  EXPECT_EQ(runtime.error().code, net::ErrorCode::Invalid);
  EXPECT_NE(runtime.error().message.find("/nowhere/kubeconfig"), std::string::npos);
}

TEST_F(RuntimeTest, an_address_that_cannot_be_listened_on_ends_it_at_once) {
  for (const std::string& address :
       {std::string{"8080"}, "127.0.0.1:" + std::to_string(server_->port())}) {
    const net::Status ended = make({.name = "motd", .probe_address = address})->run({});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code, net::ErrorCode::Invalid);
    EXPECT_NE(ended.error().message.find(address), std::string::npos) << ended.error().message;
  }
}

}  // namespace
}  // namespace kube
