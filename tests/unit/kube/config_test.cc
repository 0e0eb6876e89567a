#include "kube/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/crypto.h"

namespace {

using net::ErrorCode;

const std::string kCertificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const std::string kKey = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";

// A kubeconfig whose cluster and user have those fields, each a line of YAML.
std::string kubeconfig(const std::string& cluster, const std::string& user = "token: t0ken",
                       const std::string& context = "cluster: main, user: dev") {
  return "apiVersion: v1\n"
         "kind: Config\n"
         "current-context: here\n"
         "contexts:\n"
         "- {name: here, context: {" +
         context +
         "}}\n"
         "clusters:\n"
         "- name: main\n"
         "  cluster:\n"
         "    " +
         cluster +
         "\n"
         "users:\n"
         "- name: dev\n"
         "  user:\n"
         "    " +
         user + "\n";
}

const std::string kServer = "server: https://api.example:6443";

// A directory of its own, and an environment in which nothing says where a cluster is.
class Config : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir);
    for (const char* name : {"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
      unsetenv(name);
    setenv("HOME", dir.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(dir); }
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = dir + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << content;
    return path;
  }
  kube::ClusterConfig parse(const std::string& yaml) {
    auto config = kube::parse_kubeconfig(yaml, dir + "/config");
    EXPECT_TRUE(config.ok()) << config.error().message;
    return config.ok() ? *config : kube::ClusterConfig{};
  }

  std::string dir = testing::TempDir() + "kube_config_test_" + std::to_string(getpid());
};

TEST_F(Config, a_token_and_a_server_are_enough) {
  const auto config = parse(kubeconfig(kServer + "/"));
  EXPECT_EQ(config.server, "https://api.example:6443") << "without the trailing slash";
  EXPECT_EQ(config.token.reveal(), "t0ken");
  EXPECT_EQ(config.namespace_, "default");
  EXPECT_TRUE(config.tls.verify_peer);
  EXPECT_TRUE(config.tls.system_roots);
  EXPECT_NE(config.source.find("here"), std::string::npos);
}

TEST_F(Config, inline_certificates_are_decoded) {
  const auto config =
      parse(kubeconfig(kServer + "\n    certificate-authority-data: " + net::base64(kCertificate),
                       "client-certificate-data: " + net::base64(kCertificate) +
                           "\n    client-key-data: " + net::base64(kKey)));
  EXPECT_EQ(config.tls.ca_pem, kCertificate);
  EXPECT_FALSE(config.tls.system_roots) << "a cluster's own authority replaces the system's";
  EXPECT_EQ(config.tls.client_cert_pem, kCertificate);
  EXPECT_EQ(config.tls.client_key_pem.reveal(), kKey);
}

TEST_F(Config, certificate_files_are_relative_to_the_kubeconfig) {
  write("pki/ca.crt", kCertificate);
  const auto client = write("client.crt", kCertificate);
  write("client.key", kKey);
  const auto config =
      parse(kubeconfig(kServer + "\n    certificate-authority: pki/ca.crt",
                       "client-certificate: " + client + "\n    client-key: client.key"));
  EXPECT_EQ(config.tls.ca_pem, kCertificate);
  EXPECT_EQ(config.tls.client_cert_pem, kCertificate);
  EXPECT_EQ(config.tls.client_key_pem.reveal(), kKey);
}

TEST_F(Config, a_token_file_is_named_for_reading_again) {
  const auto path = write("token", "from-file\n");
  EXPECT_EQ(parse(kubeconfig(kServer, "tokenFile: token")).token_file, path);
}

TEST_F(Config, the_other_fields_of_a_cluster_and_a_context_are_taken_over) {
  const auto config = parse(
      kubeconfig(kServer + "\n    tls-server-name: other.example\n    insecure-skip-tls-verify: "
                           "true\n    proxy-url: http://proxy.example:3128",
                 "token: t", "cluster: main, user: dev, namespace: team"));
  EXPECT_EQ(config.tls.server_name, "other.example");
  EXPECT_FALSE(config.tls.verify_peer);
  EXPECT_EQ(config.proxy_url, "http://proxy.example:3128");
  EXPECT_EQ(config.namespace_, "team");
}

TEST_F(Config, a_context_may_be_chosen_by_name) {
  const auto config = kube::parse_kubeconfig(kubeconfig(kServer), "config", "elsewhere");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().message, "config: contexts: there is no context \"elsewhere\"");
}

TEST_F(Config, a_context_without_a_user_is_anonymous) {
  EXPECT_TRUE(parse(kubeconfig(kServer, "token: t", "cluster: main")).token.empty());
}

