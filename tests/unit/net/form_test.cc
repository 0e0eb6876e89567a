#include "net/form.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Form, is_read_as_browsers_write_it) {
  const struct {
    const char* text;
    FormFields fields;
  } kCases[] = {
      {"", {}},
      {"&&", {}},
      {"a", {{"a", ""}}},
      {"=", {{"", ""}}},
      {"=b", {{"", "b"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"a=1+%2B+1", {{"a", "1 + 1"}}},
      {"a%26b=c%3Dd", {{"a&b", "c=d"}}},
      {"a=%", {{"a", "%"}}},
      {"a=%4&b=%zz", {{"a", "%4"}, {"b", "%zz"}}},
      {"a=%2541", {{"a", "%41"}}},
      {"a=%C3%A4", {{"a", "\xC3\xA4"}}},
      {"a=%ff%00b", {{"a", std::string("\xEF\xBF\xBD\0b", 5)}}},
      {"a=%C3", {{"a", "\xEF\xBF\xBD"}}},
      {"a=1;b=2", {{"a", "1;b=2"}}},
      {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
  };
  for (const auto& one : kCases) {
    const auto form = Form::parse(one.text);
    ASSERT_TRUE(form.ok()) << one.text;
    EXPECT_EQ(form->fields(), one.fields) << one.text;
  }
}

TEST(Form, shows_duplicates_and_picks_none_of_them) {
  const auto form = Form::parse("once=1&twice=2&twice=3");
  EXPECT_EQ(form->only("once"), "1");
  EXPECT_EQ(form->only("twice"), std::nullopt);
  EXPECT_EQ(form->only("never"), std::nullopt);
  EXPECT_EQ(form->count("twice"), 2U);
  EXPECT_EQ(form->count("never"), 0U);
  EXPECT_EQ(form->all("twice"), (std::vector<std::string>{"2", "3"}));
}

TEST(Form, more_fields_than_the_bound_are_refused) {
  EXPECT_TRUE(Form::parse("a&b&c", 3).ok());
  const auto refused = Form::parse("a&b&c&hunter2", 3);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Invalid);
  EXPECT_EQ(refused.error().message, "form: there are more than 3 fields");
  std::string many;
  for (std::size_t i = 0; i <= Form::kMaxFields; ++i) many += "&a=1";
  EXPECT_FALSE(Form::parse(many).ok());
}

}  // namespace
}  // namespace net
