// Rules for every field of both schemas.
#include <gtest/gtest.h>

#include <set>

#include "support/crd_schema.h"

namespace {

using support::Json;
using support::read_crd;
using support::read_schema;
using support::Visitor;
using support::walk;

class Schema : public testing::TestWithParam<const char*> {
 protected:
  // Visits everything but metadata, whose schema is the API server's own.
  void for_each_field(const Visitor& visit) {
    int visited = 0;
    walk(read_schema(GetParam()), [&](const std::string& path, const Json& schema) {
      if (path == "metadata") return;
      ++visited;
      visit(path, schema);
    });
    EXPECT_GT(visited, 20);
  }
};
INSTANTIATE_TEST_SUITE_P(Crds, Schema, testing::Values("offerings", "integrations"),
                         [](const auto& plural) { return std::string(plural.param); });

TEST_P(Schema, every_string_list_and_map_is_bounded) {
  for_each_field([](const std::string& path, const Json& schema) {
    const std::string type = schema.at("type");
    if (type == "string") {
      EXPECT_TRUE(schema.contains("maxLength") || schema.contains("enum")) << path;
    }
    if (type == "array") {
      EXPECT_TRUE(schema.contains("maxItems")) << path;
    }
    if (schema.contains("additionalProperties")) {
      EXPECT_TRUE(schema.contains("maxProperties")) << path;
    }
  });
}

TEST_P(Schema, every_field_is_described_in_sentences) {
  for_each_field([](const std::string& path, const Json& schema) {
    const std::string description = schema.value("description", "");
    ASSERT_FALSE(description.empty()) << path;
    EXPECT_EQ(description.back(), '.') << path << ": " << description;
  });
}

TEST_P(Schema, every_optional_field_of_the_spec_tells_its_default) {
  std::set<std::string> required;
  for_each_field([&](const std::string& path, const Json& schema) {
    for (const Json& name : schema.value("required", Json::array())) {
      required.insert(path.empty() ? name.get<std::string>()
                                   : path + "." + name.get<std::string>());
    }
  });
  for_each_field([&](const std::string& path, const Json& schema) {
    const bool leaf =
        !schema.contains("properties") && !path.ends_with("]") && !path.ends_with("}");
    if (!path.starts_with("spec.") || !leaf || required.contains(path)) return;
    const std::string description = schema.at("description");
    EXPECT_TRUE(description.find("efault") != std::string::npos ||
                description.find("no effect") != std::string::npos)
        << path << ": " << description;
  });
}

TEST_P(Schema, every_list_says_whether_it_is_a_set_a_map_or_atomic) {
  for_each_field([](const std::string& path, const Json& schema) {
    if (schema.at("type") != "array") return;
    const std::string kind = schema.value("x-kubernetes-list-type", "");
    EXPECT_TRUE(kind == "set" || kind == "map" || kind == "atomic") << path;
    EXPECT_EQ(kind == "map", schema.contains("x-kubernetes-list-map-keys")) << path;
  });
}

TEST_P(Schema, every_rule_has_a_message_that_is_no_code) {
  int rules = 0;
  for_each_field([&](const std::string& path, const Json& schema) {
    for (const Json& rule : schema.value("x-kubernetes-validations", Json::array())) {
      ++rules;
      const std::string message = rule.value("message", "");
      EXPECT_GT(message.size(), 20u) << path;
      EXPECT_EQ(message.find("self."), std::string::npos) << path << ": " << message;
      EXPECT_NE(message.back(), '.') << "kubectl goes on after it: " << path;
    }
  });
  EXPECT_GT(rules, 4);
}

// kstatus takes an object without observedGeneration for done; and the API server must accept a
// part of the status.
TEST_P(Schema, a_status_begins_as_not_observed_and_demands_nothing) {
  const Json status = read_schema(GetParam()).at("/properties/status"_json_pointer);
  EXPECT_EQ(status.at("default"), Json({{"observedGeneration", -1}}));
  EXPECT_FALSE(status.contains("required"));
  EXPECT_FALSE(status.at("/properties/observedGeneration"_json_pointer).contains("minimum"));
  EXPECT_EQ(status.at("/properties/conditions/x-kubernetes-list-map-keys"_json_pointer),
            Json::array({"type"}));
}

TEST_P(Schema, it_is_served_and_stored_as_v1alpha1_in_the_category_oauth) {
  const Json spec = read_crd(GetParam()).at("spec");
  ASSERT_EQ(spec.at("versions").size(), 1u);
  const Json& version = spec.at("versions")[0];
  EXPECT_EQ(version.at("name"), "v1alpha1");
  EXPECT_EQ(version.at("served"), true);
  EXPECT_EQ(version.at("storage"), true);
  EXPECT_TRUE(version.at("subresources").contains("status"));
  EXPECT_EQ(spec.at("names").at("categories"), Json::array({"oauth"}));
}

}  // namespace
