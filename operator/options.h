// The command line and the configuration file: the same settings, each parsed by the same function.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "net/http_server.h"
#include "net/log.h"
#include "net/result.h"
#include "operator/unprotect.h"
#include "operator/verify_options.h"

namespace op {

// `integration-operator run`.
struct RunOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, in-cluster, ~/.kube/config
  std::string public_url = "http://localhost:8081";  // without a trailing slash
  std::string namespace_;                     // the operator's own; empty: see own_namespace()
  std::vector<std::string> watch_namespaces;  // empty: all
  int max_concurrent_reconciles = 8;
  bool leader_elect = true;
  std::string health_probe_bind_address = ":8080";  // empty: not served
  std::string web_bind_address = ":8081";           // empty: not served
  net::LogLevel log_level = net::LogLevel::Info;
  std::string provider_ca_file;  // PEM, trusted for providers besides the system's roots
  bool allow_http_providers = false;
};

// A request only to print something. A Command runs, verifies, cleans up, or prints.
struct Print {
  std::string text;
  int exit_code = 0;
};
using Command = std::variant<RunOptions, VerifyOptions, UnprotectOptions, Print>;

// An error (ErrorCode::Invalid) names the flag, or file, line and setting. Flags win over the file.
net::Result<Command> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace op
