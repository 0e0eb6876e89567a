// The schemas and the C++ types have the same fields, with the same defaults.
#include <gtest/gtest.h>

#include <tuple>

#include "api/integration.h"
#include "api/offering.h"
#include "support/crd_schema.h"

namespace {

using support::apply_defaults;
using support::example_of;
using support::Json;
using support::read_schema;
using support::walk;

// The most values that an enumeration of the schemas has.
constexpr std::size_t largest_enum = 8;

template <class T>
const char* plural();
template <>
const char* plural<api::Offering>() {
  return "offerings";
}
template <>
const char* plural<api::Integration>() {
  return "integrations";
}

template <class T>
Json full_manifest(std::size_t enum_offset = 0) {
  Json object = example_of(read_schema(plural<T>()), enum_offset);
  object["apiVersion"] = T::resource().api_version();
  object["kind"] = T::resource().kind;
  object["metadata"] = {{"name", "an-object"}};
  // The schema's own rule: a selector goes with `from: Selector`, and only with it.
  const auto from = "/spec/allowedNamespaces/from"_json_pointer;
  if (object.contains(from) && object.at(from) != "Selector") {
    object["spec"]["allowedNamespaces"].erase("selector");
  }
  return object;
}

template <class T>
class RoundTrip : public testing::Test {};
using Kinds = testing::Types<api::Offering, api::Integration>;
TYPED_TEST_SUITE(RoundTrip, Kinds);

TYPED_TEST(RoundTrip, every_field_of_the_schema_survives_decoding_and_encoding) {
  const Json manifest = full_manifest<TypeParam>();
  const Json encoded = manifest.get<TypeParam>();
  EXPECT_EQ(encoded, manifest) << Json::diff(manifest, encoded).dump(2);
}

TYPED_TEST(RoundTrip, every_value_of_every_enumeration_survives) {
  walk(read_schema(plural<TypeParam>()), [](const std::string& path, const Json& schema) {
    EXPECT_LE(schema.value("enum", Json::array()).size(), largest_enum) << path;
  });
  for (std::size_t offset = 0; offset < largest_enum; ++offset) {
    const Json manifest = full_manifest<TypeParam>(offset);
    const Json encoded = manifest.get<TypeParam>();
    EXPECT_EQ(encoded, manifest) << Json::diff(manifest, encoded).dump(2);
  }
}

Json minimal_manifest(const api::Offering&) { return {{"spec", {{"provider", "example"}}}}; }
Json minimal_manifest(const api::Integration&) {
  return {
      {"spec",
       {{"offeringRef", {{"name", "example"}}}, {"credentialsSecretRef", {{"name", "client"}}}}}};
}

TYPED_TEST(RoundTrip, the_defaults_of_the_schema_are_those_of_the_types) {
  const Json manifest = minimal_manifest(TypeParam{});
  Json defaulted = manifest;
  apply_defaults(read_schema(plural<TypeParam>()), defaulted);
  const Json encoded = manifest.get<TypeParam>();
  EXPECT_EQ(encoded.at("spec"), defaulted.at("spec"));
  EXPECT_EQ(encoded.at("/status/observedGeneration"_json_pointer),
            defaulted.at("/status/observedGeneration"_json_pointer));
}

// The other way round: no member of a type is without a field of the schema that sets it. When a
// type gets a member, its structured binding here stops compiling, until the member is added.
auto members(const api::OfferingSpec& object) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = object;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
}
auto members(const oauth::Endpoints& object) {
  const auto& [a, b, c, d, e, f] = object;
  return std::tie(a, b, c, d, e, f);
}
auto members(const api::OfferingScopes& object) {
  const auto& [a, b, c] = object;
  return std::tie(a, b, c);
}
auto members(const api::OfferingTokens& object) {
  const auto& [a, b] = object;
  return std::tie(a, b);
}
auto members(const api::OfferingVerification& object) {
  const auto& [a, b, c, d, e, f] = object;
  return std::tie(a, b, c, d, e, f);
}
auto members(const oauth::Rule& object) {
  const auto& [a, b, c, d, e, f, g] = object;
  return std::tie(a, b, c, d, e, f, g);
}
auto members(const api::AllowedNamespaces& object) {
  const auto& [a, b] = object;
  return std::tie(a, b);
}
auto members(const kube::LabelSelector& object) {
  const auto& [a, b] = object;
  return std::tie(a, b);
}
auto members(const api::OfferingStatus& object) {
  const auto& [a, b, c, d, e] = object;
  return std::tie(a, b, c, d, e);
}
auto members(const api::IntegrationSpec& object) {
  const auto& [a, b, c, d] = object;
  return std::tie(a, b, c, d);
}
auto members(const api::CredentialsSecretRef& object) {
  const auto& [a, b, c] = object;
  return std::tie(a, b, c);
}
auto members(const api::IntegrationStatus& object) {
  const auto& [a, b, c, d, e, f, g] = object;
  return std::tie(a, b, c, d, e, f, g);
}
auto members(const api::VerificationStatus& object) {
  const auto& [a, b, c, d, e, f, g] = object;
  return std::tie(a, b, c, d, e, f, g);
}

template <class T>
void expect_every_member_set(const T& object, const char* what) {
  const T defaults{};
  const auto ours = members(object);
  const auto theirs = members(defaults);
  [&]<std::size_t... index>(std::index_sequence<index...>) {
    (
        [&] {
          EXPECT_FALSE(std::get<index>(ours) == std::get<index>(theirs))
              << what << ": the schema has no field for member " << index;
        }(),
        ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(ours)>>{});
}

TEST(OfferingRoundTrip, every_member_of_the_type_is_a_field_of_the_schema) {
  const auto offering = full_manifest<api::Offering>().get<api::Offering>();
  expect_every_member_set(offering.spec, "OfferingSpec");
  expect_every_member_set(offering.spec.endpoints, "Endpoints");
  expect_every_member_set(offering.spec.scopes, "OfferingScopes");
  expect_every_member_set(offering.spec.tokens, "OfferingTokens");
  expect_every_member_set(offering.spec.verification, "OfferingVerification");
  expect_every_member_set(offering.spec.verification.rules.at(0), "Rule");
  expect_every_member_set(offering.spec.allowed_namespaces, "AllowedNamespaces");
  expect_every_member_set(offering.spec.allowed_namespaces.selector, "LabelSelector");
  expect_every_member_set(offering.status, "OfferingStatus");
  expect_every_member_set(offering.status.endpoints, "Endpoints of the status");
}

TEST(IntegrationRoundTrip, every_member_of_the_type_is_a_field_of_the_schema) {
  const auto integration = full_manifest<api::Integration>().get<api::Integration>();
  expect_every_member_set(integration.spec, "IntegrationSpec");
  expect_every_member_set(integration.spec.credentials_secret_ref, "CredentialsSecretRef");
  expect_every_member_set(integration.status, "IntegrationStatus");
  expect_every_member_set(integration.status.verification, "VerificationStatus");
}

}  // namespace