struct Malformed {
  const char* name;
  std::string yaml;
  std::vector<std::string> says;  // all of these
};
class MalformedConfig : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedConfig, is_refused_with_file_and_field) {
  const auto config = kube::parse_kubeconfig(GetParam().yaml, "dir/config");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code, ErrorCode::Invalid);
  EXPECT_TRUE(config.error().message.starts_with("dir/config")) << config.error().message;
  for (const std::string& part : GetParam().says) {
    EXPECT_NE(config.error().message.find(part), std::string::npos) << config.error().message;
  }
  EXPECT_EQ(config.error().message.find("canary"), std::string::npos) << config.error().message;
}

std::string exec_user() { return "exec:\n      command: aws"; }

INSTANTIATE_TEST_SUITE_P(
    All, MalformedConfig,
    testing::Values(
        Malformed{"not_yaml", "a: [1\nb: }", {":2: ", "not YAML"}},
        Malformed{"no_mapping", "just text", {"mapping"}}, Malformed{"empty", "", {"mapping"}},
        Malformed{"kind", "kind: Pod", {":1: ", "kind: must be Config"}},
        Malformed{"contexts",
                  "kind: Config\ncurrent-context: a\ncontexts: {}",
                  {":3: ", "contexts: must be a list"}},
        Malformed{"context_entry",
                  "current-context: a\ncontexts: [text]",
                  {":2: ", "contexts: each entry"}},
        Malformed{
            "current_context", "kind: Config", {"current-context: is not set", "use-context"}},
        Malformed{"current_context_type",
                  "current-context: []",
                  {":1: ", "current-context: must be a string"}},
        Malformed{"no_context", "current-context: a", {"there is no context \"a\""}},
        Malformed{"context_content",
                  "current-context: a\ncontexts: [{name: a}]",
                  {"contexts[\"a\"]: context: must be a mapping"}},
        Malformed{"namespace",
                  kubeconfig(kServer, "token: t", "cluster: main, namespace: []"),
                  {":5: ", "context \"here\": namespace:"}},
        Malformed{"context_cluster",
                  kubeconfig(kServer, "token: t", "user: dev"),
                  {":5: ", "context \"here\": cluster: is not set"}},
        Malformed{"no_cluster",
                  kubeconfig(kServer, "token: t", "cluster: other"),
                  {"there is no cluster \"other\""}},
        Malformed{"no_user",
                  kubeconfig(kServer, "token: t", "cluster: main, user: other"),
                  {"there is no user \"other\""}},
        Malformed{"no_server",
                  kubeconfig("tls-server-name: a"),
                  {"cluster \"main\": server: is not set"}},
        Malformed{
            "server", kubeconfig("server: api.example"), {":9: ", "cluster \"main\": server: "}},
        Malformed{"server_type", kubeconfig("server: [a]"), {":9: ", "server: must be a string"}},
        Malformed{
            "ca_file",
            kubeconfig(kServer + "\n    certificate-authority: missing.crt"),
            {":10: ", "cluster \"main\": certificate-authority: dir/missing.crt: cannot be read"}},
        Malformed{"ca_data",
                  kubeconfig(kServer + "\n    certificate-authority-data: '!!canary'"),
                  {":10: ", "certificate-authority-data: is not base64"}},
        Malformed{"ca_pem",
                  kubeconfig(kServer + "\n    certificate-authority-data: Y2FuYXJ5"),
                  {":10: ", "certificate-authority-data: is not PEM"}},
        Malformed{"insecure",
                  kubeconfig(kServer + "\n    insecure-skip-tls-verify: maybe"),
                  {":10: ", "insecure-skip-tls-verify: must be true or false"}},
        Malformed{
            "insecure_and_ca",
            kubeconfig(kServer +
                       "\n    insecure-skip-tls-verify: true\n    certificate-authority-data: " +
                       net::base64(kCertificate)),
            {":10: ", "insecure-skip-tls-verify: cannot be set together"}},
        Malformed{"server_name",
                  kubeconfig(kServer + "\n    tls-server-name: {}"),
                  {":10: ", "tls-server-name: must be a string"}},
        Malformed{"proxy",
                  kubeconfig(kServer + "\n    proxy-url: socks5://proxy.example"),
                  {":10: ", "proxy-url: "}},
        Malformed{"client_certificate",
                  kubeconfig(kServer, "client-certificate-data: canary!"),
                  {":13: ", "user \"dev\": client-certificate-data: is not base64"}},
        Malformed{"no_key",
                  kubeconfig(kServer, "client-certificate-data: " + net::base64(kCertificate)),
                  {"user \"dev\": client-key: is not set"}},
        Malformed{"no_certificate",
                  kubeconfig(kServer, "client-key-data: " + net::base64(kKey)),
                  {"user \"dev\": client-certificate: is not set"}},
        Malformed{"key",
                  kubeconfig(kServer, "client-key-data: Y2FuYXJ5"),
                  {":13: ", "client-key-data: is not PEM"}},
        Malformed{"token",
                  kubeconfig(kServer, "token: \"canary\\n\""),
                  {":13: ", "user \"dev\": token: has a white space"}},
        Malformed{"token_file",
                  kubeconfig(kServer, "tokenFile: missing"),
                  {":13: ", "tokenFile: dir/missing: cannot be read"}},
        Malformed{
            "exec", kubeconfig(kServer, exec_user()), {"user \"dev\": exec: is not supported"}},
        Malformed{"auth_provider",
                  kubeconfig(kServer, "auth-provider: {name: gcp}"),
                  {"auth-provider: is not supported"}},
        Malformed{"basic", kubeconfig(kServer, "username: canary"), {"username: is not supported"}},
        Malformed{"impersonation", kubeconfig(kServer, "as: canary"), {"as: is not supported"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(Config, an_empty_token_file_is_refused) {
  write("token", "\n");
  const auto config =
      kube::parse_kubeconfig(kubeconfig(kServer, "tokenFile: token"), dir + "/config");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message.find("tokenFile"), std::string::npos);
}

TEST_F(Config, of_a_list_of_files_the_first_that_says_something_holds) {
  const auto first =
      write("first", "current-context: here\nusers: [{name: dev, user: {token: first}}]\n");
  const auto second = write("second", kubeconfig(kServer, "token: second"));
  setenv("KUBECONFIG", (dir + "/missing:" + first + ":" + second).c_str(), 1);
  const auto config = kube::load_config("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://api.example:6443");
  EXPECT_EQ(config->token.reveal(), "first");
}

TEST_F(Config, paths_in_a_list_of_files_are_relative_to_the_file_they_stand_in) {
  write("one/token", "t");
  const auto first = write("one/config", "users: [{name: dev, user: {tokenFile: token}}]\n");
  const auto second = write("two/config", kubeconfig(kServer));
  setenv("KUBECONFIG", (first + ":" + second).c_str(), 1);
  const auto config = kube::load_config("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->token_file, dir + "/one/token");
}

TEST_F(Config, a_list_of_files_that_are_not_there_is_named) {
  setenv("KUBECONFIG", "/nowhere/a:/nowhere/b", 1);
  const auto config = kube::load_config("");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message.find("/nowhere/a:/nowhere/b"), std::string::npos);
}

TEST_F(Config, the_flag_comes_before_the_environment) {
  const auto flag = write("flag", kubeconfig(kServer, "token: flag"));
  setenv("KUBECONFIG", write("other", kubeconfig(kServer, "token: other")).c_str(), 1);
  EXPECT_EQ(kube::load_config(flag)->token.reveal(), "flag");
}

TEST_F(Config, a_file_that_is_not_there_or_a_directory_is_named) {
  for (const std::string& path : {dir + "/missing", dir}) {
    const auto config = kube::load_config(path);
    ASSERT_FALSE(config.ok());
    EXPECT_EQ(config.error().message, path + ": cannot be read");
  }
}

TEST_F(Config, the_home_directorys_file_comes_last) {
  EXPECT_EQ(kube::load_config("").error().code, ErrorCode::NotFound);
  write(".kube/config", kubeconfig(kServer, "token: home"));
  EXPECT_EQ(kube::load_config("")->token.reveal(), "home");
}

class InCluster : public Config {
 protected:
  void SetUp() override {
    Config::SetUp();
    setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    write("token", "pod\n");
    write("ca.crt", kCertificate);
    write("namespace", "oauth-system");
  }
  void TearDown() override {
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    Config::TearDown();
  }
};

TEST_F(InCluster, the_service_account_says_everything) {
  const auto config = kube::in_cluster_config(dir);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://10.96.0.1:443");
  EXPECT_EQ(config->token_file, dir + "/token");
  EXPECT_EQ(config->tls.ca_pem, kCertificate);
  EXPECT_FALSE(config->tls.system_roots);
  EXPECT_EQ(config->namespace_, "oauth-system");
}

TEST_F(InCluster, an_ipv6_cluster_is_reached_by_name) {
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  EXPECT_EQ(kube::in_cluster_config(dir)->server, "https://kubernetes.default.svc:443");
}

TEST_F(InCluster, what_is_missing_is_named) {
  for (const char* file : {"token", "ca.crt"}) {
    SetUp();
    std::filesystem::remove(dir + "/" + file);
    EXPECT_EQ(kube::in_cluster_config(dir).error().message, dir + "/" + file + ": cannot be read");
  }
  unsetenv("KUBERNETES_SERVICE_PORT");
  EXPECT_NE(kube::in_cluster_config(dir).error().message.find("KUBERNETES_SERVICE_PORT"),
            std::string::npos);
}

TEST_F(InCluster, a_certificate_authority_that_is_none_is_named) {
  write("ca.crt", "nonsense");
  EXPECT_EQ(kube::in_cluster_config(dir).error().message,
            dir + "/ca.crt: is not a PEM certificate");
}

}  // namespace
