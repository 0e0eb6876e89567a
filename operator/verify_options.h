// The flags of `integration-operator verify`.
#pragma once

#include <string>
#include <vector>

#include "net/result.h"

namespace CLI {  // CLI11's own name  NOLINT(readability-identifier-naming)
class App;
}

namespace op {

enum class OutputFormat { Text, Json };

struct VerifyOptions {
  std::string offering_file;  // "-": standard input
  std::string client_id;
  std::string client_secret_file;  // "-": standard input
  std::string callback_url;
  std::vector<std::string> scopes;  // empty: the scopes that the Offering requires
  OutputFormat output = OutputFormat::Text;
  bool explain = false;
  std::string provider_ca_file;
  bool allow_http_providers = false;
};

// Adds the subcommand, which fills `options` while the command line is parsed. `options` outlives
// `app`.
CLI::App* add_verify_command(CLI::App& app, VerifyOptions& options);

// Refuses a secret in the arguments: Invalid, without repeating it, as CLI11's message would.
net::Status refuse_secrets(const std::vector<std::string>& arguments);

// Checks the flags' combination: Invalid, with the flag's name.
net::Status check(const VerifyOptions& options);

}  // namespace op
