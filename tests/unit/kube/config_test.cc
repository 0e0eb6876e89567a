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
  EXPECT_FALSE(config.names_namespace);
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
  EXPECT_EQ(config.ca_file, dir + "/pki/ca.crt") << "to be read again";
  EXPECT_EQ(config.client_cert_file, client);
  EXPECT_EQ(config.client_key_file, dir + "/client.key");
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

// A user whose exec has those fields, each a line of YAML.
std::string exec_user(const std::string& more) {
  return "exec:\n      command: aws\n      " + more;
}
const std::string kExecVersion = "apiVersion: client.authentication.k8s.io/v1";
const std::string kNever = "\n      interactiveMode: Never";

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
                  {":13: ", "user \"dev\": token: contains a white space"}},
        Malformed{"token_file",
                  kubeconfig(kServer, "tokenFile: missing"),
                  {":13: ", "tokenFile: dir/missing: cannot be read"}},
        Malformed{"ca_twice",
                  kubeconfig(kServer + "\n    certificate-authority: ca.crt\n"
                                       "    certificate-authority-data: AA=="),
                  {":10: ", "certificate-authority: cannot be set together with"}},
        Malformed{"exec", kubeconfig(kServer, "exec: canary"), {"exec: must be a mapping"}},
        Malformed{"exec_command",
                  kubeconfig(kServer, "exec: {args: [canary]}"),
                  {":13: ", "user \"dev\": exec: command: is not set"}},
        Malformed{"exec_args",
                  kubeconfig(kServer, exec_user("args: canary")),
                  {":15: ", "exec: args: must be a list of strings"}},
        Malformed{"exec_env",
                  kubeconfig(kServer, exec_user("env: [canary]")),
                  {":15: ", "exec: env: must be a list of mappings"}},
        Malformed{"exec_env_name",
                  kubeconfig(kServer, exec_user("env: [{value: canary}]")),
                  {":15: ", "exec: env: name: must be the name"}},
        Malformed{
            "exec_version",
            kubeconfig(kServer, exec_user("apiVersion: client.authentication.k8s.io/v1alpha1")),
            {":15: ", "exec: apiVersion: must be client.authentication.k8s.io/v1 or"}},
        Malformed{"exec_no_mode",
                  kubeconfig(kServer, exec_user(kExecVersion)),
                  {"exec: interactiveMode: must be Never or IfAvailable"}},
        Malformed{"exec_always",
                  kubeconfig(kServer, exec_user(kExecVersion + "\n      interactiveMode: Always")),
                  {":16: ", "exec: interactiveMode: is Always, but this program cannot answer"}},
        Malformed{"auth_provider",
                  kubeconfig(kServer, "auth-provider: {name: gcp}"),
                  {"auth-provider: is not supported"}},
        Malformed{"basic_and_token",
                  kubeconfig(kServer, "username: canary\n    token: canary"),
                  {":14: ", "token: cannot be set together with username and password"}},
        Malformed{"username",
                  kubeconfig(kServer, "username: 'a:b'"),
                  {":13: ", "username: must not contain a colon"}},
        Malformed{"groups_without_a_user",
                  kubeconfig(kServer, "as-groups: [canary]"),
                  {":13: ", "as-groups: needs a user: set as"}},
        Malformed{"groups",
                  kubeconfig(kServer, "as: jane\n    as-groups: canary"),
                  {":14: ", "as-groups: must be a list of strings"}},
        Malformed{"extra",
                  kubeconfig(kServer, "as: jane\n    as-user-extra: {scope: canary}"),
                  {":14: ", "as-user-extra: scope: must be a list of strings"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(Config, an_exec_plugin_is_taken_over_whole) {
  const auto config = parse(kubeconfig(
      kServer,
      exec_user("args: [eks, get-token]\n      env: [{name: AWS_PROFILE, value: dev}]\n      "
                "installHint: get it\n      " +
                kExecVersion + kNever)));
  ASSERT_TRUE(config.exec);
  EXPECT_EQ(config.exec->command, "aws") << "a bare name is looked up in PATH";
  EXPECT_EQ(config.exec->arguments, (std::vector<std::string>{"eks", "get-token"}));
  EXPECT_EQ(config.exec->environment, (std::map<std::string, std::string>{{"AWS_PROFILE", "dev"}}));
  EXPECT_EQ(config.exec->api_version, "client.authentication.k8s.io/v1");
  EXPECT_EQ(config.exec->install_hint, "get it");
  EXPECT_EQ(config.exec->source, dir + "/config: user \"dev\": exec");
  EXPECT_TRUE(config.exec->cluster.is_null());
}

TEST_F(Config, an_exec_plugin_of_v1beta1_is_never_interactive_either) {
  EXPECT_TRUE(
      parse(kubeconfig(kServer, exec_user("apiVersion: client.authentication.k8s.io/v1beta1")))
          .exec);
}

TEST_F(Config, an_exec_command_with_a_slash_is_relative_to_the_kubeconfig) {
  const auto user = [](const std::string& command) {
    return "exec: {command: " + command + ", interactiveMode: Never, " + kExecVersion + "}";
  };
  EXPECT_EQ(parse(kubeconfig(kServer, user("bin/plugin"))).exec->command, dir + "/bin/plugin");
  EXPECT_EQ(parse(kubeconfig(kServer, user("/bin/plugin"))).exec->command, "/bin/plugin");
}

TEST_F(Config, an_exec_plugin_learns_of_the_cluster_where_it_wants_to) {
  const auto config = parse(kubeconfig(
      kServer + "\n    certificate-authority-data: " + net::base64(kCertificate) +
          "\n    tls-server-name: other.example\n    proxy-url: http://proxy.example:3128\n"
          "    extensions:\n"
          "    - {name: other, extension: {}}\n"
          "    - {name: client.authentication.k8s.io/exec,"
          " extension: {audience: \"06\", ttl: 7, part: 0.5, on: true, tags: [a, null]}}",
      exec_user("provideClusterInfo: true\n      " + kExecVersion + kNever)));
  const net::Json expected = {
      {"server", "https://api.example:6443"},
      {"tls-server-name", "other.example"},
      {"certificate-authority-data", net::base64(kCertificate)},
      {"proxy-url", "http://proxy.example:3128"},
      {"config",
       {{"audience", "06"}, {"ttl", 7}, {"part", 0.5}, {"on", true}, {"tags", {"a", nullptr}}}}};
  EXPECT_EQ(config.exec->cluster, expected);
}

TEST_F(Config, an_exec_plugin_is_for_those_who_have_nothing_else) {
  const std::string exec = exec_user(kExecVersion + kNever);
  EXPECT_FALSE(parse(kubeconfig(kServer, "token: t\n    " + exec)).exec);
  EXPECT_FALSE(parse(kubeconfig(kServer, "username: u\n    " + exec)).exec);
}

TEST_F(Config, a_name_and_a_password_are_taken_over) {
  const auto config = parse(kubeconfig(kServer, "username: dev\n    password: 'p: w'"));
  EXPECT_EQ(config.username, "dev");
  EXPECT_EQ(config.password.reveal(), "p: w");
}

TEST_F(Config, one_may_act_as_somebody_else) {
  const auto as = parse(kubeconfig(kServer,
                                   "token: t\n    as: jane\n    as-uid: '7'\n    as-groups: [dev, "
                                   "ops]\n    as-user-extra: {scope: [a, b]}"))
                      .impersonation;
  EXPECT_EQ(as.user, "jane");
  EXPECT_EQ(as.uid, "7");
  EXPECT_EQ(as.groups, (std::vector<std::string>{"dev", "ops"}));
  EXPECT_EQ(as.extra.at("scope"), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Config, nothing_secret_goes_to_a_server_without_tls) {
  const auto config =
      parse(kubeconfig("server: http://api.example:8080", "token: t\n    as: jane"));
  EXPECT_TRUE(config.token.empty());
  EXPECT_EQ(config.impersonation.user, "jane");
}

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

TEST_F(Config, context_cluster_and_user_may_stand_in_different_files) {
  const auto first = write("a/config", "current-context: there\n");
  const auto second = write("b/config",
                            "contexts: [{name: there, context: {cluster: far, user: me}}]\n"
                            "users: [{name: me, user: {tokenFile: token}}]\n");
  write("b/token", "t");
  const auto third = write(
      "c/config",
      "current-context: elsewhere\n"
      "clusters: [{name: far, cluster: {server: 'https://far.example', certificate-authority: "
      "ca.crt}}]\n");
  write("c/ca.crt", kCertificate);
  setenv("KUBECONFIG", (first + "::" + second + ":" + third).c_str(), 1);
  const auto config = kube::load_config("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->server, "https://far.example");
  EXPECT_EQ(config->token_file, dir + "/b/token");
  EXPECT_EQ(config->ca_file, dir + "/c/ca.crt");
}

TEST_F(Config, entries_of_one_name_are_not_mixed) {
  const auto first = write("first", "users: [{name: dev, user: {as: jane}}]\n");
  const auto second = write("second", kubeconfig(kServer, "token: second"));
  setenv("KUBECONFIG", (first + ":" + second).c_str(), 1);
  const auto config = kube::load_config("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->impersonation.user, "jane");
  EXPECT_TRUE(config->token.empty()) << "the first file's entry holds, whole";
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
  for (const auto& [path, reason] : {std::pair(dir + "/missing", "No such file or directory"),
                                     std::pair(dir, "Is a directory")}) {
    const auto config = kube::load_config(path);
    ASSERT_FALSE(config.ok());
    EXPECT_EQ(config.error().message, path + ": cannot be read: " + reason);
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
  EXPECT_EQ(config->ca_file, dir + "/ca.crt");
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
    EXPECT_EQ(kube::in_cluster_config(dir).error().message,
              dir + "/" + file + ": cannot be read: No such file or directory");
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
