#include "operator/provider_client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace op {
namespace {

// The environment belongs to the process: each test leaves it as before, without proxies.
class ProviderClient : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"})
      unsetenv(name);
  }
  void TearDown() override { SetUp(); }
  static std::string error_of(const std::string& ca_file) {
    const auto client = make_provider_client(ca_file, false);
    EXPECT_FALSE(client.ok());
    return client.ok() ? "" : client.error().message;
  }
  static net::Error refusal(bool allow_loopback, const std::string& url) {
    net::HttpRequest request;
    request.url = url;
    const auto client = make_provider_client("", allow_loopback);
    const auto response = (*client)->send(request, {});
    EXPECT_FALSE(response.ok()) << url;
    return response.ok() ? net::Error{} : response.error();
  }
};

TEST_F(ProviderClient, a_proxy_that_cannot_be_used_is_named_by_its_variable) {
  setenv("HTTPS_PROXY", "socks5://proxy.example", 1);
  EXPECT_EQ(error_of("").rfind("HTTPS_PROXY: ", 0), 0U) << error_of("");
  unsetenv("HTTPS_PROXY");
  setenv("http_proxy", "ftp://proxy.example", 1);
  EXPECT_EQ(error_of("").rfind("http_proxy: ", 0), 0U) << error_of("");
}

TEST_F(ProviderClient, a_ca_file_that_cannot_be_read_is_named_with_flag_and_reason) {
  EXPECT_EQ(error_of("/nope"),
            "--provider-ca-file: /nope: cannot be read: No such file or directory");
}

TEST_F(ProviderClient, plain_http_goes_nowhere_without_the_flag_and_to_loopback_alone_with_it) {
  for (const char* url : {"http://127.0.0.1:1/token", "http://10.0.0.1/token"}) {
    EXPECT_EQ(refusal(false, url).code, net::ErrorCode::Invalid);
    EXPECT_NE(refusal(false, url).message.find("must be https"), std::string::npos);
  }
  EXPECT_EQ(refusal(true, "http://10.0.0.1/token").code, net::ErrorCode::Invalid);
  EXPECT_EQ(refusal(true, "http://127.0.0.1:1/token").code, net::ErrorCode::Unavailable)
      << "sent, and nobody listens";
}

}  // namespace
}  // namespace op
