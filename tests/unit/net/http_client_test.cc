#include "net/http_client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace net {
namespace {

using namespace std::chrono_literals;

TEST(Headers, names_compare_without_regard_to_case) {
  const Headers headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  EXPECT_TRUE(headers.has("content-Type"));
  EXPECT_FALSE(headers.has("content"));
  EXPECT_EQ(headers.get("content"), "");
}

const SystemTime kNow{std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 7s};

TEST(RetryAfter, reads_seconds) {
  EXPECT_EQ(retry_after({{"Retry-After", "120"}}, kNow), 120s);
  EXPECT_EQ(retry_after({{"retry-after", " 0 "}}, kNow), 0s);
}

TEST(RetryAfter, reads_a_date) {
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}, kNow), 30s);
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}, kNow), 0s);
}

TEST(RetryAfter, is_at_most_a_day) {
  EXPECT_EQ(retry_after({{"Retry-After", "86401"}}, kNow), 24h);
  EXPECT_EQ(retry_after({{"Retry-After", "99999999999999999999"}}, kNow), 24h);
  EXPECT_EQ(retry_after({{"Retry-After", "Sun, 06 Nov 2044 08:49:37 GMT"}}, kNow), 24h);
}

TEST(RetryAfter, is_nothing_where_the_header_is_missing_or_makes_no_sense) {
  EXPECT_FALSE(retry_after({}, kNow));
  for (const char* value : {"", "soon", "-1", "1.5", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(retry_after({{"Retry-After", value}}, kNow)) << value;
  }
}

ProxyOptions proxies(std::vector<std::string> no_proxy) {
  return ProxyOptions{"http://secure.example:3128", "http://plain.example:3128",
                      std::move(no_proxy)};
}

TEST(ProxyFor, chooses_by_scheme) {
  EXPECT_EQ(proxies({}).proxy_for("https://a.example/"), "http://secure.example:3128");
  EXPECT_EQ(proxies({}).proxy_for("http://a.example/"), "http://plain.example:3128");
}

TEST(ProxyFor, is_direct_for_loopback) {
  EXPECT_EQ(proxies({}).proxy_for("http://127.0.0.1:8080/"), "");
  EXPECT_EQ(proxies({}).proxy_for("https://localhost/"), "");
}

TEST(ProxyFor, obeys_no_proxy) {
  const auto direct = [](const char* entry, const char* url) {
    return proxies({entry}).proxy_for(url).empty();
  };
  EXPECT_TRUE(direct("*", "https://a.example/"));
  EXPECT_TRUE(direct("a.example", "https://a.example/"));
  EXPECT_TRUE(direct("A.Example", "https://b.a.example/"));
  EXPECT_FALSE(direct("a.example", "https://ba.example/"));
  EXPECT_TRUE(direct(".a.example", "https://b.a.example/"));
  EXPECT_FALSE(direct(".a.example", "https://a.example/"));
  EXPECT_TRUE(direct("10.0.0.1", "https://10.0.0.1/"));
  EXPECT_FALSE(direct("10.0.0.1", "https://10.0.0.10/"));
  EXPECT_TRUE(direct("10.0.0.0/8", "https://10.96.0.1/"));
  EXPECT_FALSE(direct("10.0.0.0/8", "https://11.96.0.1/"));
  EXPECT_FALSE(direct("10.0.0.0/8", "https://a.example/"));
  EXPECT_TRUE(direct("fd00::/8", "https://[fd12::1]/"));
  EXPECT_TRUE(direct("fd12::1", "https://[fd12::1]/"));
  EXPECT_TRUE(direct("a.example:8443", "https://a.example:8443/"));
  EXPECT_FALSE(direct("a.example:8443", "https://a.example/"));
  EXPECT_FALSE(direct("nonsense/8", "https://10.0.0.1/"));
  EXPECT_FALSE(direct(":443", "https://a.example/"));
}

class ProxyEnvironment : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }

 private:
  static void clear() {
    for (const char* name :
         {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}) {
      unsetenv(name);
    }
  }
};

TEST_F(ProxyEnvironment, is_read_in_upper_and_in_lower_case) {
  setenv("HTTPS_PROXY", "http://secure.example:1", 1);
  setenv("http_proxy", "http://plain.example:2", 1);
  setenv("no_proxy", "a.example, .b.example,, 10.0.0.0/8", 1);
  const ProxyOptions options = ProxyOptions::from_environment();
  EXPECT_EQ(options.https_proxy, "http://secure.example:1");
  EXPECT_EQ(options.http_proxy, "http://plain.example:2");
  EXPECT_EQ(options.no_proxy, (std::vector<std::string>{"a.example", ".b.example", "10.0.0.0/8"}));
}

TEST_F(ProxyEnvironment, a_blank_variable_is_not_set_and_the_one_that_counts_is_named) {
  setenv("HTTPS_PROXY", " ", 1);
  setenv("https_proxy", "http://secure.example:1", 1);
  setenv("HTTP_PROXY", "\t", 1);
  const ProxyOptions options = ProxyOptions::from_environment();
  EXPECT_EQ(options.https_proxy, "http://secure.example:1");
  EXPECT_EQ(options.https_proxy_source, "https_proxy");
  EXPECT_EQ(options.http_proxy, "");
}

TEST_F(ProxyEnvironment, is_empty_where_nothing_is_set) {
  const ProxyOptions options = ProxyOptions::from_environment();
  EXPECT_EQ(options.proxy_for("https://a.example/"), "");
}

}  // namespace
}  // namespace net
