// An Offering's settings for the way to its provider, over real HTTP, by the command `verify`,
// which needs no cluster: private CAs, proxies, and Basic headers that the provider does not
// decode.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "net/url.h"
#include "support/connect_proxy.h"
#include "support/manifests.h"
#include "support/process.h"
#include "support/scripted_provider.h"
#include "support/test_certificates.h"

namespace {

using namespace support;

// The exit codes of `verify`.
constexpr int kVerified = 0;
constexpr int kUnverifiable = 7;
constexpr int kUnreachable = 8;

constexpr const char* kClient = "app";
constexpr const char* kSecret = "s3cr3t-of-the-app";
constexpr const char* kCallback = "https://app.example/oauth/callback/offering";

class Transport : public testing::Test {
 protected:
  explicit Transport(const std::string& host = "IP:127.0.0.1")
      : provider_(tls(ca_.issue({.alternative_names = host}))) {
    provider_.on("/token", honest_token_endpoint(kClient, kSecret));
    provider_.on("/authorize", honest_authorization_endpoint({kCallback}));
  }
  static net::ServerTls tls(const TestCertificate& certificate) {
    return {.cert_chain_pem = certificate.cert_pem,
            .key_pem = net::SecretString{certificate.key_pem}};
  }
  std::string ca_bundle() const { return ca_bundle(ca_); }
  static std::string ca_bundle(const TestCa& ca) {
    std::istringstream lines(ca.cert_pem());
    std::string yaml = "  caBundle: |\n";
    for (std::string line; std::getline(lines, line);) yaml += "    " + line + "\n";
    return yaml;
  }

  // The manifest comes by standard input, and the secret by a file.
  Finished verify(const std::string& url, const std::string& more,
                  const std::map<std::string, std::string>& environment = {},
                  const std::string& secret = kSecret) {
    const std::string file = testing::TempDir() + "transport-" + std::to_string(getpid());
    std::ofstream(file) << secret;
    Finished finished = run({OPERATOR_BINARY, "verify", "--offering", "-", "--client-id", kClient,
                             "--client-secret-file", file, "--callback-url", kCallback,
                             "--allow-http-providers", "--scope", "openid"},
                            scripted_offering_yaml("offering", url, more), environment);
    std::remove(file.c_str());
    return finished;
  }

  TestCa ca_;
  ScriptedProvider provider_;
};

TEST_F(Transport, a_provider_behind_a_private_ca_is_trusted_by_the_offerings_bundle_alone) {
  EXPECT_EQ(verify(provider_.url(), ca_bundle()).exit_code, kVerified);
  provider_.forget_requests();
  const Finished without = verify(provider_.url(), "");
  EXPECT_EQ(without.exit_code, kUnreachable) << without.out;
  EXPECT_NE(without.out.find("caBundle"), std::string::npos) << without.out;
  EXPECT_TRUE(provider_.requests("/token").empty()) << "no secret goes to whom nobody trusts";
}

TEST_F(Transport, another_ca_is_no_better_than_none) {
  EXPECT_EQ(verify(provider_.url(), ca_bundle(TestCa())).exit_code, kUnreachable);
  EXPECT_TRUE(provider_.requests("/token").empty());
}

// RFC 6749 2.3.1 encodes both parts; this provider does not decode them.
TEST_F(Transport, a_provider_that_does_not_decode_is_verified_once_the_offering_says_raw) {
  const std::string secret = "s3cr3t+with/signs=&100%";
  provider_.on("/token", [&](const ScriptedProvider::Request& request) {
    return request.basic == std::string{kClient} + ":" + secret
               ? oauth_error(400, "invalid_grant")
               : oauth_error(401, "invalid_client");
  });
  const Finished encoded = verify(provider_.url(), ca_bundle(), {}, secret);
  EXPECT_EQ(encoded.exit_code, kUnverifiable) << encoded.out;
  EXPECT_NE(encoded.out.find("basicEncoding to Raw"), std::string::npos) << encoded.out;
  const Finished raw = verify(provider_.url(), ca_bundle() + "  basicEncoding: Raw\n", {}, secret);
  EXPECT_EQ(raw.exit_code, kVerified) << raw.out;
}

// No resolver knows the provider's name: only the proxy finds it.
class BehindAProxy : public Transport {
 protected:
  BehindAProxy() : Transport("DNS:login.example") {}
  const std::string url_ = "https://login.example";
  ConnectProxy proxy_{net::parse_url(provider_.url())->port};
};

TEST_F(BehindAProxy, a_provider_is_reached_through_https_proxy_and_still_has_to_show_its_name) {
  const Finished through = verify(url_, ca_bundle(), {{"HTTPS_PROXY", proxy_.url()}});
  EXPECT_EQ(through.exit_code, kVerified) << through.out;
  const auto asked = proxy_.asked();
  ASSERT_FALSE(asked.empty());
  for (const std::string& host : asked) EXPECT_EQ(host, "login.example:443");

  provider_.forget_requests();
  const Finished other =
      verify("https://other.example", ca_bundle(), {{"HTTPS_PROXY", proxy_.url()}});
  EXPECT_EQ(other.exit_code, kUnreachable) << other.out;
  EXPECT_TRUE(provider_.requests("/token").empty());
}

TEST_F(BehindAProxy, a_host_of_no_proxy_is_asked_directly) {
  const Finished direct = verify(
      url_, ca_bundle(), {{"HTTPS_PROXY", proxy_.url()}, {"NO_PROXY", "other.example,.example"}});
  EXPECT_EQ(direct.exit_code, kUnreachable) << "nobody but the proxy knows it: " << direct.out;
  EXPECT_TRUE(proxy_.asked().empty());
}

}  // namespace
