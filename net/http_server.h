// A small HTTP/1.1 server on Boost.Beast for probes, metrics and the web port.
//
// Guarantees, whatever clients do (tests/unit/net/http_server_test.cc):
// - A new connection is accepted as long as any other one can be given up for it. A full server
//   closes the connection that has waited the longest between requests, then the one whose request
//   has been incomplete the longest, then the one whose answer has waited the longest to be read.
//   An address that has max_connections_per_address gives up one of its own first, so that no
//   address can take all the places. A request that a handler works on is never given up.
// - A request for which `answered_at_once` holds is handled on a thread of its own kind: no other
//   request is in front of it. Of the others at most max_waiting_requests wait for one of
//   `threads`; the next ones are answered 503 at once.
// - Memory stays below max_connections * (max_header_bytes + max_body_bytes + 24 KiB) +
//   max_answer_bytes + one answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"

namespace net {

struct ServerRequest {
  std::string method;
  std::string target;  // as sent: path and query
  std::string path;    // the part before '?'; not decoded
  std::string query;
  Headers headers;
  std::string body;
  std::string remote_address;
  SteadyTime received{};  // when its last byte was read
};

struct ServerResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

struct ServerTls {
  std::string cert_chain_pem;
  SecretString key_pem;
};

struct HttpServerOptions {
  std::string address = "0.0.0.0";          // IPv4 or IPv6; empty: every address of both families
  std::uint16_t port = 0;                   // 0: the system chooses; see port()
  int threads = 2;                          // how many handlers may run at once
  std::size_t max_header_bytes = 16 << 10;  // 431
  std::size_t max_body_bytes = 64 << 10;    // 413
  std::size_t max_connections = 256;
  // Half of all: a proxy in front of the server is one address, and has room.
  std::size_t max_connections_per_address = 128;
  std::size_t max_waiting_requests = 64;                  // for a handler's thread; 503
  std::size_t max_answer_bytes = 8 << 20;                 // that wait to be read, together
  Duration first_byte_timeout = std::chrono::seconds{5};  // of a new connection
  Duration request_timeout =
      std::chrono::seconds{10};                      // from the first byte to the last of a request
  Duration idle_timeout = std::chrono::seconds{30};  // between requests of a connection
  // Requests whose handler neither waits nor computes, e.g. probes; null: none. Called on the
  // server's own thread.
  std::function<bool(const ServerRequest&)> answered_at_once = {};
  std::optional<ServerTls> tls = std::nullopt;
};

// "ADDRESS:PORT", "[IPV6]:PORT" or ":PORT" (every address), as controller-runtime's bind-address
// flags have it.
struct BindAddress {
  std::string address;
  std::uint16_t port = 0;
};
// Invalid: it is not one of these; the message says what is wrong.
Result<BindAddress> parse_bind_address(const std::string& text);

// Runs on threads of its own from start() to stop() (or destruction). start and stop: from one
// thread.
class HttpServer {
 public:
  using Handler =
      std::function<ServerResponse(const ServerRequest&)>;  // called from several threads at once

  // Listens; the error names the address. A handler that throws, or whose answer is not valid HTTP,
  // becomes a 500 without details for the client, and a line in the log with method, path and the
  // exception's type (its text may quote a secret).
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting, gives requests under way `grace` to end, then closes everything. Idempotent.
  virtual void stop(Duration grace) = 0;
};

}  // namespace net
