#include "kube/credentials.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/test_certificates.h"

namespace {

using kube::Credential;
using net::ErrorCode;
using namespace std::chrono_literals;

const support::TestCa& ca() {
  static const support::TestCa made;
  return made;
}
const support::TestCa& other_ca() {
  static const support::TestCa made;
  return made;
}

// Files as the kubelet, or whoever else keeps them, replaces them.
class Credentials : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir);
    config.server = "https://api.example";
    config.source = "config";
    config.tls.system_roots = false;
    config.tls.ca_pem = ca().cert_pem();
  }
  void TearDown() override { std::filesystem::remove_all(dir); }
  std::string path(const std::string& name) const { return dir + "/" + name; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name)) << content;
  }
  void start() {
    auto made = kube::Credentials::create(config, clock);
    ASSERT_TRUE(made.ok()) << made.error().message;
    credentials = std::move(*made);
  }
  Credential current() {
    auto credential = credentials->current({});
    EXPECT_TRUE(credential.ok()) << credential.error().message;
    return credential.ok() ? *credential : Credential{};
  }
  std::string authorization() { return current().authorization.reveal(); }
  // A client certificate and its key in files.
  void write_pair(const support::TestCertificate& pair) const {
    write("client.crt", pair.cert_pem);
    write("client.key", pair.key_pem);
  }
  void use_client_files(const support::TestCertificate& pair) {
    write_pair(pair);
    config.client_cert_file = path("client.crt");
    config.client_key_file = path("client.key");
    config.tls.client_cert_pem = pair.cert_pem;
    config.tls.client_key_pem = net::SecretString(pair.key_pem);
  }
  // A plug-in that prints what stands in a file.
  void use_plugin() {
    write("plugin", "#!/bin/sh\necho run >>" + path("runs") + "\ncat " + path("printed") + "\n");
    std::filesystem::permissions(path("plugin"), std::filesystem::perms::owner_all);
    config.exec = kube::ExecPlugin{.command = path("plugin"), .source = "config: exec"};
  }
  void plugin_prints(net::Json status) const {
    write("printed", net::Json{{"apiVersion", "client.authentication.k8s.io/v1"},
                               {"kind", "ExecCredential"},
                               {"status", std::move(status)}}
                         .dump());
  }
  auto runs() const {
    std::ifstream file(path("runs"));
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  }

  std::string dir = testing::TempDir() + "kube_credentials_test_" + std::to_string(getpid());
  net::ManualClock clock;
  kube::ClusterConfig config;
  std::shared_ptr<kube::Credentials> credentials;
};

TEST_F(Credentials, are_none_where_none_are_configured) {
  start();
  EXPECT_EQ(authorization(), "");
  EXPECT_FALSE(credentials->renewed(current(), {}));
}

TEST_F(Credentials, a_token_is_sent_as_it_is) {
  config.token = net::SecretString("t0ken");
  start();
  EXPECT_EQ(authorization(), "Bearer t0ken");
  EXPECT_FALSE(credentials->renewed(current(), {}));
}

