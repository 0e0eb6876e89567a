#include "net/json.h"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

TEST(ParseJson, reads_a_document) {
  const auto parsed = parse_json(R"({"a": [1, 2.5, "x", null, true]})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)["a"].size(), 5u);
}

TEST(ParseJson, allows_its_depth_and_no_more) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(64)).ok());
  EXPECT_FALSE(parse_json(nested(65)).ok());
  EXPECT_FALSE(parse_json(nested(1'000'000)).ok());
  EXPECT_FALSE(parse_json(R"({"a":{"b":{}}})", 2).ok());
}

TEST(ParseJson, does_not_count_brackets_within_strings) {
  EXPECT_TRUE(parse_json(R"(["[[[[", "\"[[[[", "\\", "{"])", 1).ok());
}

TEST(ParseJson, counts_depth_and_not_brackets) {
  EXPECT_TRUE(parse_json("[[],[],[],{},[]]", 2).ok());
}

TEST(ParseJson, refuses_invalid_utf_8) {
  EXPECT_FALSE(parse_json("\"\xff\"").ok());
  EXPECT_FALSE(parse_json("\"\xc3\"").ok());
  EXPECT_FALSE(parse_json("\"\xed\xa0\x80\"").ok());  // a surrogate
  EXPECT_TRUE(parse_json("\"\xc3\xa9\"").ok());
}

TEST(ParseJson, refuses_trailing_text_comments_and_numbers_out_of_range) {
  EXPECT_FALSE(parse_json("{} {}").ok());
  EXPECT_FALSE(parse_json("{} // note").ok());
  EXPECT_FALSE(parse_json("1e999").ok());
  EXPECT_FALSE(parse_json("").ok());
}

TEST(ParseJson, names_the_byte_and_not_the_text) {
  const auto parsed = parse_json(R"({"client_secret": "hunter2", oops})");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, ErrorCode::Invalid);
  EXPECT_NE(parsed.error().message.find("byte 30"), std::string::npos) << parsed.error().message;
  EXPECT_EQ(parsed.error().message.find("hunter2"), std::string::npos);
  EXPECT_EQ(parsed.error().message.find("oops"), std::string::npos);
}

TEST(StringMember, is_empty_for_everything_but_a_string) {
  const Json object = {{"text", "x"}, {"number", 1}};
  EXPECT_EQ(string_member(object, "text"), "x");
  EXPECT_EQ(string_member(object, "number"), "");
  EXPECT_EQ(string_member(object, "missing"), "");
  EXPECT_EQ(string_member(Json::array(), "text"), "");
}

}  // namespace
}  // namespace net
