#include "kube/client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <fstream>
#include <thread>

#include "kube/core.h"
#include "kube/fence.h"
#include "kube/metrics.h"
#include "support/fake_api_server.h"
#include "support/test_certificates.h"

namespace {

using kube::Json;
using kube::Secret;
using net::ErrorCode;
using support::FakeApiServer;

// A custom resource as simple as they come.
struct Widget {
  kube::ObjectMeta metadata;
  int size = 0;
  Json status;
  static const kube::Resource& resource() {
    static const kube::Resource resource{"example.dev", "v1", "widgets", "Widget", true};
    return resource;
  }
};
void from_json(const Json& json, Widget& widget) {
  widget.metadata = json.at("metadata").get<kube::ObjectMeta>();
  widget.size = json.at("spec").value("size", 0);
  widget.status = json.value("status", Json());
}
void to_json(Json& json, const Widget& widget) {
  json = {{"metadata", widget.metadata}, {"spec", {{"size", widget.size}}}};
}

Widget widget(const std::string& name, int size = 1) {
  Widget made;
  made.metadata.namespace_ = "team";
  made.metadata.name = name;
  made.size = size;
  return made;
}

const kube::NamespacedName kName{"team", "a"};

class Client : public testing::Test {
 protected:
  void SetUp() override {
    server->serve(Widget::resource(), FakeApiServer::Kind::Custom);
    server->serve(Secret::resource(), FakeApiServer::Kind::BuiltIn);
  }

  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
};

TEST_F(Client, creates_reads_updates_and_removes) {
  const auto created = client->create(widget("a"), {});
  ASSERT_TRUE(created.ok()) << created.error().message;
  EXPECT_EQ(created->metadata.generation, 1);
  Widget changed = *client->get<Widget>(kName, {});
  changed.size = 2;
  const auto updated = client->update(changed, {});
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  EXPECT_EQ(updated->metadata.generation, 2);
  EXPECT_TRUE(client->remove<Widget>(kName, {}, {}).ok());
  EXPECT_EQ(client->get<Widget>(kName, {}).error().code, ErrorCode::NotFound);
}

TEST_F(Client, writes_secrets_as_it_writes_other_objects) {
  Secret secret;
  secret.metadata.namespace_ = "team";
  secret.metadata.name = "a";
  secret.data.emplace("token", "one");
  auto created = client->create(secret, {});
  ASSERT_TRUE(created.ok()) << created.error().message;
  EXPECT_EQ(created->data.at("token").reveal(), "one");
  created->data["token"] = net::SecretString{"two"};
  const auto updated = client->update(*created, {});
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  EXPECT_EQ(client->get<Secret>(kName, {})->data.at("token").reveal(), "two");
  EXPECT_EQ(client->update(*created, {}).error().code, ErrorCode::Conflict) << "a stale version";

  Secret wanted;
  wanted.data.emplace("other", "three");
  const auto applied =
      client->apply<Secret>(kName, updated->metadata.uid, "", Json(wanted), "me", {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->data.at("other").reveal(), "three");
  EXPECT_EQ(applied->data.at("token").reveal(), "two");
  EXPECT_EQ(server->find(Secret::resource(), kName)["type"], "Opaque");
}

TEST_F(Client, names_what_was_not_found_in_the_api_servers_words) {
  EXPECT_EQ(client->get<Widget>(kName, {}).error().message, "widgets.example.dev \"a\" not found");
}

TEST_F(Client, a_taken_name_and_a_stale_version_are_told_apart) {
  const auto created = client->create(widget("a"), {});
  EXPECT_EQ(client->create(widget("a"), {}).error().code, ErrorCode::AlreadyExists);
  server->update(Widget::resource(), kName, [](Json& json) { json["spec"]["size"] = 7; });
  EXPECT_EQ(client->update(*created, {}).error().code, ErrorCode::Conflict);
}

TEST_F(Client, a_request_without_a_name_never_reaches_a_collection) {
  client->create(widget("a"), {}).ok();
  server->forget_calls();
  for (const char* name : {"", ".", ".."}) {
    EXPECT_EQ(client->remove<Widget>({"team", name}, {}, {}).error().code, ErrorCode::Invalid);
    EXPECT_EQ(client->get<Widget>({"team", name}, {}).error().code, ErrorCode::Invalid);
  }
  EXPECT_TRUE(server->calls().empty());
}

TEST_F(Client, lists_page_by_page) {
  for (const char* name : {"a", "b", "c"}) client->create(widget(name), {}).ok();
  const auto first = client->list<Widget>({.limit = 2}, {});
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->items.size(), 2U);
  const auto second =
      client->list<Widget>({.continue_token = first->continue_token, .limit = 2}, {});
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_EQ(second->items[0].metadata.name, "c");
  EXPECT_EQ(second->resource_version, first->resource_version);
}

TEST_F(Client, lists_what_selectors_select) {
  Widget blue = widget("blue");
  blue.metadata.labels = {{"color", "blue"}};
  client->create(blue, {}).ok();
  client->create(widget("plain"), {}).ok();
  EXPECT_EQ(client->list<Widget>({.label_selector = "color in (blue,red)"}, {})->items.size(), 1U);
  EXPECT_EQ(client->list<Widget>({.label_selector = "!color"}, {})->items[0].metadata.name,
            "plain");
  EXPECT_EQ(client->list<Widget>({.field_selector = "metadata.name=blue"}, {})->items.size(), 1U);
  EXPECT_TRUE(client->list<Widget>({.namespace_ = "other"}, {})->items.empty());
}

TEST_F(Client, applies_status_by_force_and_leaves_the_spec_alone) {
  const auto created = client->create(widget("a"), {});
  const auto applied = client->apply<Widget>(kName, created->metadata.uid, "status",
                                             {{"status", {{"phase", "Draft"}}}}, "tester", {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->status["phase"], "Draft");
  EXPECT_EQ(applied->metadata.generation, 1) << "a status is no change of what is wanted";
  const auto call = server->calls(support::to("PATCH", "/status")).at(0);
  EXPECT_EQ(call.content_type, "application/apply-patch+yaml");
  EXPECT_EQ(call.query.at("fieldManager"), "tester");
  EXPECT_EQ(call.query.at("force"), "true");
}

TEST_F(Client, an_apply_with_a_uid_neither_revives_an_object_nor_touches_a_namesake) {
  const auto gone =
      client->apply<Widget>(kName, "some-uid", "", {{"spec", {{"size", 3}}}}, "tester", {});
  EXPECT_EQ(gone.error().code, ErrorCode::Conflict);
  client->create(widget("a"), {}).ok();
  const auto namesake =
      client->apply<Widget>(kName, "some-uid", "", {{"spec", {{"size", 3}}}}, "tester", {});
  EXPECT_EQ(namesake.error().code, ErrorCode::Conflict);
}

TEST_F(Client, an_apply_may_insist_on_a_version) {
  const auto created = client->create(widget("a"), {});
  const Json fields = {{"metadata", {{"resourceVersion", created->metadata.resource_version}}},
                       {"status", {{"phase", "Draft"}}}};
  EXPECT_TRUE(client->apply<Widget>(kName, "", "status", fields, "tester", {}).ok());
  EXPECT_EQ(client->apply<Widget>(kName, "", "status", fields, "another", {}).error().code,
            ErrorCode::Conflict);
}

TEST_F(Client, an_apply_takes_away_what_its_manager_no_longer_applies) {
  client->create(widget("a"), {}).ok();
  client
      ->apply<Widget>(kName, "", "status", {{"status", {{"phase", "Draft"}, {"old", 1}}}}, "tester",
                      {})
      .ok();
  const auto applied =
      client->apply<Widget>(kName, "", "status", {{"status", {{"phase", "Draft"}}}}, "tester", {});
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(applied->status, Json({{"phase", "Draft"}}));
}

TEST_F(Client, an_apply_keeps_the_metadata_that_comes_with_its_fields) {
  const auto applied = client->apply<Widget>(
      kName, "", "", {{"metadata", {{"labels", {{"a", "b"}}}}}, {"spec", {{"size", 3}}}}, "tester",
      {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->metadata.labels.at("a"), "b");
}

TEST_F(Client, a_patch_whose_test_fails_is_a_conflict) {
  client->create(widget("a"), {}).ok();
  const auto patched = client->json_patch<Widget>(
      kName, {{"test", "/metadata/uid", "another"}, {"replace", "/spec/size", 9}}, {});
  EXPECT_EQ(patched.error().code, ErrorCode::Conflict);
  EXPECT_EQ(client->get<Widget>(kName, {})->size, 1);
}

TEST_F(Client, a_patch_whose_outcome_is_invalid_is_not_a_conflict) {
  client->create(widget("a"), {}).ok();
  server->answer_next(1, 422, support::any_call(), {},
                      R"({"kind": "Status", "reason": "Invalid", "message": "spec.size: too big",
      "details": {"causes": [{"reason": "FieldValueInvalid", "field": "spec.size"}]}})");
  const auto patched = client->json_patch<Widget>(kName, {{"replace", "/spec/size", 9}}, {});
  EXPECT_EQ(patched.error().code, ErrorCode::Invalid);
}

TEST_F(Client, a_removal_with_preconditions_leaves_a_namesake_alone) {
  const auto created = client->create(widget("a"), {});
  EXPECT_EQ(client->remove<Widget>(kName, {.uid = "another"}, {}).error().code,
            ErrorCode::Conflict);
  EXPECT_TRUE(client->remove<Widget>(kName, {.uid = created->metadata.uid}, {}).ok());
}

TEST_F(Client, an_answer_that_does_not_decode_is_an_error_without_its_values) {
  server->create(Secret::resource(), {{"metadata", {{"namespace", "team"}, {"name", "a"}}},
                                      {"data", {{"id", "!canary!"}}}});
  const auto secret = client->get<Secret>(kName, {});
  EXPECT_EQ(secret.error().code, ErrorCode::Internal);
  EXPECT_EQ(secret.error().message.find("canary"), std::string::npos);
}

TEST_F(Client, text_that_was_cut_within_a_character_can_still_be_written) {
  const auto created = client->create(widget("a"), {});
  const auto applied = client->apply<Widget>(kName, "", "status",
                                             {{"status", {{"message", "caf\xc3"}}}}, "tester", {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(applied->status["message"], "caf\xef\xbf\xbd");
}

TEST_F(Client, what_breaks_names_the_request_but_not_its_query) {
  server->drop_next(1);
  const auto listed = client->list<Widget>({.label_selector = "color=blue"}, {});
  EXPECT_EQ(listed.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(listed.error().message, "GET /apis/example.dev/v1/widgets: the connection broke");
}

struct StatusCase {
  int status;
  const char* body;
  ErrorCode code;
};
class ErrorOf : public testing::TestWithParam<StatusCase> {};

TEST_P(ErrorOf, maps_statuses_to_what_a_caller_can_act_on) {
  const auto error = kube::error_of({.path = "/x"}, {GetParam().status, {}, GetParam().body}, {});
  EXPECT_EQ(error.code, GetParam().code) << GetParam().status;
}

INSTANTIATE_TEST_SUITE_P(
    All, ErrorOf,
    testing::Values(
        StatusCase{301, "", ErrorCode::Invalid}, StatusCase{400, "", ErrorCode::Invalid},
        StatusCase{401, "", ErrorCode::Unauthorized}, StatusCase{403, "", ErrorCode::Forbidden},
        StatusCase{404, "", ErrorCode::NotFound}, StatusCase{409, "", ErrorCode::Conflict},
        StatusCase{409, R"({"kind": "Status", "reason": "AlreadyExists"})",
                   ErrorCode::AlreadyExists},
        StatusCase{410, "", ErrorCode::Gone}, StatusCase{413, "", ErrorCode::TooLarge},
        StatusCase{422, "", ErrorCode::Invalid}, StatusCase{429, "", ErrorCode::TooManyRequests},
        StatusCase{500, "", ErrorCode::Unavailable}, StatusCase{503, "", ErrorCode::Unavailable},
        StatusCase{504, "", ErrorCode::Timeout}));

TEST(ErrorMessage, is_the_api_servers_own_or_names_the_request) {
  const kube::ApiRequest request{.path = "/api/v1/secrets"};
  EXPECT_EQ(kube::error_of(
                request, {403, {}, R"({"kind": "Status", "message": "secrets is forbidden"})"}, {})
                .message,
            "secrets is forbidden");
  EXPECT_EQ(kube::error_of(request, {502, {}, "<html>proxy</html>"}, {}).message,
            "the API server answered 502 to GET /api/v1/secrets");
}

TEST(RetryAfter, comes_from_the_header_or_else_from_the_status) {
  const std::string body = R"({"kind": "Status", "details": {"retryAfterSeconds": 7}})";
  EXPECT_EQ(kube::error_of({}, {429, {{"Retry-After", "3"}}, body}, {}).retry_after,
            std::chrono::seconds{3});
  EXPECT_EQ(kube::error_of({}, {429, {}, body}, {}).retry_after, std::chrono::seconds{7});
  EXPECT_EQ(kube::error_of({}, {429, {}, ""}, {}).retry_after, std::nullopt);
}

// A token file as the kubelet keeps it.
class TokenFile : public testing::Test {
 protected:
  void SetUp() override {
    server->serve(Widget::resource(), FakeApiServer::Kind::Custom);
    write("first\n");
    kube::ClusterConfig config;
    config.server = "https://api.example";
    config.token_file = path;
    client = std::move(*kube::Client::create(config, {.http = server, .clock = &clock}));
  }
  void TearDown() override { std::remove(path.c_str()); }
  void write(const std::string& token) { std::ofstream(path) << token; }
  std::vector<std::string> tokens_sent() const {
    std::vector<std::string> tokens;
    for (const auto& call : server->calls()) tokens.push_back(call.authorization);
    return tokens;
  }

  std::string path = testing::TempDir() + "kube_client_test_token_" + std::to_string(getpid());
  net::ManualClock clock;
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client;
};

using Tokens = std::vector<std::string>;

TEST_F(TokenFile, is_sent_as_a_bearer_token) {
  client->list<Widget>({}, {}).ok();
  EXPECT_EQ(tokens_sent(), Tokens{"Bearer first"});
}

TEST_F(TokenFile, that_was_replaced_before_a_401_is_used_at_once) {
  client->list<Widget>({}, {}).ok();
  write("second");
  server->answer_next(1, 401);
  EXPECT_TRUE(client->create(widget("a"), {}).ok())
      << "a write too: the 401 means nothing was done";
  EXPECT_EQ(tokens_sent(), (Tokens{"Bearer first", "Bearer first", "Bearer second"}));
}

TEST_F(TokenFile, that_was_replaced_before_a_watch_got_a_401_is_used_at_once) {
  client->list<Widget>({}, {}).ok();
  server->forget_calls();
  write("second");
  server->answer_next(1, 401);
  std::stop_source stop;
  std::jthread watching([&] {
    client
        ->stream(
            {.path = Widget::resource().path(""), .query = {{"watch", "1"}}}, {},
            [](std::string_view) { return net::Status{}; }, stop.get_token())
        .ok();
  });
  EXPECT_TRUE(server->await_watches(1));
  stop.request_stop();
  EXPECT_EQ(tokens_sent(), (Tokens{"Bearer first", "Bearer second"}));
}

TEST_F(TokenFile, that_says_the_same_after_a_401_is_not_tried_twice) {
  server->answer_next(1, 401);
  EXPECT_EQ(client->list<Widget>({}, {}).error().code, ErrorCode::Unauthorized);
  EXPECT_EQ(tokens_sent(), Tokens{"Bearer first"});
}

TEST_F(TokenFile, whose_new_token_is_refused_too_is_an_error) {
  client->list<Widget>({}, {}).ok();
  server->forget_calls();
  write("second");
  server->answer_next(2, 401);
  EXPECT_EQ(client->list<Widget>({}, {}).error().code, ErrorCode::Unauthorized);
  EXPECT_EQ(tokens_sent(), (Tokens{"Bearer first", "Bearer second"}));
}

TEST_F(TokenFile, that_was_never_there_is_an_error_that_names_it) {
  std::remove(path.c_str());
  const auto listed = client->list<Widget>({}, {});
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().code, ErrorCode::Unauthorized);
  EXPECT_NE(listed.error().message.find(path), std::string::npos);
  EXPECT_TRUE(server->calls().empty());
}

TEST_F(TokenFile, is_read_once_for_all_clients_that_share_credentials) {
  kube::ClusterConfig config;
  config.server = "https://api.example";
  config.token_file = path;
  const auto shared = *kube::Credentials::create(config, clock);
  const auto one =
      *kube::Client::create(config, {.http = server, .credentials = shared, .clock = &clock});
  const auto other =
      *kube::Client::create(config, {.http = server, .credentials = shared, .clock = &clock});
  one->list<Widget>({}, {}).ok();
  write("second");
  other->list<Widget>({}, {}).ok();
  EXPECT_EQ(tokens_sent(), (Tokens{"Bearer first", "Bearer first"}));
}

// Records each attempt, and answers from a script: 200 where it has ended.
class ScriptedHttp : public net::HttpClient {
 public:
  using Answer = std::function<net::Result<net::HttpResponse>()>;
  net::Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token) override {
    sent.push_back(request);
    if (script.empty()) return net::HttpResponse{200, {}, "{}"};
    const Answer answer = script.front();
    script.pop_front();
    return answer();
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest& request, const StreamLimits& limits,
                                        const LineHandler&, std::stop_token stop) override {
    auto response = send(request, stop);
    if (!response.ok()) return response;
    if (limits.on_headers) limits.on_headers(response->status);
    if (during_stream) during_stream();
    return response;
  }

  std::deque<Answer> script;
  std::function<void()> during_stream;
  std::vector<net::HttpRequest> sent;
};

class Sending : public testing::Test {
 protected:
  void SetUp() override {
    config.server = "https://api.example:6443";
    config.tls.system_roots = false;
    dependencies.http = http;
    dependencies.clock = &clock;
    dependencies.metrics = &metrics;
  }
  std::unique_ptr<kube::Client> make() {
    auto client = kube::Client::create(config, dependencies);
    EXPECT_TRUE(client.ok()) << client.error().message;
    return std::move(*client);
  }
  void answer(int status, net::Headers headers = {}) {
    http->script.push_back([=] { return net::HttpResponse{status, headers, "{}"}; });
  }
  // send(), during which the clock is turned by `steps`, one after the other.
  net::Result<std::string> send(kube::Client& client, const std::string& method,
                                const std::vector<net::Duration>& steps = {}) {
    net::Result<std::string> result{std::string{}};
    std::jthread sender([&] {
      result = client.send({.method = method, .path = "/api/v1/things"}, stop.get_token());
    });
    for (const net::Duration step : steps) {
      clock.await_waiters(1);
      clock.advance(step);
    }
    sender.join();
    return result;
  }
  double counted(const std::string& name, const prometheus::Labels& labels) {
    for (const auto& family : registry.Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) {
        prometheus::Labels found;
        for (const auto& label : metric.label) found[label.name] = label.value;
        if (found != labels) continue;
        return family.type == prometheus::MetricType::Histogram ? metric.histogram.sample_sum
                                                                : metric.counter.value;
      }
    }
    return -1;  // no such series
  }

  const std::string host = "api.example:6443";
  net::ManualClock clock;
  prometheus::Registry registry;
  kube::RestMetrics metrics{registry};
  kube::ClusterConfig config;
  kube::Client::Dependencies dependencies;
  std::shared_ptr<ScriptedHttp> http = std::make_shared<ScriptedHttp>();
  std::stop_source stop;
};

using namespace std::chrono_literals;

TEST_F(Sending, waits_as_told_and_sends_again) {
  const auto client = make();
  answer(429, {{"Retry-After", "3"}});
  answer(503, {{"Retry-After", "2"}});
  EXPECT_TRUE(send(*client, "POST", {3s, 2s}).ok());
  ASSERT_EQ(http->sent.size(), 3U);
  EXPECT_EQ(http->sent[0].timeout, 30s);
  EXPECT_EQ(http->sent[2].timeout, 25s) << "all attempts share one time-out";
  const std::string retries = "rest_client_request_retries_total";
  EXPECT_EQ(counted(retries, {{"code", "200"}, {"verb", "POST"}, {"host", host}}), 1);
  EXPECT_EQ(counted(retries, {{"code", "503"}, {"verb", "POST"}, {"host", host}}), 1);
  EXPECT_EQ(counted(retries, {{"code", "429"}, {"verb", "POST"}, {"host", host}}), -1)
      << "the first attempt is no retry";
}

TEST_F(Sending, the_body_is_sent_again_too) {
  const auto client = make();
  answer(429, {{"Retry-After", "0"}});
  EXPECT_TRUE(client->send({.method = "POST", .path = "/api/v1/things", .body = "{}"}, {}).ok());
  ASSERT_EQ(http->sent.size(), 2U);
  EXPECT_EQ(http->sent[1].body, "{}");
}

TEST_F(Sending, gives_up_after_ten_retries) {
  const auto client = make();
  for (int i = 0; i < 20; ++i) answer(429, {{"Retry-After", "0"}});
  EXPECT_EQ(send(*client, "GET").error().code, ErrorCode::TooManyRequests);
  EXPECT_EQ(http->sent.size(), 11U);
}

TEST_F(Sending, does_not_wait_longer_than_the_request_may_take) {
  const auto client = make();
  answer(429, {{"Retry-After", "30"}});
  const auto result = send(*client, "GET");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().retry_after, 30s) << "whoever asked learns how long to wait";
  EXPECT_EQ(http->sent.size(), 1U);
}

TEST_F(Sending, sends_again_only_what_it_is_told_to) {
  const auto client = make();
  for (const int status : {429, 500, 503, 504}) {
    answer(status);
    EXPECT_FALSE(send(*client, "GET").ok()) << status << " without Retry-After";
  }
  answer(409, {{"Retry-After", "0"}});
  EXPECT_EQ(send(*client, "PUT").error().code, ErrorCode::Conflict);
  http->script.push_back([] { return net::Error{ErrorCode::Unavailable, "connection reset"}; });
  EXPECT_EQ(send(*client, "PUT").error().code, ErrorCode::Unavailable)
      << "nobody knows what became of it";
  EXPECT_EQ(http->sent.size(), 6U);
}

TEST_F(Sending, a_stop_ends_the_wait) {
  const auto client = make();
  answer(429, {{"Retry-After", "20"}});
  std::jthread stopper([this] {
    clock.await_waiters(1);
    stop.request_stop();
  });
  EXPECT_EQ(send(*client, "GET").error().code, ErrorCode::Cancelled);
}

TEST_F(Sending, a_watch_that_is_told_to_wait_waits) {
  const auto client = make();
  answer(429, {{"Retry-After", "0"}});
  EXPECT_TRUE(client->stream({.path = "/api/v1/things"}, {}, {}, {}).ok());
  EXPECT_EQ(http->sent.size(), 2U);
}

TEST_F(Sending, a_watch_is_measured_to_its_headers) {
  const auto client = make();
  http->script.push_back([this] {
    clock.advance(2s);
    return net::HttpResponse{200, {}, {}};
  });
  double requests_meanwhile = 0;
  const prometheus::Labels ok{{"code", "200"}, {"method", "GET"}, {"host", host}};
  http->during_stream = [&] {
    clock.advance(5min);
    requests_meanwhile = counted("rest_client_requests_total", ok);
  };
  EXPECT_TRUE(client->stream({.path = "/api/v1/things"}, {}, {}, {}).ok());
  EXPECT_EQ(requests_meanwhile, 1) << "it counts from its beginning";
  EXPECT_EQ(counted("rest_client_requests_total", ok), 1) << "and once";
  EXPECT_EQ(counted("rest_client_request_duration_seconds", {{"verb", "GET"}, {"host", host}}), 2);
}

TEST_F(Sending, the_rate_limiter_holds_up_all_but_watches) {
  dependencies.rate_limit = {.qps = 2, .burst = 1};
  const auto client = make();
  EXPECT_TRUE(send(*client, "GET").ok());
  EXPECT_TRUE(client->stream({.path = "/api/v1/things"}, {}, {}, {}).ok());
  EXPECT_TRUE(send(*client, "GET", {500ms}).ok());
  EXPECT_EQ(http->sent.back().timeout, 30s) << "waiting for a turn costs no time";
  EXPECT_EQ(counted("rest_client_rate_limiter_duration_seconds", {{"verb", "GET"}, {"host", host}}),
            0.5);
}

TEST_F(Sending, without_a_limit_nothing_is_measured_of_it) {
  const auto client = make();
  send(*client, "GET").ok();
  EXPECT_EQ(counted("rest_client_rate_limiter_duration_seconds", {{"verb", "GET"}, {"host", host}}),
            -1);
}

TEST_F(Sending, no_write_passes_a_closed_fence) {
  kube::Fence fence(clock);
  dependencies.fence = &fence;
  const auto client = make();
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(send(*client, method).error().code, ErrorCode::Cancelled) << method;
  }
  EXPECT_TRUE(http->sent.empty());
  EXPECT_TRUE(send(*client, "GET").ok()) << "reading is everybody's";
  EXPECT_TRUE(client->stream({.path = "/api/v1/things"}, {}, {}, {}).ok());
}

