#include "operator/options.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace op {
namespace {

using Arguments = std::vector<std::string>;

// A file that the test's end removes.
class File {
 public:
  explicit File(const std::string& text) {
    std::string name = testing::TempDir() + "/options-XXXXXX";
    const int descriptor = mkstemp(name.data());
    EXPECT_GE(descriptor, 0);
    path = name;
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path;
};

net::Result<Command> parse(Arguments arguments) {
  arguments.insert(arguments.begin(), "run");
  return parse_command_line(arguments);
}

RunOptions options_of(const Arguments& arguments) {
  const auto command = parse(arguments);
  EXPECT_TRUE(command.ok()) << (command.ok() ? "" : command.error().message);
  if (!command.ok()) return {};
  EXPECT_TRUE(std::holds_alternative<RunOptions>(*command));
  return std::get<RunOptions>(*command);
}

std::string error_of(const Arguments& arguments) {
  const auto command = parse(arguments);
  EXPECT_FALSE(command.ok()) << "accepted";
  if (command.ok()) return "";
  EXPECT_EQ(command.error().code, net::ErrorCode::Invalid);
  return command.error().message;
}

std::string error_of_file(const std::string& text) {
  const File file(text);
  std::string message = error_of({"--config", file.path});
  const auto at = message.find(file.path);
  EXPECT_NE(at, std::string::npos) << "does not name the file: " << message;
  if (at != std::string::npos) message.replace(at, file.path.size(), "FILE");
  return message;
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\n lacks: " << part;
}

TEST(Options, without_a_word_the_defaults_hold) {
  const RunOptions options = options_of({});
  EXPECT_EQ(options.kubeconfig, "");
  EXPECT_EQ(options.public_url, "http://localhost:8081");
  EXPECT_EQ(options.namespace_, "");
  EXPECT_TRUE(options.watch_namespaces.empty());
  EXPECT_EQ(options.max_concurrent_reconciles, 8);
  EXPECT_TRUE(options.leader_elect);
  EXPECT_EQ(options.health_probe_bind_address, ":8080");
  EXPECT_EQ(options.web_bind_address, ":8081");
  EXPECT_EQ(options.log_level, net::LogLevel::Info);
  EXPECT_EQ(options.provider_ca_file, "");
  EXPECT_FALSE(options.allow_http_providers);
}

void expect_all_set(const RunOptions& options) {
  EXPECT_EQ(options.kubeconfig, "/etc/kubeconfig");
  EXPECT_EQ(options.public_url, "https://connect.example");
  EXPECT_EQ(options.namespace_, "oauth-system");
  EXPECT_EQ(options.watch_namespaces, (Arguments{"team-a", "team-b"}));
  EXPECT_EQ(options.max_concurrent_reconciles, 3);
  EXPECT_FALSE(options.leader_elect);
  EXPECT_EQ(options.health_probe_bind_address, "127.0.0.1:9090");
  EXPECT_EQ(options.web_bind_address, "");
  EXPECT_EQ(options.log_level, net::LogLevel::Debug);
  EXPECT_EQ(options.provider_ca_file, "/etc/ca.pem");
  EXPECT_TRUE(options.allow_http_providers);
}

TEST(Options, each_flag_sets_its_option) {
  expect_all_set(options_of({"--kubeconfig",
                             "/etc/kubeconfig",
                             "--public-url",
                             "https://connect.example/",
                             "--namespace",
                             "oauth-system",
                             "--watch-namespaces",
                             "team-a, team-b",
                             "--max-concurrent-reconciles",
                             "3",
                             "--leader-elect=false",
                             "--health-probe-bind-address",
                             "127.0.0.1:9090",
                             "--web-bind-address",
                             "",
                             "--log-level",
                             "debug",
                             "--provider-ca-file",
                             "/etc/ca.pem",
                             "--allow-http-providers"}));
}

TEST(Options, a_flag_takes_its_value_after_an_equals_sign_too) {
  expect_all_set(options_of({"--kubeconfig=/etc/kubeconfig", "--public-url=https://connect.example",
                             "--namespace=oauth-system", "--watch-namespaces=team-a,team-b",
                             "--max-concurrent-reconciles=3", "--leader-elect=false",
                             "--health-probe-bind-address=127.0.0.1:9090",
                             "--web-bind-address=", "--log-level=debug",
                             "--provider-ca-file=/etc/ca.pem", "--allow-http-providers=true"}));
}

TEST(Options, each_setting_of_the_file_sets_its_option) {
  const File file(R"(kubeconfig: /etc/kubeconfig
public-url: https://connect.example
namespace: oauth-system
watch-namespaces: [team-a, team-b]
max-concurrent-reconciles: 3
leader-elect: false
health-probe-bind-address: 127.0.0.1:9090
web-bind-address: ""
log-level: debug
provider-ca-file: /etc/ca.pem
allow-http-providers: true
)");
  expect_all_set(options_of({"--config", file.path}));
}

TEST(Options, flags_win_over_the_file_wherever_they_stand) {
  const File file("log-level: debug\nmax-concurrent-reconciles: 3\nleader-elect: false\n");
  for (const Arguments& arguments :
       {Arguments{"--config", file.path, "--log-level", "warn", "--leader-elect"},
        Arguments{"--log-level", "warn", "--leader-elect", "--config", file.path}}) {
    const RunOptions options = options_of(arguments);
    EXPECT_EQ(options.log_level, net::LogLevel::Warn);
    EXPECT_EQ(options.max_concurrent_reconciles, 3);
    EXPECT_TRUE(options.leader_elect);
  }
}

TEST(Options, an_empty_address_turns_a_port_off) {
  EXPECT_EQ(options_of({"--web-bind-address", ""}).web_bind_address, "");
  EXPECT_EQ(options_of({"--web-bind-address="}).web_bind_address, "");
  const RunOptions options = options_of({"--health-probe-bind-address=", "--log-level", "warn"});
  EXPECT_EQ(options.health_probe_bind_address, "");
  EXPECT_EQ(options.log_level, net::LogLevel::Warn) << "its neighbour is not its value";
}

TEST(Options, an_empty_file_sets_nothing) {
  for (const char* text : {"", "# nothing\n", "---\n", "{}\n"}) {
    const File file(text);
    EXPECT_EQ(options_of({"--config", file.path}).max_concurrent_reconciles, 8) << text;
  }
}

TEST(Options, the_public_url_loses_its_trailing_slash) {
  EXPECT_EQ(options_of({"--public-url", "https://example.example/sub//"}).public_url,
            "https://example.example/sub");
}

TEST(Options, plain_http_is_for_loopback_only) {
  for (const char* url : {"http://localhost:8081", "http://127.0.0.1:1", "http://[::1]:8081"})
    EXPECT_EQ(options_of({"--public-url", url}).public_url, url);
  expect_contains(error_of({"--public-url", "http://connect.example"}),
                  "--public-url: must be https");
}

// --- Errors name the flag

TEST(Options, an_unknown_flag_is_named) {
  expect_contains(error_of({"--no-such-flag"}), "--no-such-flag");
  expect_contains(error_of({"--log-levle=debug"}), "--log-levle");
  expect_contains(error_of({"surplus"}), "surplus");
}

TEST(Options, an_unknown_command_is_named) {
  const auto command = parse_command_line({"rnu"});
  ASSERT_FALSE(command.ok());
  expect_contains(command.error().message, "rnu");
}

TEST(Options, a_flag_without_its_value_is_named) {
  expect_contains(error_of({"--log-level"}), "--log-level");
}

TEST(Options, each_bad_value_is_named_with_its_flag_and_with_what_would_be_right) {
  struct Row {
    const char* flag;
    const char* value;
    const char* told;
  };
  for (const Row& row :
       std::vector<Row>{{"--public-url", "connect.example", ""},
                        {"--public-url", "", ""},
                        {"--public-url", "ftp://connect.example", ""},
                        {"--public-url", "https://connect.example/?x=y", "query"},
                        {"--public-url", "https://connect.example/#x", ""},
                        {"--public-url", "https://user@connect.example", ""},
                        {"--watch-namespaces", "a,,b", "empty name"},
                        {"--watch-namespaces", "crm,Shop", "\"Shop\" is not a namespace name"},
                        {"--watch-namespaces", "shop.eu", "\"shop.eu\" is not a name"},
                        {"--watch-namespaces", "-shop", "\"-shop\" is not a name"},
                        {"--watch-namespaces", "shop-", "\"shop-\" is not a name"},
                        {"--namespace", "Ops", "\"Ops\" is not a namespace name"},
                        {"--max-concurrent-reconciles", "0", "from 1 to 256"},
                        {"--max-concurrent-reconciles", "257", "from 1 to 256"},
                        {"--max-concurrent-reconciles", "99999999999999999999", "from 1 to 256"},
                        {"--max-concurrent-reconciles", "3x", "\"3x\""},
                        {"--max-concurrent-reconciles", "", "from 1 to 256"},
                        {"--health-probe-bind-address", "8080", ""},
                        {"--health-probe-bind-address", ":99999", ""},
                        {"--web-bind-address", "localhost", ""},
                        {"--log-level", "loud", "loud"},
                        {"--leader-elect", "perhaps", "perhaps"}}) {
    const std::string message = error_of({std::string{row.flag} + "=" + row.value});
    expect_contains(message, row.flag);
    expect_contains(message, row.told);
  }
}

// --- Errors name file, line and setting

TEST(Options, an_unknown_setting_is_named_with_its_line) {
  expect_contains(error_of_file("log-level: info\n\nlog-levle: debug\n"),
                  "FILE:3: unknown setting \"log-levle\"");
  expect_contains(error_of_file("--log-level: info\n"), "FILE:1: unknown setting \"--log-level\"");
  expect_contains(error_of_file("config: other.yaml\n"), "FILE:1: unknown setting \"config\"");
  expect_contains(error_of_file("[a]: b\n"), "FILE:1: unknown setting");
}

TEST(Options, a_bad_value_of_the_file_is_named_with_its_line_and_its_setting) {
  expect_contains(error_of_file("log-level: info\nmax-concurrent-reconciles: many\n"),
                  "FILE:2: max-concurrent-reconciles: must be a whole number from 1 to 256");
  expect_contains(error_of_file("leader-elect: yes\n"),
                  "FILE:1: leader-elect: must be true or false");
  expect_contains(error_of_file("public-url: {a: b}\n"), "FILE:1: public-url: must be");
  expect_contains(error_of_file("watch-namespaces: [a, [b]]\n"),
                  "FILE:1: watch-namespaces: must be");
  expect_contains(error_of_file("watch-namespaces: [a, '']\n"), "FILE:1: watch-namespaces: ");
  expect_contains(error_of_file("log-level: info\nwatch-namespaces: [a, Shop]\n"),
                  "FILE:2: watch-namespaces: \"Shop\" is not a namespace name");
  expect_contains(error_of_file("watch-namespaces: [" + std::string(64, 'a') + "]\n"),
                  "FILE:1: watch-namespaces: \"aaa");
}

TEST(Options, a_setting_that_is_there_twice_is_named) {
  expect_contains(error_of_file("log-level: info\nlog-level: debug\n"), "FILE:2: log-level: ");
}

TEST(Options, bad_yaml_is_named_with_its_line) {
  expect_contains(error_of_file("log-level: info\nnamespace: [a\n"), "FILE:");
  expect_contains(error_of_file("a: b: c\n"), "FILE:1: ");
  expect_contains(error_of_file("just a word\n"), "FILE: must be a map of settings");
  expect_contains(error_of_file("- log-level\n"), "FILE: must be a map of settings");
}

TEST(Options, a_file_of_several_documents_is_refused) {
  expect_contains(error_of_file("log-level: info\n---\nlog-level: debug\n"), "FILE");
}

TEST(Options, a_file_that_cannot_be_read_is_named) {
  const std::string message = error_of({"--config", "/nonexistent/config.yaml"});
  expect_contains(message, "--config");
  expect_contains(message, "/nonexistent/config.yaml");
  expect_contains(error_of({"--config", testing::TempDir()}), testing::TempDir());
}

// --- unprotect-offerings

TEST(Options, unprotect_offerings_takes_where_the_cluster_and_the_lease_are) {
  const auto command = parse_command_line(
      {"unprotect-offerings", "--kubeconfig", "/tmp/config", "--namespace", "operators"});
  ASSERT_TRUE(command.ok());
  const auto& options = std::get<UnprotectOptions>(*command);
  EXPECT_EQ(options.kubeconfig, "/tmp/config");
  EXPECT_EQ(options.namespace_, "operators");
  EXPECT_FALSE(parse_command_line({"unprotect-offerings", "--public-url", "x"}).ok());
}

// --- Help

TEST(Options, help_lists_each_setting_and_succeeds) {
  const auto command = parse({"--help"});
  ASSERT_TRUE(command.ok());
  const auto& print = std::get<Print>(*command);
  EXPECT_EQ(print.exit_code, 0);
  for (const char* flag :
       {"--kubeconfig", "--config", "--public-url", "--namespace", "--watch-namespaces",
        "--max-concurrent-reconciles", "--leader-elect", "--health-probe-bind-address",
        "--web-bind-address", "--log-level", "--provider-ca-file", "--allow-http-providers"})
    expect_contains(print.text, flag);
}

TEST(Options, the_version_is_printed_with_the_name) {
  for (const Arguments& arguments : {Arguments{"--version"}, Arguments{"run", "--version"}}) {
    const auto command = parse_command_line(arguments);
    ASSERT_TRUE(command.ok());
    const auto& print = std::get<Print>(*command);
    EXPECT_EQ(print.exit_code, 0);
    expect_contains(print.text, "integration-operator 0.");
  }
}

TEST(Options, help_is_there_without_a_command_too) {
  const auto help = parse_command_line({"--help"});
  ASSERT_TRUE(help.ok());
  EXPECT_EQ(std::get<Print>(*help).exit_code, 0);
  expect_contains(std::get<Print>(*help).text, "run");
  const auto nothing = parse_command_line({});
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(std::get<Print>(*nothing).exit_code, 2);
}

}  // namespace
}  // namespace op
