// The credentials of a client and the authorities that it trusts, kept up to date while it runs:
// token files, certificate files, exec plug-ins (client-go: transport/token_source.go,
// ca_rotation.go and cert_rotation.go, plugin/pkg/client/auth/exec).
#pragma once

#include <memory>
#include <stop_token>

#include "kube/config.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace kube {

// The credentials of one request.
struct Credential {
  net::SecretString authorization;  // the Authorization header's value; empty: there is none
  // Never null. Another pointer than before: other roots, or another certificate of our own;
  // later requests need new connections.
  std::shared_ptr<const net::TlsOptions> tls;
  friend bool operator==(const Credential&, const Credential&) = default;
};

// Thread-safe. Several clients may share one, so that a plug-in runs once for all of them.
//
// Files are looked at at most once a minute, and at once after a refusal; a plug-in runs shortly
// before its credential expires, and after a refusal, one run at a time. A failed
// renewal (a half-written file, a plug-in that fails) is logged, and the old credential stays while
// it is valid.
class Credentials {
 public:
  // Invalid: certificates or key of the config cannot be used. Runs nothing. `clock` outlives it.
  static net::Result<std::shared_ptr<Credentials>> create(const ClusterConfig& config,
                                                          net::Clock& clock = net::system_clock());
  ~Credentials();

  // For a request that begins now. Blocks while a plug-in runs for it. Unauthorized where nothing
  // can be had: the message says of what file or command, and what to do.
  net::Result<Credential> current(std::stop_token stop);
  // After a 401 to what was sent with `used`: is there another credential now? Blocks likewise.
  bool renewed(const Credential& used, std::stop_token stop);
  // After a TLS failure: the files are looked at again before the next request.
  void distrusted();
  // As of the last current(), or as configured.
  std::shared_ptr<const net::TlsOptions> tls() const;

 private:
  struct Impl;
  explicit Credentials(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kube