TEST_F(Sending, no_write_outlives_the_lease) {
  kube::Fence fence(clock);
  dependencies.fence = &fence;
  const auto client = make();
  fence.open_until(clock.steady() + 7s);
  EXPECT_TRUE(send(*client, "PUT").ok());
  EXPECT_EQ(http->sent.back().timeout, 7s);
  EXPECT_TRUE(send(*client, "GET").ok());
  EXPECT_EQ(http->sent.back().timeout, 30s);
  fence.open_until(clock.steady() + 1h);
  EXPECT_TRUE(send(*client, "PUT").ok());
  EXPECT_EQ(http->sent.back().timeout, 30s) << "a fence gives no time that was not asked for";
}

TEST_F(Sending, a_retry_asks_the_fence_again) {
  kube::Fence fence(clock);
  dependencies.fence = &fence;
  const auto client = make();
  fence.open_until(clock.steady() + 5s);
  answer(429, {{"Retry-After", "5"}});
  EXPECT_EQ(send(*client, "PUT", {5s}).error().code, ErrorCode::Cancelled);
  EXPECT_EQ(http->sent.size(), 1U);
}

TEST_F(Sending, a_401_names_where_the_credentials_are_from) {
  config.source = "dir/config (context \"here\")";
  const auto client = make();
  answer(401);
  EXPECT_EQ(send(*client, "GET").error().message,
            "GET /api/v1/things: the API server does not accept the credentials of dir/config "
            "(context \"here\")");
}

