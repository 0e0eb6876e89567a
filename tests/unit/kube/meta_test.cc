#include "kube/meta.h"

#include <gtest/gtest.h>

namespace {

using kube::Condition;
using kube::Conditions;
using kube::ConditionStatus;
using kube::Json;
using kube::older_resource_version;

net::SystemTime at(int seconds) {
  return net::SystemTime{std::chrono::seconds{1'700'000'000 + seconds}};
}

TEST(Resource, paths_lead_to_collections_namespaces_and_objects) {
  const kube::Resource offerings{"oauth.example", "v1", "offerings", "Offering", false};
  const kube::Resource secrets{"", "v1", "secrets", "Secret", true};
  EXPECT_EQ(offerings.path(""), "/apis/oauth.example/v1/offerings");
  EXPECT_EQ(offerings.path("ignored", "google"), "/apis/oauth.example/v1/offerings/google");
  EXPECT_EQ(secrets.path(""), "/api/v1/secrets");
  EXPECT_EQ(secrets.path("a", "b"), "/api/v1/namespaces/a/secrets/b");
}

TEST(Resource, a_name_cannot_leave_its_place_in_the_path) {
  const kube::Resource secrets{"", "v1", "secrets", "Secret", true};
  EXPECT_EQ(secrets.path("a", "../b?c"), "/api/v1/namespaces/a/secrets/..%2Fb%3Fc");
}

TEST(ResourceVersion, versions_of_different_lengths_compare_as_numbers) {
  EXPECT_TRUE(older_resource_version("99", "100"));
  EXPECT_FALSE(older_resource_version("100", "99"));
  EXPECT_TRUE(older_resource_version("100", "101"));
  EXPECT_FALSE(older_resource_version("101", "101"));
  EXPECT_TRUE(older_resource_version("99999999999999999999999", "100000000000000000000000"));
}

TEST(ResourceVersion, what_is_no_number_is_never_older) {
  EXPECT_FALSE(older_resource_version("abc", "1000"));
  EXPECT_FALSE(older_resource_version("1", "abc"));
  EXPECT_FALSE(older_resource_version("", "1"));
}

TEST(ObjectMeta, survives_a_round_trip_but_for_managed_fields) {
  const Json json = Json::parse(R"({
    "name": "a", "namespace": "b", "uid": "u", "resourceVersion": "7", "generation": 3,
    "creationTimestamp": "2026-01-02T03:04:05Z", "deletionTimestamp": "2026-01-02T03:04:06Z",
    "finalizers": ["x/y"], "labels": {"l": "1"}, "annotations": {"n": "2"},
    "ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "o", "uid": "ou", "controller": true, "blockOwnerDeletion": true}],
    "managedFields": [{"manager": "kubectl"}]})");
  const auto meta = json.get<kube::ObjectMeta>();
  EXPECT_TRUE(meta.being_deleted());
  EXPECT_TRUE(meta.has_finalizer("x/y"));
  EXPECT_FALSE(meta.has_finalizer("x"));
  Json expected = json;
  expected.erase("managedFields");
  EXPECT_EQ(Json(meta), expected);
}

TEST(ObjectMeta, null_collections_are_empty_ones) {
  const auto meta =
      Json::parse(R"({"name": "a", "labels": null, "finalizers": null, "ownerReferences": null})")
          .get<kube::ObjectMeta>();
  EXPECT_TRUE(meta.labels.empty());
  EXPECT_TRUE(meta.finalizers.empty());
  EXPECT_TRUE(meta.owner_references.empty());
}

TEST(ObjectMeta, a_timestamp_that_is_none_does_not_decode) {
  const Json json = {{"name", "a"}, {"deletionTimestamp", "yesterday"}};
  EXPECT_THROW(json.get<kube::ObjectMeta>(), Json::exception);
}

TEST(Conditions, the_transition_time_stays_while_the_status_stays) {
  Conditions conditions;
  set_condition(conditions, {.type = "Ready", .status = ConditionStatus::False, .reason = "A"},
                at(0));
  set_condition(conditions, {.type = "Ready", .status = ConditionStatus::False, .reason = "B"},
                at(10));
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_EQ(conditions[0].last_transition_time, at(0));
  EXPECT_EQ(conditions[0].reason, "B");
}

TEST(Conditions, the_transition_time_moves_with_the_status) {
  Conditions conditions;
  set_condition(conditions, {.type = "Ready", .status = ConditionStatus::False}, at(0));
  set_condition(conditions, {.type = "Ready", .status = ConditionStatus::True},
                at(10) + std::chrono::milliseconds{900});
  EXPECT_EQ(conditions[0].last_transition_time, at(10)) << "in whole seconds, as it is stored";
  EXPECT_TRUE(is_true(conditions, "Ready"));
}

TEST(Conditions, each_type_has_one_entry_in_the_order_of_first_mention) {
  Conditions conditions;
  for (const char* type : {"B", "A", "B"}) set_condition(conditions, {.type = type}, at(0));
  ASSERT_EQ(conditions.size(), 2U);
  EXPECT_EQ(conditions[0].type, "B");
  EXPECT_NE(find_condition(conditions, "A"), nullptr);
  remove_condition(conditions, "A");
  EXPECT_EQ(find_condition(conditions, "A"), nullptr);
  EXPECT_FALSE(is_true(conditions, "A"));
}

TEST(Conditions, survive_a_round_trip) {
  const Condition condition{"Ready", ConditionStatus::Unknown, 4, at(0), "Pending", "waiting"};
  EXPECT_EQ(Json(condition).get<Condition>(), condition);
}

struct SelectorCase {
  const char* selector;
  bool matches;
};
class Selector : public testing::TestWithParam<SelectorCase> {};

TEST_P(Selector, matches_labels_as_the_api_server_does) {
  const auto selector = Json::parse(GetParam().selector).get<kube::LabelSelector>();
  EXPECT_EQ(selector.matches({{"team", "blue"}, {"tier", "web"}}), GetParam().matches);
  EXPECT_EQ(Json(selector), Json::parse(GetParam().selector));
}

INSTANTIATE_TEST_SUITE_P(
    All, Selector,
    testing::Values(
        SelectorCase{R"({})", true}, SelectorCase{R"({"matchLabels": {"team": "blue"}})", true},
        SelectorCase{R"({"matchLabels": {"team": "red"}})", false},
        SelectorCase{R"({"matchLabels": {"team": "blue", "zone": "1"}})", false},
        SelectorCase{
            R"({"matchExpressions": [{"key": "team", "operator": "In", "values": ["red", "blue"]}]})",
            true},
        SelectorCase{
            R"({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["1"]}]})", false},
        SelectorCase{
            R"({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["blue"]}]})",
            false},
        SelectorCase{
            R"({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["1"]}]})",
            true},
        SelectorCase{R"({"matchExpressions": [{"key": "tier", "operator": "Exists"}]})", true},
        SelectorCase{R"({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]})",
                     false},
        SelectorCase{R"({"matchExpressions": [{"key": "tier", "operator": "Resembles"}]})",
                     false}));

TEST(Wipe, empties_every_string_of_a_document) {
  Json json = {{"a", "secret"}, {"b", {{"c", {"secret", 1}}}}};
  kube::wipe(json);
  EXPECT_EQ(json.dump().find("secret"), std::string::npos);
}

TEST(SetCondition,
     a_message_that_is_too_long_is_cut_for_the_api_server_would_refuse_the_whole_status) {
  Conditions conditions;
  Condition condition;
  condition.type = "Ready";
  condition.message = std::string(100'000, 'x');
  set_condition(conditions, condition, {});
  EXPECT_LE(conditions.front().message.size(), 4096U);
  EXPECT_GE(conditions.front().message.size(), 4000U);
}

}  // namespace
