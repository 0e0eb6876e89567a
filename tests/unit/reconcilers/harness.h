// The world of a reconciler under test: an API server and a provider in memory, a clock that stands
// still, and caches whose content the test decides.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/store.h"
#include "net/crypto.h"
#include "net/http_client.h"
#include "net/log.h"
#include "net/url.h"
#include "oauth/calls/call_scheduler.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/integration/verification_desk.h"
#include "reconcilers/offering/reconciler.h"
#include "support/builders.h"
#include "support/fake_api_server.h"

namespace reconcilers {

inline const std::string kPublicUrl = "https://connect.example";
inline const std::string kCallback = kPublicUrl + "/oauth/callback/acme";

// An honest provider: knows one client's secrets and its callbacks, and looks at both. Thread-safe.
class Provider : public net::HttpClient {
 public:
  std::set<std::string> secrets{"the-secret"};  // change these only while nobody asks
  std::set<std::string> callbacks{kCallback};
  std::optional<net::Error> outage;
  std::map<std::string, net::HttpResponse> documents;  // by URL
  std::string to_a_client = "invalid_grant";           // what /token says to one that it knows
  std::string to_a_callback = "login_required";        // what /authorize says to one that it knows
  bool shows_any_callback_a_sign_in = false;

  int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<std::string> urls() const {
    const std::lock_guard lock(mutex_);
    return urls_;
  }
  // Until release(), calls hang.
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  bool await_calls(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return calls_ >= count; });
  }

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override {
    {
      std::unique_lock lock(mutex_);
      ++calls_;
      urls_.push_back(request.url);
      changed_.notify_all();
      changed_.wait(lock, stop, [this] { return !held_; });
    }
    if (stop.stop_requested()) return net::Error{net::ErrorCode::Cancelled, "stopped"};
    if (outage) return *outage;
    const auto url = net::parse_url(request.url);
    if (const auto document = documents.find(request.url); document != documents.end())
      return document->second;
    if (url->path == "/token") return token(request);
    if (url->path == "/authorize") return authorize(*url);
    return net::HttpResponse{.status = 404, .headers = {}, .body = "not here"};
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest&, const StreamLimits&,
                                        const LineHandler&, std::stop_token) override {
    return net::Error{net::ErrorCode::Internal, "not of use here"};
  }

 private:
  static net::HttpResponse error(int status, const std::string& code) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = net::Json{{"error", code}}.dump()};
  }
  net::HttpResponse token(const net::HttpRequest& request) const {
    constexpr std::string_view basic = "Basic ";
    const auto pair = net::parse_base64(request.headers.get("Authorization").substr(basic.size()));
    const auto colon = pair->find(':');
    const auto secret = net::parse_form("x=" + pair->substr(colon + 1));
    const bool known =
        pair->substr(0, colon) == "the-client" && secrets.contains((*secret)[0].second);
    return known ? error(400, to_a_client) : error(401, "invalid_client");
  }
  net::HttpResponse authorize(const net::Url& url) const {
    if (shows_any_callback_a_sign_in)
      return {.status = 302, .headers = {{"Location", "/sign-in"}}, .body = ""};
    const auto fields = net::parse_form(url.query);
    for (const auto& [name, value] : *fields)
      if (name == "redirect_uri" && callbacks.contains(value))
        return {.status = 302,
                .headers = {{"Location", value + "?error=" + to_a_callback}},
                .body = ""};
    return {.status = 400,
            .headers = {{"Content-Type", "text/html"}},
            .body = "<h1>This redirect_uri is not registered</h1>"};
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool held_ = false;
  int calls_ = 0;
  std::vector<std::string> urls_;
};

class Cluster {
 public:
  net::ManualClock clock{gen::start};
  std::shared_ptr<support::FakeApiServer> server = std::make_shared<support::FakeApiServer>(clock);
  Provider provider;
  std::string public_url = kPublicUrl;  // of the next start