TEST_F(Sending, acts_as_somebody_else_where_told_to) {
  config.impersonation = {"jane", "1-2", {"dev", "ops"}, {{"acme.com/Project%", {"a", "b"}}}};
  const auto client = make();
  send(*client, "GET").ok();
  std::vector<std::pair<std::string, std::string>> impersonated;
  for (const auto& field : http->sent[0].headers.fields()) {
    if (field.first.starts_with("Impersonate-")) impersonated.push_back(field);
  }
  const std::vector<std::pair<std::string, std::string>> expected{
      {"Impersonate-User", "jane"},
      {"Impersonate-Uid", "1-2"},
      {"Impersonate-Group", "dev"},
      {"Impersonate-Group", "ops"},
      {"Impersonate-Extra-acme.com%2FProject%25", "a"},
      {"Impersonate-Extra-acme.com%2FProject%25", "b"}};
  EXPECT_EQ(impersonated, expected);
}

// HTTP clients that are made as certificates change.
class NewCertificates : public Sending {
 protected:
  void SetUp() override {
    Sending::SetUp();
    write(first.cert_pem());
    config.ca_file = path;
    config.tls.ca_pem = first.cert_pem();
    dependencies.http = nullptr;
    dependencies.make_http = [this](const net::HttpClientOptions& options) {
      roots.push_back(options.tls.ca_pem);
      auto made = std::make_unique<Forwarding>(http);
      return net::Result<std::unique_ptr<net::HttpClient>>(std::move(made));
    };
  }
  void TearDown() override { std::remove(path.c_str()); }
  void write(const std::string& pem) const { std::ofstream(path) << pem; }

