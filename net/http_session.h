// One connection of an HttpServer: reads requests, has them handled, writes the answers.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/http_server.h"
#include "net/request_log.h"
#include "net/worker_pool.h"

namespace net {

class HttpSession;

// Shared by the connections of one server. Used on the server's I/O thread only, `handler` apart.
struct SessionContext {
  HttpServerOptions options;
  HttpServer::Handler handler;
  HttpServerObserver& observer;
  WorkerPool& workers;          // where `handler` runs
  WorkerPool& reserved_worker;  // where it runs for answered_at_once
  std::function<void(const std::shared_ptr<HttpSession>&)> on_closed;
  std::function<void()> on_evictable;  // a request has been answered: its connection may go
  std::function<void()> on_answering;  // answer_bytes has grown
  bool stopping = false;               // answers close their connection
  std::size_t answer_bytes = 0;        // of answers that are being written
  std::size_t streams = 0;
  RequestLog log{};
};

// To be used on the server's I/O thread. Calls on_closed exactly once, after which it does nothing.
class HttpSession {
 public:
  // In the order in which connections are given up for a new one; Handling never is.
  enum class State {
    Idle,       // between requests, or without any yet
    Reading,    // a request has begun; also the TLS handshake
    Writing,    // an answer is being written; given up only when it has been for a second
    Streaming,  // a ServerStream is being sent
    Handling,   // a handler has the request
  };
  virtual ~HttpSession() = default;
  virtual void start() = 0;
  virtual void close() = 0;
  // Closes the connection unless a request is under way; ends a stream.
  virtual void begin_to_stop() = 0;
  virtual State state() const = 0;
  virtual SteadyTime since() const = 0;  // when it came into that state
  virtual const std::string& remote_address() const = 0;
};

// `tls` is null for plain HTTP. `context` and `tls` must outlive the session.
std::shared_ptr<HttpSession> make_session(boost::asio::ip::tcp::socket socket,
                                          boost::asio::ssl::context* tls, SessionContext& context);

}  // namespace net
