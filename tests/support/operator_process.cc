#include "support/operator_process.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "net/crypto.h"
#include "net/json.h"

namespace support {

namespace {

std::string free_port() {
  auto server = net::HttpServer::start(
      {.address = "127.0.0.1"},
      [](const net::ServerRequest&, std::stop_token) { return net::ServerResponse{}; });
  const std::string port = std::to_string((*server)->port());
  (*server)->stop(std::chrono::seconds{0});
  return port;
}

// The build's binary, or that of another build (dev/test: one with sanitizers).
std::string binary() {
  const char* other = std::getenv("OPERATOR_BINARY");
  return other == nullptr || *other == '\0' ? OPERATOR_BINARY : other;
}

// Returns the id of the token in a ServiceAccount's kubeconfig, as the API server writes it
// (k8s.io/apiserver, serviceaccount.CredentialIDKey).
std::string credential_in(const std::string& kubeconfig) {
  std::ifstream file(kubeconfig);
  const std::string token = net::Json::parse(file).at("users").at(0).at("user").at("token");
  const std::size_t begin = token.find('.') + 1;
  std::string payload = token.substr(begin, token.rfind('.') - begin);
  std::replace(payload.begin(), payload.end(), '-', '+');  // base64url, without its padding
  std::replace(payload.begin(), payload.end(), '_', '/');
  payload.append((4 - payload.size() % 4) % 4, '=');
  return "JTI=" + net::Json::parse(*net::parse_base64(payload)).at("jti").get<std::string>();
}

// Returns the value of a flag of `flags`, or `usual`.
std::string flag(const std::vector<std::string>& flags, const std::string& name,
                 const std::string& usual) {
  const auto given = std::find(flags.begin(), flags.end(), name);
  return given == flags.end() ? usual : *std::next(given);
}

}  // namespace

std::string operator_kubeconfig(Cluster& cluster, const std::string& server,
                                const std::string& ns) {
  std::string path =
      cluster.temporary_path("operator-" + net::hex(net::random_bytes(4)) + ".kubeconfig");
  const Finished made =
      run({std::string{PROJECT_SOURCE_DIR} + "/dev/control-plane/kubeconfig-for-serviceaccount.sh",
           cluster.directory(), ns, "integration-operator", path});
  if (made.exit_code != 0) {
    std::fprintf(stderr, "cannot go on: no kubeconfig for the operator: %s\n", made.err.c_str());
    std::abort();
  }
  if (!server.empty()) {
    net::Json config = net::Json::parse(std::ifstream(path));
    config.at("clusters").at(0)["cluster"] = {{"server", server}};
    std::ofstream(path) << config;
  }
  return path;
}

OperatorProcess::OperatorProcess(Cluster& cluster, const std::vector<std::string>& flags,
                                 const std::map<std::string, std::string>& environment) {
  const std::string unique = net::hex(net::random_bytes(4));
  const std::string ns = flag(flags, "--namespace", namespace_);
  std::string kubeconfig = flag(flags, "--kubeconfig", "");
  if (kubeconfig.empty()) kubeconfig = operator_kubeconfig(cluster, {}, ns);
  credential_ = credential_in(kubeconfig);
  const std::string port = free_port();
  probe_url_ = "http://127.0.0.1:" + port;
  log_file_ = cluster.temporary_path("operator-" + unique + ".log");
  public_url_ = flag(flags, "--public-url", public_url_);
  std::vector<std::string> command{binary(),
                                   "run",
                                   "--health-probe-bind-address",
                                   "127.0.0.1:" + port,
                                   "--web-bind-address",
                                   "",
                                   "--allow-http-providers",
                                   "--log-level",
                                   "debug"};
  command.insert(command.end(), flags.begin(), flags.end());
  const auto add_where_missing = [&](const std::string& name, const std::string& value) {
    if (std::find(flags.begin(), flags.end(), name) == flags.end())
      command.insert(command.end(), {name, value});
  };
  add_where_missing("--namespace", ns);
  add_where_missing("--kubeconfig", kubeconfig);
  add_where_missing("--public-url", public_url_);
  http_ = std::move(*net::make_http_client({.reuse_connections = false}));
  process_ = std::make_unique<Process>(
      ProcessOptions{.command = command, .environment = environment, .log_file = log_file_});
  await_ready();
}

OperatorProcess::~OperatorProcess() { stop(); }

// A process offers no event for "ready"; this polls its own probe, as a kubelet would.
void OperatorProcess::await_ready() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  net::HttpRequest request;
  request.url = probe_url_ + "/readyz";
  while (std::chrono::steady_clock::now() < end && process_->running()) {
    const auto response = http_->send(request, {});
    if (response.ok() && response->status == 200) return;
    process_->wait(std::chrono::milliseconds{20});
  }
  std::fprintf(stderr, "cannot go on: the operator did not become ready; its log:\n%s\n",
               log().c_str());
  std::abort();
}

std::string OperatorProcess::metrics() {
  net::HttpRequest request;
  request.url = probe_url_ + "/metrics";
  const auto response = http_->send(request, {});
  return response.ok() ? response->body : "";
}

double OperatorProcess::metric_sum(const std::string& family) {
  double sum = 0;
  std::istringstream lines(metrics());
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(family + "{") || line.starts_with(family + " "))
      sum += std::stod(line.substr(line.rfind(' ') + 1));
  return sum;
}

std::string OperatorProcess::log() const {
  std::ifstream file(log_file_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string OperatorProcess::end_of_log() const {
  constexpr std::size_t kEnough = 6000;
  const std::string all = log();
  return all.size() < kEnough ? all : all.substr(all.size() - kEnough);
}

int OperatorProcess::stop(std::chrono::milliseconds limit) {
  process_->signal(SIGTERM);
  return process_->wait(limit).value_or(-1);
}

}  // namespace support
