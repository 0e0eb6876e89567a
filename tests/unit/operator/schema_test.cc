#include "operator/schema.h"

#include <gtest/gtest.h>

namespace op {
namespace {

constexpr const char* kSchema = R"(
type: object
x-kubernetes-validations:
  - rule: size(self.name) < 4
    fieldPath: .name
    message: too long
properties:
  name: {type: string, default: none}
  inner: {type: object, default: {}, properties: {on: {type: boolean, default: true}}}
)";

net::Result<net::Json> read(const std::string& text, const std::string& schema = kSchema) {
  return read_by_schema(YAML::Load(text), YAML::Load(schema), "a.yaml", "spec");
}

TEST(Schema, defaults_are_filled_in_at_all_depths) {
  const auto value = read("{}", R"({type: object, properties: {inner: {type: object, default: {},
                                   properties: {on: {type: boolean, default: true}}}}})");
  ASSERT_TRUE(value.ok()) << value.error().message;
  EXPECT_EQ(*value, net::Json({{"inner", {{"on", true}}}}));
}

TEST(Schema, rules_see_defaults) {
  const auto value = read("inner: {}");
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().message, "a.yaml:1: spec.name: too long");
  EXPECT_TRUE(read("name: abc").ok());
}

TEST(Schema, a_rule_that_cannot_be_evaluated_refuses) {
  const auto with = [](const std::string& rule) {
    return "{type: object, x-kubernetes-validations: [{rule: \"" + rule + "\", message: no}]}";
  };
  EXPECT_TRUE(read("{}", with("true")).ok());
  for (const char* rule : {"unknownFunction(self)", "self.missing == 'a'", "'text'", "("})
    EXPECT_FALSE(read("{}", with(rule)).ok()) << rule;
}

TEST(Schema, a_rule_about_changes_says_nothing_of_what_is_new) {
  EXPECT_TRUE(read("{}",
                   "{type: object, x-kubernetes-validations: [{rule: self == oldSelf, "
                   "message: no}]}")
                  .ok());
}

TEST(Schema, a_message_that_cannot_be_computed_is_the_plain_one) {
  const auto message = [](const std::string& expression) {
    return read("{}",
                "{type: object, x-kubernetes-validations: [{rule: 'false', message: plain, "
                "messageExpression: \"" +
                    expression + "\"}]}")
        .error()
        .message;
  };
  EXPECT_EQ(message("'computed ' + 'text'"), "a.yaml:1: spec: computed text");
  EXPECT_EQ(message("self.missing"), "a.yaml:1: spec: plain");
  EXPECT_EQ(message("true"), "a.yaml:1: spec: plain");
  EXPECT_EQ(message("''"), "a.yaml:1: spec: plain");
}

}  // namespace
}  // namespace op
