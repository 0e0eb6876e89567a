#include "net/cookies.h"

#include <gtest/gtest.h>

#include <cstring>

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
  EXPECT_EQ(*net::set_cookie({.name = "__Host-flow", .value = "abc"}),
            "__Host-flow=abc; Path=/; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ(*net::set_cookie({.name = "flow",
                              .value = "",
                              .same_site = net::SameSite::Strict,
                              .secure = false,
                              .max_age = std::chrono::seconds{0}}),
            "flow=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

bool refused(const Cookie& cookie) {
  const auto field = net::set_cookie(cookie);
  if (field.ok()) return false;
  EXPECT_EQ(field.error().code, net::ErrorCode::Invalid);
  EXPECT_EQ(field.error().message.find("hunter2"), std::string::npos) << field.error().message;
  return true;
}

TEST(SetCookie, a_byte_that_would_begin_another_attribute_or_field_is_refused) {
  for (const char* value : {"hunter2;b", "hunter2 b", "hunter2\r\nSet-Cookie: x", "\"hunter2\"",
                            "hunter2,b", "hunter2\\b", "\x7f", "\xc3\xa4"})
    EXPECT_TRUE(refused({.name = "a", .value = value})) << value;
  for (const char* name : {"", "hunter2 b", "hunter2=b", "hunter2;b", "hunter2\n"})
    EXPECT_TRUE(refused({.name = name, .value = "a"})) << name;
}

TEST(SetCookie, a_prefix_that_promises_tls_needs_it_in_whatever_case) {
  for (const char* name : {"__Host-a", "__Secure-a", "__HOST-a", "__secure-a"}) {
    EXPECT_TRUE(refused({.name = name, .value = "b", .secure = false})) << name;
    EXPECT_FALSE(refused({.name = name, .value = "b"})) << name;
  }
}

TEST(SetCookie, more_than_browsers_keep_is_refused) {
  EXPECT_FALSE(refused({.name = "a", .value = std::string(4095, 'x')}));
  EXPECT_TRUE(refused({.name = "a", .value = std::string(4096, 'x')}));
}

TEST(SetCookie, a_cookie_is_read_back_as_it_was_set) {
  std::string value;
  for (int c = 0x21; c < 0x7f; ++c) {
    if (!std::strchr("\",;\\", c)) value += static_cast<char>(c);
  }
  const auto field = net::set_cookie({.name = "a", .value = value});
  const std::string pair = field->substr(0, field->find(';'));
  EXPECT_EQ(net::parse_cookies({{"Cookie", pair}}), (Cookies{{"a", value}}));
}

}  // namespace
