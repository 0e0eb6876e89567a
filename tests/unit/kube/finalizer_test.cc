#include "kube/finalizer.h"

#include <gtest/gtest.h>

#include <memory>

#include "kube/core.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using net::ErrorCode;
using support::FakeApiServer;

const std::string kOurs = "oauth.integrations.dev/in-use";

ObjectMeta meta(std::vector<std::string> finalizers) {
  ObjectMeta metadata;
  metadata.uid = "u-1";
  metadata.finalizers = std::move(finalizers);
  return metadata;
}

TEST(FinalizerPatch, adds_a_list_where_there_is_none_and_tests_that_there_is_none) {
  EXPECT_EQ(to_json_patch(add_finalizer_patch(meta({}), kOurs)), Json::parse(R"([
    {"op": "test", "path": "/metadata/uid", "value": "u-1"},
    {"op": "test", "path": "/metadata/finalizers", "value": null},
    {"op": "add", "path": "/metadata/finalizers", "value": ["oauth.integrations.dev/in-use"]}])"));
}

TEST(FinalizerPatch, adds_to_the_end_of_a_list_and_tests_the_whole_of_it) {
  EXPECT_EQ(to_json_patch(add_finalizer_patch(meta({"other.example/x"}), kOurs)), Json::parse(R"([
    {"op": "test", "path": "/metadata/uid", "value": "u-1"},
    {"op": "test", "path": "/metadata/finalizers", "value": ["other.example/x"]},
    {"op": "add", "path": "/metadata/finalizers/-", "value": "oauth.integrations.dev/in-use"}])"));
}

TEST(FinalizerPatch, removes_by_place_and_tests_what_is_there) {
  EXPECT_EQ(to_json_patch(remove_finalizer_patch(meta({"other.example/x", kOurs}), kOurs)),
            Json::parse(R"([
    {"op": "test", "path": "/metadata/uid", "value": "u-1"},
    {"op": "test", "path": "/metadata/finalizers/1", "value": "oauth.integrations.dev/in-use"},
    {"op": "remove", "path": "/metadata/finalizers/1"}])"));
}

TEST(FinalizerPatch, is_empty_where_there_is_nothing_to_do) {
  EXPECT_TRUE(add_finalizer_patch(meta({kOurs}), kOurs).empty());
  EXPECT_TRUE(remove_finalizer_patch(meta({"other.example/x"}), kOurs).empty());
}

// Leases stand for any type.
class FinalizerTest : public testing::Test {
 protected:
  FinalizerTest() { server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn); }

  void create(Json finalizers) {
    Json object = {{"metadata", {{"namespace", "ns"}, {"name", "a"}}}};
    if (!finalizers.empty()) object["metadata"]["finalizers"] = std::move(finalizers);
    server_->create(Lease::resource(), object);
  }
  Lease read() { return *client_->get<Lease>(kName, {}); }
  void somebody_sets(const Json& finalizers) {
    server_->update(Lease::resource(), kName,
                    [&](Json& object) { object["metadata"]["finalizers"] = finalizers; });
  }

  const NamespacedName kName{"ns", "a"};
  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>();
  std::unique_ptr<Client> client_ = support::client_of(server_);
};

TEST_F(FinalizerTest, is_added_once) {
  create({});
  const auto first = ensure_finalizer(*client_, read(), kOurs, {});
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->metadata.finalizers, std::vector{kOurs});
  server_->forget_calls();
  ASSERT_TRUE(ensure_finalizer(*client_, *first, kOurs, {}).ok());
  EXPECT_TRUE(server_->calls().empty());
}

TEST_F(FinalizerTest, is_not_added_where_somebody_else_was_faster) {
  create({});
  const Lease seen = read();
  somebody_sets({"other.example/x"});
  const auto added = ensure_finalizer(*client_, seen, kOurs, {});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::Conflict);
  EXPECT_EQ(read().metadata.finalizers, std::vector<std::string>{"other.example/x"});
}

TEST_F(FinalizerTest, is_not_added_to_a_namesake) {
  create({});
  const Lease seen = read();
  server_->remove(Lease::resource(), kName);
  create({});
  const auto added = ensure_finalizer(*client_, seen, kOurs, {});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::Conflict);
  EXPECT_TRUE(read().metadata.finalizers.empty());
}

TEST_F(FinalizerTest, is_removed_without_touching_others) {
  create({"other.example/x", kOurs, "other.example/y"});
  const auto dropped = drop_finalizer(*client_, read(), kOurs, {});
  ASSERT_TRUE(dropped.ok()) << dropped.error().message;
  EXPECT_EQ(read().metadata.finalizers,
            (std::vector<std::string>{"other.example/x", "other.example/y"}));
}

TEST_F(FinalizerTest, is_not_removed_where_the_list_has_moved) {
  create({"other.example/x", kOurs});
  const Lease seen = read();
  somebody_sets({kOurs, "other.example/x"});
  const auto dropped = drop_finalizer(*client_, seen, kOurs, {});
  ASSERT_FALSE(dropped.ok());
  EXPECT_EQ(dropped.error().code, ErrorCode::Conflict);
  EXPECT_EQ(read().metadata.finalizers.size(), 2u);
}

TEST_F(FinalizerTest, lets_a_deletion_complete_when_it_is_removed) {
  create({kOurs});
  server_->remove(Lease::resource(), kName);
  const Lease deleting = read();
  ASSERT_TRUE(deleting.metadata.being_deleted());
  EXPECT_TRUE(drop_finalizer(*client_, deleting, kOurs, {}).ok());
  EXPECT_TRUE(server_->find(Lease::resource(), kName).is_null());
}

TEST_F(FinalizerTest, is_as_good_as_removed_where_the_object_is_gone) {
  create({kOurs});
  const Lease seen = read();
  somebody_sets(Json::array());
  server_->remove(Lease::resource(), kName);
  EXPECT_TRUE(drop_finalizer(*client_, seen, kOurs, {}).ok());
}

}  // namespace
}  // namespace kube
