#include "kube/client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "kube/core.h"
#include "support/fake_api_server.h"

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
  std::string token_sent() {
    client->list<Widget>({}, {}).ok();
    return server->calls().back().authorization;
  }

  std::string path = testing::TempDir() + "kube_client_test_token_" + std::to_string(getpid());
  net::ManualClock clock;
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client;
};

TEST_F(TokenFile, is_sent_as_a_bearer_token) { EXPECT_EQ(token_sent(), "Bearer first"); }

TEST_F(TokenFile, is_read_again_after_a_minute) {
  token_sent();
  write("second");
  clock.advance(std::chrono::seconds{59});
  EXPECT_EQ(token_sent(), "Bearer first");
  clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(token_sent(), "Bearer second");
}

TEST_F(TokenFile, is_read_again_at_once_after_a_401) {
  token_sent();
  write("second");
  server->answer_next(1, 401);
  EXPECT_EQ(client->list<Widget>({}, {}).error().code, ErrorCode::Unauthorized);
  EXPECT_EQ(token_sent(), "Bearer second");
}

TEST_F(TokenFile, that_vanishes_does_not_take_the_last_token_away) {
  token_sent();
  std::remove(path.c_str());
  clock.advance(std::chrono::minutes{2});
  EXPECT_EQ(token_sent(), "Bearer first");
}

TEST_F(TokenFile, that_was_never_there_is_an_error_that_names_it) {
  std::remove(path.c_str());
  const auto listed = client->list<Widget>({}, {});
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().code, ErrorCode::Unauthorized);
  EXPECT_NE(listed.error().message.find(path), std::string::npos);
  EXPECT_TRUE(server->calls().empty());
}

}  // namespace
