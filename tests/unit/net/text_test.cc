#include "net/text.h"

#include <gtest/gtest.h>

namespace {

TEST(Lower, ascii_letters_are_lowered_and_all_other_bytes_stay) {
  EXPECT_EQ(net::lower("Invalid_CLIENT-9"), "invalid_client-9");
  EXPECT_EQ(net::lower("\xc3\x84\x01@[`{"), "\xc3\x84\x01@[`{");
}

TEST(EqualIgnoringCase, only_the_case_of_ascii_letters_is_ignored) {
  EXPECT_TRUE(net::equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(net::equal_ignoring_case("content-type", "content-typ"));
  EXPECT_FALSE(net::equal_ignoring_case("@", "`"));
  EXPECT_FALSE(net::equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST(Joined, a_separator_stands_between_words_only) {
  EXPECT_EQ(net::joined({}, ", "), "");
  EXPECT_EQ(net::joined({"a"}, ", "), "a");
  EXPECT_EQ(net::joined({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(net::joined({"", "b"}, " "), " b");
}

TEST(Trimmed, white_space_at_both_ends_is_left_out) {
  EXPECT_EQ(net::trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(net::trimmed("a"), "a");
  EXPECT_EQ(net::trimmed(" \n"), "");
  EXPECT_EQ(net::trimmed(""), "");
}

}  // namespace
