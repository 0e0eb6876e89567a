// Bad input: an error that names file, line or flag, and exit code 2.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "support/cluster.h"
#include "support/operator_process.h"
#include "support/process.h"

namespace {

using namespace support;

Finished integration_operator(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), OPERATOR_BINARY);
  return run(arguments, {}, {{"KUBECONFIG", "/nonexistent"}});
}

std::string file_with(const std::string& name, const std::string& text) {
  const std::string path = Cluster::instance().temporary_path(name);
  std::ofstream(path) << text;
  return path;
}

// Expects exit code 2, and every word in the message.
void expect_usage_error(const Finished& finished, const std::vector<std::string>& words) {
  EXPECT_EQ(finished.exit_code, 2) << finished.err;
  for (const std::string& word : words)
    EXPECT_NE(finished.err.find(word), std::string::npos) << finished.err;
}

TEST(CommandLine, help_and_version_are_everywhere) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"run", "--help"}}) {
    const Finished help = integration_operator(words);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("integration-operator"), std::string::npos);
  }
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--version"}, {"run", "--version"}})
    EXPECT_TRUE(integration_operator(words).out.starts_with("integration-operator 0."));
  EXPECT_NE(integration_operator({"run", "--help"}).out.find("--public-url"), std::string::npos);
}

TEST(CommandLine, an_unknown_flag_is_named) {
  expect_usage_error(integration_operator({"run", "--pubic-url", "https://a.example"}),
                     {"--pubic-url"});
}

TEST(CommandLine, a_bad_value_is_named_with_its_flag) {
  expect_usage_error(integration_operator({"run", "--public-url", "ftp://a.example"}),
                     {"--public-url"});
  expect_usage_error(integration_operator({"run", "--public-url", "http://a.example"}),
                     {"--public-url", "https"});
  expect_usage_error(integration_operator({"run", "--log-level", "loud"}), {"--log-level", "loud"});
  expect_usage_error(integration_operator({"run", "--max-concurrent-reconciles", "0"}),
                     {"--max-concurrent-reconciles"});
  expect_usage_error(integration_operator({"run", "--health-probe-bind-address", "8080"}),
                     {"--health-probe-bind-address"});
}

TEST(CommandLine, a_bad_configuration_file_is_named_with_its_line) {
  const std::string unknown =
      file_with("unknown.yaml", "log-level: debug\npublic-uri: https://a.example\n");
  expect_usage_error(integration_operator({"run", "--config", unknown}),
                     {unknown + ":2", "public-uri"});
  const std::string broken = file_with("broken.yaml", "log-level: [debug\n");
  expect_usage_error(integration_operator({"run", "--config", broken}), {broken + ":"});
  expect_usage_error(integration_operator({"run", "--config", "/nonexistent.yaml"}),
                     {"/nonexistent.yaml"});
}

TEST(CommandLine, a_bad_kubeconfig_is_named_with_what_is_wrong_in_it) {
  expect_usage_error(integration_operator({"run", "--kubeconfig", "/nonexistent"}),
                     {"/nonexistent"});
  const std::string no_context =
      file_with("no-context.kubeconfig", "apiVersion: v1\nkind: Config\ncurrent-context: here\n");
  expect_usage_error(integration_operator({"run", "--kubeconfig", no_context}),
                     {no_context, "here"});
  const std::string broken = file_with("broken.kubeconfig", "apiVersion: v1\nclusters: {\n");
  expect_usage_error(integration_operator({"run", "--kubeconfig", broken}), {broken});
}

TEST(CommandLine, a_namespace_that_nobody_names_is_asked_for) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"run"}, {"unprotect-offerings"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--kubeconfig", Cluster::instance().kubeconfig()});
    expect_usage_error(integration_operator(arguments),
                       {"--namespace", Cluster::instance().kubeconfig()});
  }
}

TEST(CommandLine, a_port_that_is_taken_is_named) {
  OperatorProcess running(Cluster::instance());
  const std::string address = running.probe_url().substr(std::string{"http://"}.size());
  const Finished second =
      integration_operator({"run", "--kubeconfig", Cluster::instance().kubeconfig(), "--namespace",
                            "elsewhere", "--health-probe-bind-address", address});
  expect_usage_error(second, {"--health-probe-bind-address", address});
}

TEST(CommandLine, sigterm_ends_it_within_two_seconds_with_exit_code_0) {
  OperatorProcess running(Cluster::instance());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(running.stop(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{2});
}

TEST(CommandLine, its_log_is_one_json_object_a_line) {
  OperatorProcess running(Cluster::instance());
  running.stop();
  std::istringstream lines(running.log());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto parsed = net::parse_json(line);
    ASSERT_TRUE(parsed.ok()) << line;
    for (const char* key : {"ts", "level", "msg"}) EXPECT_TRUE(parsed->contains(key)) << line;
  }
  EXPECT_GT(count, 1);
}

// It ignores all namespaces except the watched one.
TEST(CommandLine, watched_namespaces_are_the_only_ones_looked_after) {
  Cluster& cluster = Cluster::instance();
  const std::string watched = cluster.make_namespace("watched");
  const std::string other = cluster.make_namespace("other");
  OperatorProcess running(cluster, {"--watch-namespaces", watched});
  for (const std::string& ns : {other, watched})
    cluster.apply(
        "{apiVersion: oauth.integrations.dev/v1alpha1, kind: Integration, metadata: {namespace: " +
        ns +
        ", name: app}, spec: {offeringRef: {name: none}, credentialsSecretRef: {name: none}, "
        "scopes: [openid]}}");
  EXPECT_EQ(reason_of(cluster.await_reason({watched, "app"}, "OfferingNotFound").status.conditions,
                      "Ready"),
            "OfferingNotFound");
  EXPECT_EQ(cluster.integrations().get({other, "app"})->status.observed_generation, -1);
  cluster.kubectl({"delete", "integrations", "--all", "-n", watched});
  cluster.kubectl({"delete", "integrations", "--all", "-n", other});
}

}  // namespace