TEST_F(Credentials, a_name_and_a_password_are_basic_authentication) {
  config.username = "Aladdin";
  config.password = net::SecretString("open sesame");
  start();
  EXPECT_EQ(authorization(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") << "RFC 7617 section 2";
}

TEST_F(Credentials, a_token_file_is_read_each_minute_and_after_a_refusal) {
  config.token_file = path("token");
  write("token", "first\n");
  start();
  const Credential first = current();
  EXPECT_EQ(first.authorization.reveal(), "Bearer first");
  write("token", "second");
  clock.advance(59s);
  EXPECT_EQ(authorization(), "Bearer first");
  clock.advance(1s);
  EXPECT_EQ(authorization(), "Bearer second");
  write("token", "third");
  EXPECT_TRUE(credentials->renewed(current(), {}));
  EXPECT_EQ(authorization(), "Bearer third");
  EXPECT_FALSE(credentials->renewed(current(), {})) << "the file still says the same";
  EXPECT_TRUE(credentials->renewed(first, {})) << "it was replaced before the refusal arrived";
}

TEST_F(Credentials, a_token_file_that_is_being_written_does_not_take_the_last_token_away) {
  config.token_file = path("token");
  write("token", "first");
  start();
  authorization();
  write("token", "");
  EXPECT_FALSE(credentials->renewed(current(), {}));
  EXPECT_EQ(authorization(), "Bearer first");
  write("token", "second");
  EXPECT_TRUE(credentials->renewed(current(), {})) << "a refusal looks again at once";
}

TEST_F(Credentials, a_token_file_that_was_never_there_is_named) {
  config.token_file = path("token");
  start();
  for (const char* content : {"", "\n"}) {
    const auto credential = credentials->current({});
    ASSERT_FALSE(credential.ok());
    EXPECT_EQ(credential.error().code, ErrorCode::Unauthorized);
    EXPECT_TRUE(credential.error().message.starts_with(path("token") + ": "));
    write("token", content);
  }
  write("token", "late");
  EXPECT_EQ(authorization(), "Bearer late");
}

TEST_F(Credentials, certificates_that_cannot_be_used_are_refused_at_once) {
  config.tls.ca_pem = "nonsense";
  const auto made = kube::Credentials::create(config, clock);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::Invalid);
  EXPECT_TRUE(made.error().message.starts_with("config: ")) << made.error().message;
}

TEST_F(Credentials, a_replaced_authority_is_believed_after_a_minute) {
  config.ca_file = path("ca.crt");
  write("ca.crt", ca().cert_pem());
  start();
  const auto before = current().tls;
  write("ca.crt", other_ca().cert_pem());
  clock.advance(59s);
  EXPECT_EQ(current().tls, before);
  clock.advance(1s);
  EXPECT_EQ(current().tls->ca_pem, other_ca().cert_pem());
  EXPECT_EQ(before->ca_pem, ca().cert_pem()) << "who began with the old one has it still";
}

TEST_F(Credentials, a_replaced_authority_is_believed_at_once_after_a_tls_failure) {
  config.ca_file = path("ca.crt");
  write("ca.crt", ca().cert_pem());
  start();
  write("ca.crt", other_ca().cert_pem());
  credentials->distrusted();
  EXPECT_EQ(current().tls->ca_pem, other_ca().cert_pem());
}

TEST_F(Credentials, a_file_that_says_the_same_needs_no_new_connection) {
  config.ca_file = path("ca.crt");
  write("ca.crt", ca().cert_pem());
  start();
  const auto before = current().tls;
  credentials->distrusted();
  EXPECT_EQ(current().tls, before);
}

TEST_F(Credentials, an_authority_half_written_or_gone_leaves_the_last_one) {
  config.ca_file = path("ca.crt");
  write("ca.crt", ca().cert_pem());
  start();
  const auto before = current().tls;
  const std::string both = ca().cert_pem() + other_ca().cert_pem();
  for (const std::string& part :
       {std::string(), both.substr(0, 40), both.substr(0, both.size() - 40)}) {
    write("ca.crt", part);
    credentials->distrusted();
    EXPECT_EQ(current().tls, before) << part;
  }
  std::filesystem::remove(path("ca.crt"));
  credentials->distrusted();
  EXPECT_EQ(current().tls, before);
  write("ca.crt", both);
  credentials->distrusted();
  EXPECT_EQ(current().tls->ca_pem, both);
}

TEST_F(Credentials, a_client_certificate_is_taken_only_with_its_key) {
  const auto first = ca().issue({.common_name = "first"});
  const auto second = ca().issue({.common_name = "second"});
  use_client_files(first);
  start();
  const Credential before = current();
  write("client.crt", second.cert_pem);
  EXPECT_FALSE(credentials->renewed(before, {})) << "its key is not there yet";
  write("client.key", second.key_pem);
  EXPECT_TRUE(credentials->renewed(before, {}));
  EXPECT_EQ(current().tls->client_cert_pem, second.cert_pem);
  EXPECT_EQ(current().tls->client_key_pem.reveal(), second.key_pem);
  EXPECT_EQ(current().tls->ca_pem, ca().cert_pem()) << "what was given inline stays";
}

TEST_F(Credentials, a_plugins_token_is_kept_until_it_is_refused) {
  use_plugin();
  plugin_prints({{"token", "first"}});
  start();
  const Credential first = current();
  EXPECT_EQ(first.authorization.reveal(), "Bearer first");
  EXPECT_EQ(authorization(), "Bearer first");
  EXPECT_EQ(runs(), 1);
  clock.advance(1min);
  plugin_prints({{"token", "second"}});
  EXPECT_TRUE(credentials->renewed(first, {}));
  EXPECT_EQ(authorization(), "Bearer second");
  EXPECT_EQ(current().tls, first.tls) << "a token needs no new connection";
  EXPECT_EQ(runs(), 2);
}

TEST_F(Credentials, a_plugins_certificate_is_shown_to_the_server) {
  const auto pair = ca().issue({.common_name = "dev"});
  use_plugin();
  plugin_prints({{"clientCertificateData", pair.cert_pem}, {"clientKeyData", pair.key_pem}});
  start();
  const Credential credential = current();
  EXPECT_EQ(credential.authorization.reveal(), "");
  EXPECT_EQ(credential.tls->client_cert_pem, pair.cert_pem);
  EXPECT_EQ(credential.tls->ca_pem, ca().cert_pem());
  EXPECT_EQ(current().tls, credential.tls);
}

TEST_F(Credentials, a_plugin_that_fails_is_told_until_it_works) {
  use_plugin();
  start();
  const auto credential = credentials->current({});
  ASSERT_FALSE(credential.ok());
  EXPECT_EQ(credential.error().code, ErrorCode::Unauthorized);
  EXPECT_TRUE(credential.error().message.starts_with("config: exec: " + path("plugin")))
      << credential.error().message;
  plugin_prints({{"token", "first"}});
  clock.advance(2s);
  EXPECT_EQ(authorization(), "Bearer first");
}

}  // namespace
