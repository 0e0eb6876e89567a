#include "net/json_text.h"

#include <gtest/gtest.h>

#include "net/json.h"

namespace net {
namespace {

bool all(const JsonPath&) { return true; }

// Without members of that name, wherever they are.
KeepMember without(std::string_view key) {
  return [key](const JsonPath& path) { return path.back() != key; };
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(KeepMembers, keeps_what_is_kept_as_it_is_written) {
  for (const char* text :
       {"null", "-1.5e3", "\"a\"", "{}", "[]", R"({"a":[1,{"b":"}"},[]],"c":"\"]\\"})"})
    EXPECT_EQ(keep_members(text, all), text);
  EXPECT_EQ(keep_members(" {\"a\" :\t[ 1 ,\r\n2 ] } ", all), R"({"a":[1,2]})");
}

TEST(KeepMembers, leaves_a_refused_member_out_wherever_it_stands) {
  for (const char* text :
       {R"({"x":1,"a":1,"b":2})", R"({"a":1,"x":{"a":["}"]},"b":2})", R"({"a":1,"b":2,"x":"\"}"})"})
    EXPECT_EQ(keep_members(text, without("x")), R"({"a":1,"b":2})");
  EXPECT_EQ(keep_members(R"({"x":1})", without("x")), "{}");
  EXPECT_EQ(keep_members(R"([{"x":1},{"a":{"x":[2]}}])", without("x")), R"([{},{"a":{}}])");
}

TEST(KeepMembers, asks_by_the_path_and_not_within_what_is_refused) {
  std::vector<std::string> asked;
  keep_members(R"({"a":{"b":[{"c":1}]},"x":{"y":2}})", [&](const JsonPath& path) {
    std::string joined;
    for (const std::string_view key : path) joined.append("/").append(key);
    asked.push_back(joined);
    return path.back() != "x";
  });
  EXPECT_EQ(asked, (std::vector<std::string>{"/a", "/a/b", "/a/b/c", "/x"}));
}

TEST(KeepMembers, what_is_left_out_may_be_as_deep_as_it_likes_and_need_not_parse) {
  for (const std::string& spoilt :
       {nested(5000), nested(1'000'000), std::string("1e999"), std::string("\"\xff\"")}) {
    const auto kept = keep_members("{\"a\":1,\"x\":" + spoilt + ",\"b\":2}", without("x"));
    EXPECT_EQ(kept, R"({"a":1,"b":2})");
  }
}

TEST(KeepMembers, what_is_kept_may_be_deep_too_and_is_the_parsers_to_refuse) {
  const std::string deep = nested(100'000);
  const auto kept = keep_members(deep, all);
  EXPECT_EQ(kept, deep);
  EXPECT_FALSE(parse_json(*kept).ok());
}

TEST(KeepMembers, makes_nothing_of_text_that_does_not_fit_together) {
  for (const char* text :
       {"", "{", "}", "[1", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({,})", R"({"a":1 "b":2})",
        R"({a:1})", "[1,]", "\"a", R"("a\")", "{} {}", R"({"x":[1})", R"({"a":1}])"})
    EXPECT_EQ(keep_members(text, without("x")), std::nullopt) << text;
}

TEST(ElementsOf, finds_the_texts_of_a_member_of_the_outermost_object) {
  const std::string text = R"({"k":{"items":[0]},"items":[ {"a":"]"}, 1e999,[[]] ],"z":[7]})";
  EXPECT_EQ(elements_of(text, "items"),
            (std::vector<std::string_view>{R"({"a":"]"})", "1e999", "[[]]"}));
}

TEST(ElementsOf, there_are_none_where_there_is_no_such_array) {
  for (const char* text :
       {"", "[]", "{}", R"({"items":[]})", R"({"items":{}})", R"({"a":1})", R"({"items":null})"})
    EXPECT_TRUE(elements_of(text, "items").empty()) << text;
}

}  // namespace
}  // namespace net
