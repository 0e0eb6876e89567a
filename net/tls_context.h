// A client's side of TLS: whom it trusts, who it is, and why it did not believe a peer.
#pragma once

#include <openssl/types.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "net/mutex.h"
#include "net/result.h"

namespace net {

// Facts about the connections of one HttpClient or one request. Thread-safe.
class TlsTrace {
 public:
  // `on_excess` is called once, within a read, when more than `limit` bytes of TLS records have
  // arrived.
  void limit_received(std::size_t limit, std::function<void()> on_excess);
  void count_received(std::size_t bytes);

  void peer_refused(std::string reason);
  void peer_believed();
  // Why the last peer was refused; empty if it was not.
  std::string refusal() const;

 private:
  mutable Mutex mutex_;
  std::string refusal_ NET_GUARDED_BY(mutex_);
  std::atomic<std::size_t> received_{0};
  std::size_t limit_ = 0;
  std::function<void()> on_excess_;
};

// Parsed once, applied to every connection. Immutable and thread-safe.
class TlsContext {
 public:
  // Invalid: a certificate or key cannot be read; the message says which.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options,
                                                        std::string_view more_ca_pem = {});

  // Sets up `context` for connections to `host`. The certificate must name `host`, or the options'
  // server_name, among its subject alternative names; its common name does not count.
  void apply(SSL_CTX* context, const std::string& host, std::shared_ptr<TlsTrace> trace) const;
  bool verifies_peer() const { return verify_peer_; }

 private:
  std::shared_ptr<X509_STORE> roots_;
  std::vector<std::shared_ptr<X509>> certificates_;  // our own, then its chain
  std::shared_ptr<EVP_PKEY> key_;
  std::string server_name_;
  bool verify_peer_ = true;
};

// Why OpenSSL gave up, from the packed error number that Asio passes on; empty if it is not one.
std::string tls_reason(unsigned long packed_error);

}  // namespace net
