#include "kube/exec_plugin.h"

#include <algorithm>
#include <utility>

#include "kube/bearer.h"
#include "kube/meta.h"
#include "kube/subprocess.h"
#include "net/time_format.h"
#include "net/tls_context.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;
using net::Json;

constexpr const char* kKind = "ExecCredential";
// A plug-in runs anew this long before its credential expires, or in the last tenth of a short
// life: a request under way must not arrive with a credential that has just expired.
constexpr net::Duration kEarly = std::chrono::seconds{30};
// How soon a plug-in is started again at the earliest, after it failed or gave what is refused: a
// thousand waiting keys must not start a thousand processes.
constexpr net::Duration kPause = std::chrono::seconds{2};

Error invalid(std::string message) { return Error{ErrorCode::Invalid, std::move(message)}; }

// Text of foreign origin in one printable line.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

net::Result<ExecCredential> decode_status(const Json& status, net::SystemTime now) {
  ExecCredential credential;
  credential.token = net::SecretString(net::string_member(status, "token"));
  credential.client_certificate_pem = net::string_member(status, "clientCertificateData");
  credential.client_key_pem = net::SecretString(net::string_member(status, "clientKeyData"));
  if (credential.client_certificate_pem.empty() != credential.client_key_pem.empty()) {
    return invalid("status has only one of clientCertificateData and clientKeyData");
  }
  if (credential.token.empty() && credential.client_certificate_pem.empty()) {
    return invalid("status has neither a token nor clientCertificateData and clientKeyData");
  }
  if (!is_bearer_token(credential.token.reveal())) {
    return invalid("status.token contains a white space or control character");
  }
  if (!credential.client_certificate_pem.empty()) {
    net::TlsOptions tls;
    tls.system_roots = false;
    tls.client_cert_pem = credential.client_certificate_pem;
    tls.client_key_pem = credential.client_key_pem;
    const auto usable = net::TlsContext::make(tls);
    if (!usable.ok()) return invalid("its certificate cannot be used: " + usable.error().message);
  }
  const auto expires = status.find("expirationTimestamp");
  if (expires == status.end() || expires->is_null()) return credential;
  const std::string text = net::string_member(status, "expirationTimestamp");
  const auto time = net::parse_rfc3339(text);
  if (!time.ok()) return invalid("status.expirationTimestamp is not an RFC 3339 time");
  if (*time <= now) {
    return invalid("its credential expired at " + net::format_rfc3339(*time) +
                   ": check its cache and this machine's clock");
  }
  credential.expires = *time;
  return credential;
}

net::Result<ExecCredential> decode(const Json& json, const std::string& api_version,
                                   net::SystemTime now) {
  if (!json.is_object()) return invalid("it printed no JSON object");
  if (net::string_member(json, "kind") != kKind) {
    return invalid(std::string("it printed an object whose kind is not ") + kKind);
  }
  if (net::string_member(json, "apiVersion") != api_version) {
    return invalid("it printed another apiVersion than " + api_version +
                   ": set exec.apiVersion to the version that the plug-in uses");
  }
  const auto status = json.find("status");
  if (status == json.end() || !status->is_object()) {
    return invalid("it printed an ExecCredential without a status");
  }
  return decode_status(*status, now);
}

Error cannot_start(const ExecPlugin& plugin, const Error& error) {
  std::string message = plugin.source + ": cannot run " + plugin.command + ": " + error.message;
  message += plugin.install_hint.empty()
                 ? "; install it, or correct exec.command"
                 : "; the kubeconfig says: " + one_line(plugin.install_hint);
  return Error{ErrorCode::Unauthorized, std::move(message)};
}

Error failed(const ExecPlugin& plugin, const std::string& how, const std::string& errors) {
  std::string message = plugin.source + ": " + plugin.command + ": " + how;
  if (const std::string said = one_line(errors); !said.empty()) message += "; it said: " + said;
  return Error{ErrorCode::Unauthorized, message + "; run it by hand to see what it needs"};
}

}  // namespace

std::string exec_info(const ExecPlugin& plugin) {
  Json info = {
      {"apiVersion", plugin.api_version}, {"kind", kKind}, {"spec", {{"interactive", false}}}};
  if (!plugin.cluster.is_null()) info["spec"]["cluster"] = plugin.cluster;
  return info.dump(-1, ' ', false, Json::error_handler_t::replace);
}

