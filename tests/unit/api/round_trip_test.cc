// Objects with every field of the schemas survive decoding and encoding; the C++ types have the
// schemas' defaults. description_test.cc compares the fields themselves.
#include <gtest/gtest.h>

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

}  // namespace
