#include "operator/verify_options.h"

#include <gtest/gtest.h>

#include "operator/options.h"

namespace op {
namespace {

using Arguments = std::vector<std::string>;

Arguments with(const Arguments& more) {
  Arguments all{"verify",
                "--offering",
                "offering.yaml",
                "--client-id",
                "app",
                "--client-secret-file",
                "secret",
                "--callback-url",
                "https://connect.example/oauth/callback/acme"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

VerifyOptions options_of(const Arguments& arguments) {
  const auto command = parse_command_line(arguments);
  EXPECT_TRUE(command.ok()) << (command.ok() ? "" : command.error().message);
  if (!command.ok() || !std::holds_alternative<VerifyOptions>(*command)) return {};
  return std::get<VerifyOptions>(*command);
}

std::string error_of(const Arguments& arguments) {
  const auto command = parse_command_line(arguments);
  EXPECT_FALSE(command.ok()) << "accepted";
  return command.ok() ? "" : command.error().message;
}

TEST(VerifyOptions, flags_are_read) {
  const VerifyOptions options =
      options_of(with({"--scope", "openid", "--scope", "api:read", "--output", "json", "--explain",
                       "--allow-http-providers", "--provider-ca-file", "ca.pem"}));
  EXPECT_EQ(options.offering_file, "offering.yaml");
  EXPECT_EQ(options.client_id, "app");
  EXPECT_EQ(options.client_secret_file, "secret");
  EXPECT_EQ(options.scopes, (Arguments{"openid", "api:read"}));
  EXPECT_EQ(options.output, OutputFormat::Json);
  EXPECT_TRUE(options.explain);
  EXPECT_TRUE(options.allow_http_providers);
  EXPECT_EQ(options.provider_ca_file, "ca.pem");
  EXPECT_EQ(options_of(with({})).output, OutputFormat::Text);
}

TEST(VerifyOptions, standard_input_can_be_only_one_thing) {
  const std::string error =
      error_of({"verify", "--offering", "-", "--client-id", "app", "--client-secret-file", "-",
                "--callback-url", "https://connect.example/cb"});
  EXPECT_NE(error.find("--offering - and --client-secret-file -"), std::string::npos) << error;
}

TEST(VerifyOptions, a_secret_on_the_command_line_is_refused_and_not_repeated) {
  for (const Arguments& arguments :
       {Arguments{"--client-secret", "hunter2-hunter2"}, {"--client-secret=hunter2-hunter2"}}) {
    const std::string error = error_of(with(arguments));
    EXPECT_NE(error.find("--client-secret-file"), std::string::npos) << error;
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
  }
}

TEST(VerifyOptions, what_is_missing_unknown_or_wrong_is_named) {
  const auto expect_named = [](const Arguments& arguments, const std::string& flag) {
    const std::string error = error_of(arguments);
    EXPECT_NE(error.find(flag), std::string::npos) << error;
  };
  expect_named({"verify"}, "--");
  expect_named(with({"--ofering", "x"}), "--ofering");
  expect_named(with({"--output", "yaml"}), "--output");
  expect_named(with({"--scope", "openid email"}), "--scope");
  expect_named({"verify", "--offering", "f", "--client-id", "app\n", "--client-secret-file", "s",
                "--callback-url", "https://connect.example/cb"},
               "--client-id: ends with a newline");
  expect_named({"verify", "--offering", "f", "--client-id", "app", "--client-secret-file", "s",
                "--callback-url", "connect.example/cb"},
               "--callback-url");
}

TEST(VerifyOptions, the_help_lists_every_exit_code) {
  const auto command = parse_command_line({"verify", "--help"});
  ASSERT_TRUE(command.ok());
  const std::string& help = std::get<Print>(*command).text;
  for (const char* line : {"0  Verified", "2  InvalidCredentials", "3  CredentialsRejected",
                           "4  CallbackRejected", "5  ScopesRejected", "6  GrantNotAllowed",
                           "7  Unverifiable", "8  Unreachable", "9  OfferingNotReady"})
    EXPECT_NE(help.find(line), std::string::npos) << help;
}

}  // namespace
}  // namespace op
