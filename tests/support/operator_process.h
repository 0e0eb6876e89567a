// The operator as a process under its own ServiceAccount with the RBAC that the project ships.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "net/http_server.h"
#include "support/cluster.h"
#include "support/process.h"

namespace support {

// A new kubeconfig with the operator's ServiceAccount, of that namespace. `server`, if given, is
// between it and the API server: "http://HOST:PORT".
std::string operator_kubeconfig(Cluster& cluster, const std::string& server = {},
                                const std::string& ns = "integration-operator");

class OperatorProcess {
 public:
  // Starts `integration-operator run` (of the environment variable OPERATOR_BINARY, if set) with a
  // ServiceAccount's kubeconfig (unless `flags` name another, or a --namespace), free ports,
  // --allow-http-providers and `flags`; ready when it returns.
  explicit OperatorProcess(Cluster& cluster, const std::vector<std::string>& flags = {},
                           const std::map<std::string, std::string>& environment = {});
  ~OperatorProcess();

  // The URL that applications register for this Offering.
  std::string callback_url(const std::string& offering) const {
    return public_url_ + "/oauth/callback/" + offering;
  }
  std::string metrics();
  // One sample of the exposition, e.g. `workqueue_adds_total{...}`: the sum over all series of the
  // family.
  double metric_sum(const std::string& family);
  std::string log() const;
  std::string end_of_log() const;
  // The audit log's id of this process's own token (AuditEvent::credential).
  const std::string& credential() const { return credential_; }
  const std::string& log_file() const { return log_file_; }
  // Sends SIGTERM; returns the exit code.
  int stop(std::chrono::milliseconds limit = std::chrono::seconds{20});
  Process& process() { return *process_; }
  const std::string& probe_url() const { return probe_url_; }

  static constexpr const char* namespace_ = "integration-operator";

 private:
  void await_ready();
  std::string public_url_ = "http://localhost:18081";
  std::string probe_url_;
  std::string log_file_;
  std::string credential_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Process> process_;
};

}  // namespace support
