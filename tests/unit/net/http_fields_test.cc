#include "net/http_fields.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(IsFieldName, is_a_token) {
  EXPECT_TRUE(is_field_name("X-Request-Id"));
  for (const char* name : {"", "a b", "a:", "a\n", "\xc3\xa9"}) EXPECT_FALSE(is_field_name(name));
}

TEST(IsFieldValue, has_no_line_feeds) {
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value("a\tb \xc3\xa9"));
  for (const char* value : {"a\r\nb: c", "a\n", "\x7f", "\x01"}) {
    EXPECT_FALSE(is_field_value(value));
  }
}

}  // namespace
}  // namespace net
