// A small HTTP/1.1 server on Boost.Beast for probes, metrics and the web port: every size, count
// and time has a bound.
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
  int max_connections = 256;                // the next ones wait in the listen queue
  Duration request_timeout =
      std::chrono::seconds{10};                      // from the first byte to the last of a request
  Duration idle_timeout = std::chrono::seconds{30};  // between requests of a connection
  std::optional<ServerTls> tls;
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

  // Listens; the error names the address. A handler that throws becomes a 500 without details.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting, gives requests under way `grace` to end, then closes everything. Idempotent.
  virtual void stop(Duration grace) = 0;
};

}  // namespace net