  // Owned by the client, as net's own would be.
  class Forwarding : public net::HttpClient {
   public:
    explicit Forwarding(std::shared_ptr<ScriptedHttp> to) : to_(std::move(to)) {}
    net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                        std::stop_token token) override {
      return to_->send(request, token);
    }
    net::Result<net::HttpResponse> stream(const net::HttpRequest& request,
                                          const StreamLimits& limits, const LineHandler& on_line,
                                          std::stop_token token) override {
      return to_->stream(request, limits, on_line, token);
    }

   private:
    std::shared_ptr<ScriptedHttp> to_;
  };

  std::string path = testing::TempDir() + "kube_client_test_ca_" + std::to_string(getpid());
  const support::TestCa first;
  const support::TestCa second;
  std::vector<std::string> roots;  // of the HTTP clients that were made, in order
};

TEST_F(NewCertificates, are_for_new_connections) {
  const auto client = make();
  send(*client, "GET").ok();
  send(*client, "GET").ok();
  EXPECT_EQ(roots, std::vector{first.cert_pem()}) << "one, for as long as nothing changes";
  // While a watch is under way on the old one.
  http->during_stream = [&] {
    write(second.cert_pem());
    clock.advance(1min);
    send(*client, "GET").ok();
  };
  EXPECT_TRUE(client->stream({.path = "/api/v1/things"}, {}, {}, {}).ok());
  EXPECT_EQ(roots, (std::vector{first.cert_pem(), second.cert_pem()}));
}

