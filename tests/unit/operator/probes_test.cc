#include "operator/probes.h"

#include <gtest/gtest.h>

namespace op {
namespace {

TEST(WebPort, serves_nothing_yet_and_repeats_nothing) {
  const std::string path = "/oauth/callback/<script>";
  const auto response = web_handler()({.method = "GET",
                                       .target = path,
                                       .path = path,
                                       .query = "",
                                       .headers = {},
                                       .body = "",
                                       .remote_address = "127.0.0.1"});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body.find("script"), std::string::npos);
}

}  // namespace
}  // namespace op
