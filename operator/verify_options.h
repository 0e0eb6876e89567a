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
  std::vector<std::string> scopes;  // empty: those that the Offering requires
  OutputFormat output = OutputFormat::Text;
  bool explain = false;
  std::string provider_ca_file;
  bool allow_http_providers = false;
};

// The subcommand, with `options` filled while the command line is parsed. `options` outlives `app`.
CLI::App* add_verify_command(CLI::App& app, VerifyOptions& options);

// A secret among the arguments: Invalid, and the message does not repeat it, as CLI11's would.
net::Status refuse_secrets(const std::vector<std::string>& arguments);

// What only all flags together can say: Invalid, with the flag's name.
net::Status check(const VerifyOptions& options);

}  // namespace op