  Cluster() {
    net::set_log_level(net::LogLevel::Error);
    server->serve(api::Offering::resource(), support::FakeApiServer::Kind::Custom);
    server->serve(api::Integration::resource(), support::FakeApiServer::Kind::Custom);
    server->serve(kube::Secret::resource(), support::FakeApiServer::Kind::BuiltIn);
    server->serve(kube::Namespace::resource(), support::FakeApiServer::Kind::BuiltIn);
    server->serve(kEvents, support::FakeApiServer::Kind::BuiltIn);
    client_ = support::client_of(server, clock);
    start();
  }
  ~Cluster() { provider.release(); }

  // The process starts anew: all that it remembered is gone, the API server is as it was.
  void restart() {
    stop();
    start();
    sync();
  }

  // --- Acts of people.
  template <class T>
  void create(const T& object) {
    server->create(T::resource(), gen::manifest(object));
  }
  // An Offering, a Secret and an Integration "crm" that fit together.
  void create_all() {
    create(gen::Namespace("team"));
    create(gen::Offering("acme"));
    create(gen::Secret("credentials"));
    create(gen::Integration("crm"));
    sync();
    reconcile_offering();
    sync();
  }
  void write_secret(const std::string& key, const std::string& value) {
    server->update(kube::Secret::resource(), {"team", "credentials"},
                   [&](kube::Json& json) { json["data"][key] = net::base64(value); });
    sync();
  }
  void edit(const std::function<void(kube::Json&)>& change) {
    server->update(api::Integration::resource(), {"team", "crm"}, change);
    sync();
  }
  void edit_offering(const std::function<void(kube::Json&)>& change) {
    server->update(api::Offering::resource(), {"", "acme"}, change);
    sync();
  }

  // --- Acts of the operator.
  // The caches see what the API server has.
  void sync() {
    fill(offerings);
    fill(integrations);
    fill(secrets);
    fill(namespaces);
  }
  kube::ReconcileResult reconcile(const std::string& name = "crm") {
    auto result = integration_reconciler_->reconcile({"team", name}, context());
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : kube::ReconcileResult{};
  }
  net::Result<kube::ReconcileResult> try_reconcile(const std::string& name = "crm") {
    return integration_reconciler_->reconcile({"team", name}, context());
  }
  kube::ReconcileResult reconcile_offering(const std::string& name = "acme") {
    auto result = try_reconcile_offering(name);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : kube::ReconcileResult{};
  }
  // Without waiting for the issuer's answer.
  kube::ReconcileResult start_reconciling_offering(const std::string& name = "acme") {
    auto result = offering_reconciler_->reconcile({"", name}, context());
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : kube::ReconcileResult{};
  }
  // With the reconcile that the issuer's answer causes, where it is asked.
  net::Result<kube::ReconcileResult> try_reconcile_offering(const std::string& name = "acme") {
    auto result = offering_reconciler_->reconcile({"", name}, context());
    const auto offering = offerings.get({"", name});
    if (!result.ok() || result->requeue_after || !offering) return result;
    const auto asked = discovery_desk_->state(offering->metadata);
    if (!asked.running_since && !asked.result) return result;
    std::unique_lock lock(mutex_);
    const bool found = answered_.wait_for(lock, std::chrono::seconds{10}, [&] {
      return !discovery_desk_->state(offering->metadata).running_since;
    });
    EXPECT_TRUE(found);
    lock.unlock();
    fill(offerings);  // its finalizer, where the first reconcile added one
    return offering_reconciler_->reconcile({"", name}, context());
  }
  // A reconcile that asks the provider, the answer, and the reconcile after it.
  void verify(const std::string& name = "crm") {
    const int before = answers();
    reconcile(name);
    ASSERT_TRUE(await_answers(before + 1));
    reconcile(name);
    sync();
  }
  // Verifications that have come back.
  int answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  bool await_answers(int count) {
    std::unique_lock lock(mutex_);
    return answered_.wait_for(lock, std::chrono::seconds{10}, [&] { return answers_ >= count; });
  }

