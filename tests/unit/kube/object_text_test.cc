#include "kube/object_text.h"

#include <gtest/gtest.h>

namespace kube {
namespace {

std::string deep(std::size_t levels) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += "{\"f:a\":";
  return text + "{}" + std::string(levels, '}');
}

std::string object(const std::string& managed_fields, const std::string& spec = "1") {
  return R"({"kind":"Widget","metadata":{"name":"a","namespace":"team","resourceVersion":"7",)"
         R"("uid":"u","generation":2,"selfLink":"/x","labels":{"own/a":"1","helm.sh/b":"2"},)"
         R"("annotations":{"own/c":"3","other/d":"4"},"finalizers":["own/f"],)"
         R"("ownerReferences":[{"kind":"K","name":"o","uid":"v"}],"managedFields":)" +
         managed_fields + R"(},"spec":{"size":)" + spec + "}}";
}

// Fields that a tenant can write, and the API server keeps.
std::vector<std::string> spoilt_fields() {
  return {deep(70), deep(200), deep(5000), "[1e999]", "[\"\xff\"]"};
}

TEST(ObjectText, managed_fields_are_never_looked_at_whatever_is_in_them) {
  for (const std::string& fields : spoilt_fields()) {
    const auto parsed = parse_object(object(fields));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_FALSE((*parsed)["metadata"].contains("managedFields"));
    EXPECT_EQ((*parsed)["spec"]["size"], 1);
    const auto event = parse_event(R"({"type":"ADDED","object":)" + object(fields) + "}");
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ((*event)["object"], *parsed);
    const auto list = parse_list(R"({"metadata":{"continue":"c"},"items":[)" + object(fields) +
                                 "," + object("[]") + "]}");
    ASSERT_TRUE(list.ok()) << list.error().message;
    EXPECT_EQ((*list)["items"], Json::array({*parsed, *parsed}));
    EXPECT_EQ((*list)["metadata"]["continue"], "c");
  }
}

TEST(ObjectText, everything_that_object_meta_has_is_kept_unless_it_is_said_otherwise) {
  const auto metadata = (*parse_object(object("[]")))["metadata"];
  EXPECT_EQ(metadata["labels"].size(), 2U);
  EXPECT_EQ(metadata["annotations"].size(), 2U);
  for (const char* key : {"name", "namespace", "uid", "resourceVersion", "generation", "finalizers",
                          "ownerReferences"})
    EXPECT_TRUE(metadata.contains(key)) << key;
  EXPECT_FALSE(metadata.contains("selfLink"));
}

TEST(ObjectText, labels_and_annotations_of_others_are_dropped_where_prefixes_are_given) {
  const KeptMetadata kept{.label_prefix = "own/",
                          .annotation_prefix = "own/",
                          .finalizers = false,
                          .owner_references = false};
  const auto metadata = (*parse_object(object("[]"), kept))["metadata"];
  EXPECT_EQ(metadata["labels"], (Json{{"own/a", "1"}}));
  EXPECT_EQ(metadata["annotations"], (Json{{"own/c", "3"}}));
  EXPECT_FALSE(metadata.contains("finalizers"));
  EXPECT_FALSE(metadata.contains("ownerReferences"));
  EXPECT_EQ(metadata["name"], "a");
}

TEST(ObjectText, of_what_does_not_parse_there_is_still_whose_it_is) {
  const std::string spoilt = object("[]", deep(100));
  EXPECT_FALSE(parse_object(spoilt).ok());
  const Json identity = {
      {"metadata", {{"name", "a"}, {"namespace", "team"}, {"resourceVersion", "7"}}}};
  EXPECT_EQ(*parse_object_identity(spoilt), identity);
  const std::string event = R"({"type":"MODIFIED","object":)" + spoilt + "}";
  EXPECT_FALSE(parse_event(event).ok());
  EXPECT_EQ(*parse_event_identity(event), (Json{{"type", "MODIFIED"}, {"object", identity}}));
}

TEST(ObjectText, a_list_has_its_metadata_and_items_whatever_is_in_one_of_them) {
  const std::string bad = object("[]", "1e999");
  const std::string list = R"({"kind":"List","metadata":{"resourceVersion":"9"},"items":[)" + bad +
                           "," + object("[]") + "]}";
  EXPECT_EQ((*parse_list_metadata(list))["resourceVersion"], "9");
  const auto items = items_of(list);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_FALSE(parse_object(items[0]).ok());
  EXPECT_TRUE(parse_object(items[1]).ok());
}

TEST(ObjectText, what_is_no_list_is_refused) {
  for (const char* text : {"", "[]", "{}", R"({"metadata":1})", R"({"metadata":{})", "oops"})
    EXPECT_FALSE(parse_list_metadata(text).ok()) << text;
}

TEST(ObjectText, text_that_is_no_json_is_refused_by_its_byte_and_not_shown) {
  const auto parsed = parse_object(R"({"metadata": {"name": canary}})");
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().message.find("byte"), std::string::npos);
  EXPECT_EQ(parsed.error().message.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace kube
