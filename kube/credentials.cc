#include "kube/credentials.h"

#include <optional>
#include <string>
#include <utility>

#include "kube/bearer.h"
#include "kube/exec_plugin.h"
#include "net/crypto.h"
#include "net/file.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/text.h"
#include "net/tls_context.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;
using TlsPointer = std::shared_ptr<const net::TlsOptions>;

// How often files are looked at, at most (client-go, transport.NewCachedFileTokenSource). The
// kubelet replaces a token at four fifths of its life.
constexpr net::Duration kFilesHold = std::chrono::minutes{1};

net::SecretString configured_authorization(const ClusterConfig& config) {
  if (!config.token_file.empty()) return {};
  if (!config.token.empty()) return bearer(config.token.reveal());
  if (config.username.empty() && config.password.empty()) return {};
  std::string pair = config.username + ":" + config.password.reveal();
  net::SecretString basic("Basic " + net::base64(pair));  // RFC 7617
  net::wipe(pair);
  return basic;
}

net::Result<net::SecretString> read_token(const std::string& path) {
  auto text = net::read_file(path);
  if (!text.ok()) {
    return Error{ErrorCode::Unauthorized,
                 text.error().message + ". This file must contain the API token"};
  }
  net::SecretString authorization = bearer(net::trimmed(*text));
  net::wipe(*text);
  if (authorization.empty()) {
    return Error{ErrorCode::Unauthorized,
                 path + ": is empty. This file must contain the API token"};
  }
  return authorization;
}

}  // namespace

struct Credentials::Impl {
  Impl(const ClusterConfig& with, net::Clock& by)
      : config(with),
        clock(by),
        credential{configured_authorization(with),
                   std::make_shared<const net::TlsOptions>(with.tls)},
        tls_read_at(by.steady()) {
    if (!config.exec) return;
    plugin = std::make_unique<ExecSession>(
        [this](std::stop_token stop) { return run_exec_plugin(*config.exec, clock, stop); }, clock);
  }

  net::Status refresh_token() NET_REQUIRES(mutex);
  void refresh_tls() NET_REQUIRES(mutex);
  net::Result<net::TlsOptions> read_tls() const NET_REQUIRES(mutex);
  void take(const ExecSession::Pointer& fresh) NET_REQUIRES(mutex);
  bool looked_at(const std::optional<net::SteadyTime>& when) const {
    return when && clock.steady() - *when < kFilesHold;
  }

  const ClusterConfig config;
  net::Clock& clock;
  const net::Logger log{"credentials"};
  std::unique_ptr<ExecSession> plugin;  // null: none is configured
  mutable net::Mutex mutex;
  Credential credential NET_GUARDED_BY(mutex);
  ExecSession::Pointer given NET_GUARDED_BY(mutex);  // by the plug-in: what `credential` is made of
  std::optional<net::SteadyTime> token_read_at NET_GUARDED_BY(mutex);
  std::optional<net::SteadyTime> tls_read_at NET_GUARDED_BY(mutex);
};

net::Status Credentials::Impl::refresh_token() {
  if (config.token_file.empty() || looked_at(token_read_at)) return {};
  auto fresh = read_token(config.token_file);
  if (!fresh.ok() && credential.authorization.empty()) return fresh.error();
  token_read_at = clock.steady();
  if (fresh.ok()) {
    credential.authorization = std::move(*fresh);
  } else {
    log.warn("The API token cannot be read. The client uses the last one",
             {{"err", fresh.error()}});
  }
  return {};
}

net::Result<net::TlsOptions> Credentials::Impl::read_tls() const {
  net::TlsOptions fresh = *credential.tls;
  std::string key;
  for (const auto& [path, text] : {std::pair{&config.ca_file, &fresh.ca_pem},
                                   std::pair{&config.client_cert_file, &fresh.client_cert_pem},
                                   std::pair{&config.client_key_file, &key}}) {
    if (path->empty()) continue;
    auto read = net::read_file(*path);
    if (!read.ok()) return read.error();
    if (read->empty()) return Error{ErrorCode::Invalid, *path + ": is empty"};  // half written
    *text = std::move(*read);
  }
  if (!key.empty()) fresh.client_key_pem = net::SecretString(std::move(key));
  // Certificate and key are two files, which nobody replaces at once: a pair that does not fit
  // together is not taken.
  if (const auto usable = net::TlsContext::make(fresh); !usable.ok()) return usable.error();
  return fresh;
}

void Credentials::Impl::refresh_tls() {
  const bool has_files = !config.ca_file.empty() || !config.client_cert_file.empty() ||
                         !config.client_key_file.empty();
  if (!has_files || looked_at(tls_read_at)) return;
  tls_read_at = clock.steady();
  auto fresh = read_tls();
  if (!fresh.ok()) {
    log.warn("The new certificates cannot be used. The client uses the last ones",
             {{"source", config.source}, {"err", fresh.error()}});
    return;
  }
  const net::TlsOptions& used = *credential.tls;
  if (fresh->ca_pem == used.ca_pem && fresh->client_cert_pem == used.client_cert_pem &&
      fresh->client_key_pem == used.client_key_pem) {
    return;
  }
  credential.tls = std::make_shared<const net::TlsOptions>(std::move(*fresh));
  log.info("Certificates were replaced: new connections use the new ones",
           {{"source", config.source}});
}

void Credentials::Impl::take(const ExecSession::Pointer& fresh) {
  if (fresh == given) return;
  given = fresh;
  credential.authorization = bearer(fresh->token.reveal());
  if (fresh->client_certificate_pem == credential.tls->client_cert_pem &&
      fresh->client_key_pem == credential.tls->client_key_pem) {
    return;  // a token alone needs no new connection
  }
  net::TlsOptions tls = *credential.tls;
  tls.client_cert_pem = fresh->client_certificate_pem;
  tls.client_key_pem = fresh->client_key_pem;
  credential.tls = std::make_shared<const net::TlsOptions>(std::move(tls));
}

net::Result<std::shared_ptr<Credentials>> Credentials::create(const ClusterConfig& config,
                                                              net::Clock& clock) {
  if (const auto usable = net::TlsContext::make(config.tls); !usable.ok()) {
    return Error{usable.error().code, config.source + ": " + usable.error().message};
  }
  return std::shared_ptr<Credentials>(new Credentials(std::make_unique<Impl>(config, clock)));
}

Credentials::Credentials(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Credentials::~Credentials() = default;

net::Result<Credential> Credentials::current(std::stop_token stop) {
  ExecSession::Pointer fresh;
  if (impl_->plugin) {
    auto given = impl_->plugin->get(stop);
    if (!given.ok()) return given.error();
    fresh = std::move(*given);
  }
  const net::MutexLock lock(impl_->mutex);
  if (fresh) impl_->take(fresh);
  impl_->refresh_tls();
  if (auto status = impl_->refresh_token(); !status.ok()) return status.error();
  return impl_->credential;
}

bool Credentials::renewed(const Credential& used, std::stop_token stop) {
  {
    const net::MutexLock lock(impl_->mutex);
    if (!(used == impl_->credential)) return true;
    impl_->token_read_at.reset();
    impl_->tls_read_at.reset();
    if (impl_->plugin) impl_->plugin->refused(impl_->given);
  }
  const auto fresh = current(stop);
  return fresh.ok() && !(*fresh == used);
}

void Credentials::distrusted() {
  const net::MutexLock lock(impl_->mutex);
  impl_->tls_read_at.reset();
}

TlsPointer Credentials::tls() const {
  const net::MutexLock lock(impl_->mutex);
  return impl_->credential.tls;
}

}  // namespace kube