net::Result<ExecCredential> parse_exec_credential(std::string_view output,
                                                  const std::string& api_version,
                                                  net::SystemTime now) {
  auto json = net::parse_json(output);
  if (!json.ok()) return invalid("it printed no JSON (" + json.error().message + ")");
  auto credential = decode(*json, api_version, now);
  wipe(*json);
  return credential;
}

net::Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin, net::Clock& clock,
                                            std::stop_token stop) {
  Command command{.words = {plugin.command},
                  .environment = plugin.environment,
                  .time_limit = plugin.time_limit};
  command.words.insert(command.words.end(), plugin.arguments.begin(), plugin.arguments.end());
  command.environment["KUBERNETES_EXEC_INFO"] = exec_info(plugin);

  auto result = run_command(command, stop);
  if (!result.ok()) {
    const Error& error = result.error();
    if (error.code == ErrorCode::Cancelled) return error;
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::Forbidden) {
      return cannot_start(plugin, error);
    }
    return failed(plugin, error.message, "");
  }
  if (result->exit_code != 0) {
    net::wipe(result->output);
    return failed(plugin, "it failed with exit code " + std::to_string(result->exit_code),
                  result->errors);
  }
  auto credential = parse_exec_credential(result->output, plugin.api_version, clock.now());
  net::wipe(result->output);
  if (!credential.ok()) return failed(plugin, credential.error().message, result->errors);
  return credential;
}

bool ExecSession::holds() const {
  return current_ && (!current_->expires || clock_.now() < *current_->expires);
}

bool ExecSession::is_due() const {
  return !holds() || refused_ || (renew_at_ && clock_.now() >= *renew_at_);
}

bool ExecSession::has_just_failed() const {
  return last_error_ && clock_.steady() - ended_at_ < kPause;
}

net::Result<ExecSession::Pointer> ExecSession::held_or_error() const {
  if (holds()) return current_;
  return *last_error_;
}

net::Result<ExecSession::Pointer> ExecSession::get(std::stop_token stop) {
  net::MutexLock lock(mutex_);
  while (is_due()) {
    if (!running_ && has_just_failed()) return held_or_error();
    if (holds() && !refused_) {
      if (!running_) run_aside();
      return current_;
    }
    if (!running_) return run(lock, stop);
    const std::uint64_t before = runs_;
    if (!clock_.wait_until(lock, run_ended_, stop, net::SteadyTime::max(),
                           [&]() NET_REQUIRES(mutex_) { return runs_ != before; })) {
      return Error{ErrorCode::Cancelled, "stopped"};
    }
    // A run that was stopped was stopped for the sake of who started it: then it is this one's
    // turn.
    if (last_error_) return held_or_error();
  }
  return current_;
}

net::Result<ExecSession::Pointer> ExecSession::run(std::unique_lock<std::mutex>& lock,
                                                   std::stop_token stop) {
  running_ = true;
  lock.unlock();
  auto fresh = run_(stop);
  lock.lock();
  running_ = false;
  ++runs_;
  ended_at_ = clock_.steady();
  last_error_.reset();
  run_ended_.notify_all();
  if (fresh.ok()) {
    take(std::move(*fresh));
    return current_;
  }
  if (fresh.error().code == ErrorCode::Cancelled) return fresh.error();
  last_error_ = fresh.error();
  if (holds()) {
    log_.warn("The plug-in gave no new credential. The client uses the last one until it expires",
              {{"err", fresh.error()}});
  }
  return held_or_error();
}

// The thread of the last such run needs no lock any more: it let go of it as it ended.
void ExecSession::run_aside() {
  running_ = true;
  aside_ = std::jthread([this](std::stop_token stop) {
    net::MutexLock lock(mutex_);
    static_cast<void>(run(lock, stop));  // it leaves its outcome behind
  });
}

void ExecSession::take(ExecCredential fresh) {
  refused_ = false;
  renew_at_.reset();
  if (fresh.expires) {
    const net::Duration life = *fresh.expires - clock_.now();
    renew_at_ = *fresh.expires -
                std::chrono::duration_cast<net::SystemTime::duration>(std::min(kEarly, life / 10));
  }
  current_ = std::make_shared<const ExecCredential>(std::move(fresh));
}

void ExecSession::refused(const Pointer& used) {
  const net::MutexLock lock(mutex_);
  if (used == current_ && clock_.steady() - ended_at_ >= kPause) refused_ = true;
}

}  // namespace kube
