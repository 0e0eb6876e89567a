#include "kube/core.h"

#include <gtest/gtest.h>

namespace {

using kube::Json;

const char* const kSecretMetadata = R"({"metadata": {
  "name": "app", "namespace": "team", "uid": "u1", "resourceVersion": "12", "generation": 9,
  "creationTimestamp": "2026-01-02T03:04:05Z", "finalizers": ["example/f"],
  "labels": {"oauth.example/credentials": "true"},
  "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"client_secret\":\"canary\"}}"},
  "ownerReferences": [
    {"apiVersion": "v1", "kind": "ConfigMap", "name": "plain-owner", "uid": "u2"},
    {"apiVersion": "oauth.example/v1", "kind": "Connection", "name": "c", "uid": "u3", "controller": true}],
  "managedFields": [{"manager": "canary", "fieldsV1": {"f:data": {"f:client_secret": {}}}}]}})";

TEST(PartialSecret, keeps_what_identifies_it_and_nothing_that_holds_values) {
  const auto secret = Json::parse(kSecretMetadata).get<kube::PartialSecret>();
  EXPECT_EQ(secret.metadata.key(), (kube::NamespacedName{"team", "app"}));
  EXPECT_EQ(secret.metadata.uid, "u1");
  EXPECT_EQ(secret.metadata.resource_version, "12");
  EXPECT_EQ(secret.metadata.labels.at("oauth.example/credentials"), "true");
  EXPECT_TRUE(secret.metadata.annotations.empty());
  const std::string everything = Json(secret.metadata).dump();
  EXPECT_EQ(everything.find("canary"), std::string::npos) << everything;
  EXPECT_EQ(everything.find("client_secret"), std::string::npos) << everything;
}

TEST(PartialSecret, keeps_the_controller_owner_only) {
  const auto secret = Json::parse(kSecretMetadata).get<kube::PartialSecret>();
  ASSERT_EQ(secret.metadata.owner_references.size(), 1U);
  EXPECT_EQ(secret.metadata.owner_references[0].uid, "u3");
}

TEST(Secret, values_are_decoded) {
  const Json json = {{"metadata", {{"name", "a"}}},
                     {"type", "Opaque"},
                     {"data", {{"id", "aGVsbG8="}, {"none", ""}}}};
  const auto secret = json.get<kube::Secret>();
  EXPECT_EQ(secret.type, "Opaque");
  EXPECT_EQ(secret.data.at("id").reveal(), "hello");
  EXPECT_TRUE(secret.data.at("none").empty());
}

TEST(Secret, one_without_data_is_empty) {
  EXPECT_TRUE(Json({{"metadata", {{"name", "a"}}}}).get<kube::Secret>().data.empty());
}

TEST(Secret, a_value_that_is_not_base64_is_named_but_not_shown) {
  const Json json = {{"metadata", {{"name", "a"}}}, {"data", {{"id", "!canary!"}}}};
  try {
    json.get<kube::Secret>();
    FAIL() << "decoded";
  } catch (const Json::exception& exception) {
    EXPECT_NE(std::string(exception.what()).find("data.id"), std::string::npos);
    EXPECT_EQ(std::string(exception.what()).find("canary"), std::string::npos);
  }
}

TEST(Secret, survives_a_round_trip_whatever_its_bytes) {
  kube::Secret secret;
  secret.metadata.name = "a";
  secret.metadata.namespace_ = "team";
  secret.metadata.labels = {{"part", "of"}};
  secret.type = "example/token";
  secret.data.emplace("text", "hello");
  secret.data.emplace("bytes", std::string("\0\xff\n", 3));
  secret.data.emplace("none", "");
  const Json json = secret;
  EXPECT_EQ(json["data"]["text"], "aGVsbG8=");
  const auto back = json.get<kube::Secret>();
  EXPECT_EQ(back.metadata, secret.metadata);
  EXPECT_EQ(back.type, "example/token");
  EXPECT_TRUE(back.data == secret.data);
}

TEST(Secret, is_opaque_and_empty_unless_more_is_said) {
  const Json json = kube::Secret{};
  EXPECT_EQ(json["type"], "Opaque");
  EXPECT_EQ(json["data"], Json::object());
}

TEST(Lease, survives_a_round_trip_to_the_microsecond) {
  kube::Lease lease;
  lease.metadata.name = "leader";
  lease.holder_identity = "pod-1";
  lease.lease_duration_seconds = 15;
  lease.lease_transitions = 2;
  lease.acquire_time = net::SystemTime{std::chrono::microseconds{1'700'000'000'123'456}};
  lease.renew_time = *lease.acquire_time + std::chrono::seconds{2};
  const auto back = Json(lease).get<kube::Lease>();
  EXPECT_EQ(back.metadata, lease.metadata);
  EXPECT_EQ(back.holder_identity, "pod-1");
  EXPECT_EQ(back.lease_duration_seconds, 15);
  EXPECT_EQ(back.lease_transitions, 2);
  EXPECT_EQ(back.acquire_time, lease.acquire_time);
  EXPECT_EQ(back.renew_time, lease.renew_time);
}

TEST(Lease, a_released_one_says_so_by_an_empty_holder) {
  const Json json = kube::Lease{};
  EXPECT_EQ(json["spec"]["holderIdentity"], "");
  EXPECT_FALSE(json["spec"].contains("leaseDurationSeconds"))
      << "zero is refused by the API server";
}

TEST(Lease, times_that_do_not_parse_count_as_missing) {
  const Json json = {{"metadata", {{"name", "a"}}}, {"spec", {{"renewTime", "soon"}}}};
  EXPECT_FALSE(json.get<kube::Lease>().renew_time);
}

}  // namespace