TEST_F(NewCertificates, of_our_own_are_shown_on_a_new_connection_after_a_refusal) {
  const auto own = first.issue({});
  config.tls.client_cert_pem = own.cert_pem;
  config.tls.client_key_pem = net::SecretString(own.key_pem);
  const auto client = make();
  http->script.push_back([] { return net::HttpResponse{403, {}, "{}"}; });
  EXPECT_EQ(send(*client, "GET").error().code, ErrorCode::Forbidden);
  EXPECT_TRUE(send(*client, "GET").ok());
  EXPECT_EQ(roots.size(), 2u);
}

TEST_F(NewCertificates, are_not_to_blame_for_a_refusal_where_none_is_our_own) {
  const auto client = make();
  http->script.push_back([] { return net::HttpResponse{403, {}, "{}"}; });
  EXPECT_EQ(send(*client, "GET").error().code, ErrorCode::Forbidden);
  EXPECT_TRUE(send(*client, "GET").ok());
  EXPECT_EQ(roots.size(), 1u);
}

TEST_F(NewCertificates, are_looked_for_at_once_after_a_tls_failure) {
  const auto client = make();
  write(second.cert_pem());
  http->script.push_back([] { return net::Error{ErrorCode::Tls, "self-signed certificate"}; });
  EXPECT_EQ(send(*client, "GET").error().code, ErrorCode::Tls);
  EXPECT_TRUE(send(*client, "GET").ok());
  EXPECT_EQ(roots, (std::vector{first.cert_pem(), second.cert_pem()}));
}

}  // namespace
