#include "net/cookies.h"

#include <gtest/gtest.h>

namespace {

using net::Cookie;
using net::Cookies;

TEST(ParseCookies, every_pair_of_every_field_is_read_in_order) {
  const net::Headers headers{{"cookie", "a=1; b=2;c=3"}, {"Accept", "x=y"}, {"Cookie", "a=4"}};
  EXPECT_EQ(net::parse_cookies(headers), (Cookies{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"a", "4"}}));
}

TEST(ParseCookies, what_is_no_pair_is_ignored) {
  EXPECT_EQ(net::parse_cookies({{"Cookie", "; ;lonely; =nameless; a==b=; \t"}}),
            (Cookies{{"a", "=b="}}));
  EXPECT_EQ(net::parse_cookies({}), Cookies{});
}

TEST(SetCookie, a_cookie_is_for_the_whole_host_and_out_of_reach_of_scripts) {
  EXPECT_EQ(net::set_cookie({.name = "__Host-flow", .value = "abc"}),
            "__Host-flow=abc; Path=/; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ(net::set_cookie({.name = "flow",
                             .value = "",
                             .same_site = net::SameSite::Strict,
                             .secure = false,
                             .max_age = std::chrono::seconds{0}}),
            "flow=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(SetCookie, a_byte_that_would_begin_another_attribute_or_field_sets_nothing) {
  for (const char* value :
       {"a;b", "a b", "a\r\nSet-Cookie: x", "\"a\"", "a,b", "a\\b", "\x7f", "\xc3\xa4"})
    EXPECT_EQ(net::set_cookie({.name = "a", .value = value}), "") << value;
  for (const char* name : {"", "a b", "a=b", "a;b", "a\n"})
    EXPECT_EQ(net::set_cookie({.name = name, .value = "a"}), "") << name;
}

TEST(SetCookie, a_prefix_that_promises_tls_needs_it) {
  EXPECT_EQ(net::set_cookie({.name = "__Host-a", .value = "b", .secure = false}), "");
  EXPECT_EQ(net::set_cookie({.name = "__Secure-a", .value = "b", .secure = false}), "");
}

}  // namespace
