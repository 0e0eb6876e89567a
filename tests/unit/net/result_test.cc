#include "net/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace net {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::Invalid, "odd"};
  return number / 2;
}

TEST(Result, holds_a_value) {
  const Result<int> result = half(8);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 4);
}

TEST(Result, holds_an_error) {
  const Result<int> result = half(7);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Invalid);
  EXPECT_EQ(result.error().message, "odd");
  EXPECT_FALSE(result.error().retry_after.has_value());
}

TEST(Result, gives_a_value_that_can_only_be_moved_away) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, of_void_is_ok_until_given_an_error) {
  EXPECT_TRUE(Status{}.ok());
  const Status failed = Error{ErrorCode::Conflict, "somebody else wrote first"};
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::Conflict);
}

TEST(Result, every_code_has_a_name_of_its_own) {
  EXPECT_STREQ(to_string(ErrorCode::Invalid), "Invalid");
  EXPECT_STREQ(to_string(ErrorCode::TooManyRequests), "TooManyRequests");
  EXPECT_STREQ(to_string(ErrorCode::Internal), "Internal");
}

}  // namespace
}  // namespace net
