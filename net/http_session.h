// One connection of an HttpServer: reads requests, has them handled, writes the answers.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "net/http_server.h"

namespace net {

class HttpSession;

// What the connections of one server share. Used on the server's I/O thread only, `handler` apart.
struct SessionContext {
  HttpServerOptions options;
  HttpServer::Handler handler;
  boost::asio::thread_pool& workers;  // where `handler` runs
  std::function<void(const std::shared_ptr<HttpSession>&)> on_closed;
  bool stopping = false;  // answers close their connection
};

// To be used on the server's I/O thread. Calls on_closed exactly once, after which it does nothing.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  virtual void start() = 0;
  virtual void close() = 0;
  // Closes the connection unless a request is under way.
  virtual void close_if_idle() = 0;
};

// `tls` is null for plain HTTP. `context` and `tls` must outlive the session.
std::shared_ptr<HttpSession> make_session(boost::asio::ip::tcp::socket socket,
                                          boost::asio::ssl::context* tls, SessionContext& context);

}  // namespace net