  // --- The outcome.
  api::Integration integration(const std::string& name = "crm") const {
    return server->find(api::Integration::resource(), {"team", name}).get<api::Integration>();
  }
  api::Offering offering(const std::string& name = "acme") const {
    return server->find(api::Offering::resource(), {"", name}).get<api::Offering>();
  }
  std::string ready_reason(const std::string& name = "crm") const {
    const auto status = integration(name).status;
    const auto* ready = kube::find_condition(status.conditions, "Ready");
    return ready == nullptr ? "" : ready->reason;
  }
  std::vector<kube::Json> events() {
    events_->flush(std::chrono::hours{1});
    return server->list(kEvents);
  }
  // All that was asked of the API server since the last look at it, but for Events.
  std::vector<std::string> new_api_calls() {
    const auto all = server->calls([](const support::ApiCall& call) {
      return call.path.find("/events") == std::string::npos;
    });
    std::vector<std::string> fresh;
    for (std::size_t i = calls_seen_; i < all.size(); ++i)
      fresh.push_back(all[i].method + " " + all[i].path);
    calls_seen_ = all.size();
    return fresh;
  }
  // Writes of statuses since the last look at them.
  std::size_t new_writes() {
    const auto all = server->calls([](const support::ApiCall& call) {
      return call.is_write() && call.path.find("/events") == std::string::npos;
    });
    const std::size_t fresh = all.size() - writes_seen_;
    writes_seen_ = all.size();
    return fresh;
  }

  kube::Store<api::Offering> offerings;
  kube::Store<api::Integration> integrations;
  kube::Store<kube::PartialSecret> secrets;
  kube::Store<kube::Namespace> namespaces;
  prometheus::Registry registry;

 private:
  inline static const kube::Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};

  template <class T>
  void fill(kube::Store<T>& store) {
    std::vector<T> all;
    for (const kube::Json& json : server->list(T::resource())) all.push_back(json.get<T>());
    store.replace(std::move(all));
  }
  static kube::ReconcileContext context() { return {{}, net::Logger{"test"}}; }

  void start() {
    if (!indexed_) add_integration_indexes(integrations);
    indexed_ = true;
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test", clock);
    scheduler_ = std::make_unique<oauth::CallScheduler>(oauth::CallSchedulerOptions{}, clock);
    desk_ = std::make_unique<VerificationDesk>(*scheduler_, provider, clock,
                                               [this](const kube::NamespacedName&) {
                                                 {
                                                   const std::lock_guard lock(mutex_);
                                                   ++answers_;
                                                 }
                                                 answered_.notify_all();
                                               });
    discovery_desk_ = std::make_unique<DiscoveryDesk>(*scheduler_, provider, clock, false,
                                                      [this](const kube::NamespacedName&) {
                                                        { const std::lock_guard lock(mutex_); }
                                                        answered_.notify_all();
                                                      });
    offering_reconciler_ = std::make_unique<OfferingReconciler>(
        OfferingReconciler::Dependencies{.client = *client_,
                                         .offerings = offerings,
                                         .integrations = integrations,
                                         .namespaces = namespaces,
                                         .desk = *discovery_desk_,
                                         .events = *events_,
                                         .clock = clock,
                                         .public_url = public_url,
                                         .field_manager = "test"});
    integration_reconciler_ = std::make_unique<IntegrationReconciler>(
        IntegrationReconciler::Dependencies{.client = *client_,
                                            .integrations = integrations,
                                            .offerings = offerings,
                                            .secrets = secrets,
                                            .namespaces = namespaces,
                                            .desk = *desk_,
                                            .events = *events_,
                                            .clock = clock,
                                            .public_url = public_url,
                                            .field_manager = "test",
                                            .metrics = verdict_metrics_},
        [] { return net::SecretString{std::string(32, 'k')}; });
  }
  void stop() {
    scheduler_->stop();
    integration_reconciler_.reset();
    offering_reconciler_.reset();
    desk_.reset();
    discovery_desk_.reset();
    events_.reset();
  }

  mutable std::mutex mutex_;
  std::condition_variable answered_;
  int answers_ = 0;
  std::size_t writes_seen_ = 0;
  std::size_t calls_seen_ = 0;
  bool indexed_ = false;
  VerdictMetrics verdict_metrics_{registry};
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<OfferingReconciler> offering_reconciler_;
  std::unique_ptr<IntegrationReconciler> integration_reconciler_;
  std::unique_ptr<VerificationDesk> desk_;
  std::unique_ptr<DiscoveryDesk> discovery_desk_;
  std::unique_ptr<oauth::CallScheduler> scheduler_;  // first to end: its work uses the rest
};

}  // namespace reconcilers
