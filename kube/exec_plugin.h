// Exec credential plug-ins: a command of the kubeconfig that prints a token or a client certificate
// (KEP-541, client.authentication.k8s.io; client-go, plugin/pkg/client/auth/exec).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/clock.h"
#include "net/json.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace kube {

struct ExecPlugin {
  std::string command;  // a path, or a name that is looked up in PATH
  std::vector<std::string> arguments = {};
  std::map<std::string, std::string> environment = {};
  std::string api_version = "client.authentication.k8s.io/v1";
  net::Json cluster = nullptr;    // spec.cluster for the plug-in; null: provideClusterInfo is false
  std::string install_hint = {};  // for people who do not have the command
  std::string source = {};        // where it is configured, for messages: file, user and field
  // The longest that a request itself may take by default: a plug-in that asks a cloud for a token
  // makes a request or two. client-go knows no limit, and hangs with its plug-in.
  net::Duration time_limit = std::chrono::seconds{30};
};

struct ExecCredential {
  net::SecretString token = {};  // empty: the certificate alone
  std::string client_certificate_pem = {};
  net::SecretString client_key_pem = {};
  std::optional<net::SystemTime> expires = std::nullopt;  // nothing: until it is refused
};

// The value of KUBERNETES_EXEC_INFO: an ExecCredential without a status, never interactive.
std::string exec_info(const ExecPlugin& plugin);

// Parses the output of a plug-in. Refused: no JSON, another kind or apiVersion, neither token nor
// certificate, a certificate without its key (or with another's), a token that fits no header, and
// a credential already expired at `now`. The error never quotes the output.
net::Result<ExecCredential> parse_exec_credential(std::string_view output,
                                                  const std::string& api_version,
                                                  net::SystemTime now);

// Runs the plug-in once and blocks meanwhile; its process group is killed at a stop and at the time
// limit. Unauthorized, or Cancelled: the error names plugin.source, the command, what went wrong
// (with the end of its standard error; its standard output is secret) and what to do.
net::Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin, net::Clock& clock,
                                            std::stop_token stop);

// The credential of a plug-in, kept while it is valid. Thread-safe.
//
// The plug-in runs shortly before its credential expires and after a refusal, one run at a time.
// While the old one is valid, the run delays nobody: a lease must be renewed even with a slow
// plug-in. A caller without a valid credential waits for the run and shares its outcome. A failed
// run does not take away a valid credential.
class ExecSession {
 public:
  using Pointer = std::shared_ptr<const ExecCredential>;
  using Run = std::function<net::Result<ExecCredential>(std::stop_token stop)>;
  // `run`: run_exec_plugin, or a test's own. `clock` outlives the session.
  ExecSession(Run run, net::Clock& clock) : run_(std::move(run)), clock_(clock) {}

  // A credential that holds now. Blocks while there is none and the plug-in runs for it; run's
  // error where that gives none.
  net::Result<Pointer> get(std::stop_token stop);
  // The API server refuses `used`: the next get() asks for another, unless somebody already has.
  void refused(const Pointer& used);

 private:
  bool holds() const NET_REQUIRES(mutex_);
  bool is_due() const NET_REQUIRES(mutex_);
  bool has_just_failed() const NET_REQUIRES(mutex_);
  net::Result<Pointer> held_or_error() const NET_REQUIRES(mutex_);
  // Gives `lock` up while the plug-in runs.
  net::Result<Pointer> run(std::unique_lock<std::mutex>& lock, std::stop_token stop)
      NET_REQUIRES(mutex_);
  void run_aside() NET_REQUIRES(mutex_);
  void take(ExecCredential fresh) NET_REQUIRES(mutex_);

  const Run run_;
  net::Clock& clock_;
  const net::Logger log_{"credentials"};
  net::Mutex mutex_;
  std::condition_variable_any run_ended_;
  Pointer current_ NET_GUARDED_BY(mutex_);
  bool refused_ NET_GUARDED_BY(mutex_) = false;
  std::optional<net::SystemTime> renew_at_ NET_GUARDED_BY(mutex_);  // nothing: when it is refused
  net::SteadyTime ended_at_ NET_GUARDED_BY(mutex_){};               // of the last run
  std::optional<net::Error> last_error_ NET_GUARDED_BY(mutex_);     // of the last run, if it failed
  bool running_ NET_GUARDED_BY(mutex_) = false;
  std::uint64_t runs_ NET_GUARDED_BY(mutex_) = 0;  // that have ended
  std::jthread aside_ NET_GUARDED_BY(mutex_);  // ends, and is waited for, before all of the above
};

}  // namespace kube
