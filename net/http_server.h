// A small HTTP/1.1 server on Boost.Asio and Boost.Beast for probes, metrics and the web port.
//
// Guarantees, whatever clients do (tests/unit/net/http_server_test.cc):
// - A new connection is accepted as long as any other one can be given up for it. A full server
//   closes the connection that has waited the longest between requests, then the one whose request
//   has been incomplete the longest, then the one whose answer has waited the longest to be read,
//   then the longest stream. An address with max_connections_per_address gives up one of its own
//   first: no address can take all the places. A request that a handler works on is
//   never given up.
// - A request for which `answered_at_once` holds is handled on a thread of its own kind: no other
//   request is in front of it. Of the others at most max_waiting_requests wait for one of
//   `threads`; the next ones are answered 503 at once.
// - Bytes that are not one request for every reader are answered 400, and the connection is closed
//   (net/request_reader.h has the list).
// - Pipelined requests are handled one after the other, and answered in order.
// - Memory stays below max_connections * (2 * max_header_bytes + max_body_bytes + 24 KiB) +
//   max_answer_bytes + one answer + what max_streams streams may hold (net/server_stream.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"
#include "net/server_observer.h"
#include "net/server_stream.h"

namespace net {

struct ServerRequest {
  std::string method;  // as sent; methods are case-sensitive
  std::string target;  // as sent: path and query, or "*"; without scheme and host
  std::string path;    // the part before '?'; not decoded
  std::string query;
  Headers headers;
  std::string body;
  std::string remote_address;
  SteadyTime received{};  // when its last byte was read
};

struct ServerResponse {
  int status = 200;  // 200 to 599
  Headers headers;   // those of framing, of the connection, and Date are the server's
  std::string body;
  std::shared_ptr<ServerStream> stream = nullptr;  // in place of `body`
};

struct ServerTls {
  std::string cert_chain_pem;
  SecretString key_pem;
};

struct HttpServerOptions {
  std::string address = "0.0.0.0";  // IPv4 or IPv6; empty: every address of both families
  std::uint16_t port = 0;           // 0: the system chooses; see port()
  int threads = 8;                  // how many handlers may run at once; started when needed
  std::size_t max_header_bytes = 16 << 10;  // 431
  std::size_t max_header_fields = 100;      // 431
  std::size_t max_body_bytes = 64 << 10;    // 413
  std::size_t max_connections = 256;
  // Half of all: a proxy in front of the server is one address, and has room.
  std::size_t max_connections_per_address = 128;
  std::size_t max_waiting_requests = 64;                  // for a handler's thread; 503
  std::size_t max_answer_bytes = 8 << 20;                 // that wait to be read, together
  std::size_t max_streams = 128;                          // 503; half of all places, as above
  Duration first_byte_timeout = std::chrono::seconds{5};  // of a new connection
  Duration request_timeout =
      std::chrono::seconds{10};                      // from the first byte to the last of a request
  Duration idle_timeout = std::chrono::seconds{30};  // between requests of a connection
  // Requests whose handler neither waits nor computes, e.g. probes; null: none. Called on the
  // server's own thread. Their 503s are counted and not logged: a probe says why itself.
  std::function<bool(const ServerRequest&)> answered_at_once = {};
  // Names the route of a request for log and metrics: one of few patterns, and never the path,
  // which its sender chooses. Called on the server's own thread. Null: none has one.
  // Router::route_of is such a function.
  std::function<std::string(const ServerRequest&)> route_of = {};
  HttpServerObserver* observer = nullptr;  // outlives the server
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
  // Called from several threads at once. The token is stopped when the client goes away, and when
  // the grace of stop() is over. A client that closes its sending half counts as gone; the answer
  // is still sent to it. (After 8 KiB of pipelined requests, it is not noticed any more.)
  using Handler = std::function<ServerResponse(const ServerRequest&, std::stop_token)>;

  // Listens; the error names the address. A handler that throws, or whose answer is not valid HTTP,
  // becomes a 500 without details for the client. Each 5xx has a line in the log with method,
  // route, status, duration and the exception's type (its text may quote a secret).
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  // Stops accepting, ends streams after what was written to them, and gives requests under way
  // `grace` to be answered, with "Connection: close". Then it closes everything, stops the tokens
  // of handlers that still run, and waits for them: they use what their owner is about to destroy.
  // It returns as soon as nothing is left. Idempotent.
  virtual void stop(Duration grace) = 0;
};

}  // namespace net
