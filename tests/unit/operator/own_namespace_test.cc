#include "operator/own_namespace.h"

#include <gtest/gtest.h>

namespace op {
namespace {

kube::ClusterConfig config_naming(const std::string& ns) {
  kube::ClusterConfig config;
  config.names_namespace = !ns.empty();
  config.namespace_ = ns.empty() ? "default" : ns;
  config.source = "/home/me/config (context \"dev\")";
  return config;
}

TEST(OwnNamespace, is_the_flags_then_the_contexts) {
  EXPECT_EQ(*own_namespace("mine", config_naming("ops")), "mine");
  EXPECT_EQ(*own_namespace("", config_naming("ops")), "ops");
  EXPECT_EQ(*own_namespace("", config_naming("default")), "default") << "where it is named";
}

TEST(OwnNamespace, that_nobody_names_is_an_error_with_flag_and_file) {
  const auto none = own_namespace("", config_naming(""));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, net::ErrorCode::Invalid);
  for (const char* part : {"--namespace", "/home/me/config", "context \"dev\""})
    EXPECT_NE(none.error().message.find(part), std::string::npos) << none.error().message;
}

}  // namespace
}  // namespace op
