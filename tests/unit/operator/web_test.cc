#include "operator/web.h"

#include <gtest/gtest.h>

namespace op {
namespace {

TEST(WebPort, serves_nothing_yet_and_repeats_nothing) {
  const std::string path = "/oauth/callback/<script>";
  const auto response = web_routes().handler()({.method = "GET", .target = path, .path = path}, {});
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body, "");
  EXPECT_EQ(response.body.find("script"), std::string::npos);
}

}  // namespace
}  // namespace op
