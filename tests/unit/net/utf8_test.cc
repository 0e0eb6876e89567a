#include "net/utf8.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Utf8, the_first_character_is_known_with_its_length) {
  const struct {
    std::string_view text;
    char32_t code_point;
    std::size_t bytes;
  } kCases[] = {
      {"", 0, 0},
      {"ab", U'a', 1},
      {{"\0b", 2}, 0, 1},
      {"\xC2\x80", 0x80, 2},
      {"\xDF\xBFz", 0x7FF, 2},
      {"\xE0\xA0\x80", 0x800, 3},
      {"\xEF\xBF\xBF", 0xFFFF, 3},
      {"\xF0\x90\x80\x80", 0x10000, 4},
      {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
      {"\xF4\x90\x80\x80", 0, 0},
      {"\xC1\xBF", 0, 0},
      {"\xE2\x82", 0, 0},
  };
  for (const auto& one : kCases) {
    const Utf8Character first = first_utf8(one.text);
    EXPECT_EQ(first.bytes, one.bytes) << one.text;
    EXPECT_EQ(first.code_point, one.code_point) << one.text;
  }
}

TEST(Utf8, each_byte_that_is_none_becomes_a_replacement_character) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(to_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82"),
            "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82");
  for (const char* bad : {"\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
    std::string marks;
    for (std::size_t i = 0; i < std::string(bad).size(); ++i) marks += mark;
    EXPECT_EQ(to_utf8("a" + std::string(bad) + "b"), "a" + marks + "b");
  }
  EXPECT_TRUE(is_utf8(""));
}

}  // namespace
}  // namespace net
