// Peers that speak bytes and not HTTP: for everything that a well-behaved one would not do.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net {

// A blocking socket. Reads and writes end when either side closes.
class RawSocket {
 public:
  explicit RawSocket(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  // False once the other side is gone.
  bool write(std::string_view bytes);
  // False if it would have to wait for longer than `milliseconds`, or the other side is gone.
  bool write_within(std::string_view bytes, int milliseconds);
  // One HTTP message: its head, and a body of Content-Length bytes. Empty if the other side closed
  // before its end.
  std::string read_message();
  // Everything until the other side closes.
  std::string read_all();
  // Closes in a way that resets the connection.
  void reset();
  void shutdown();
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::string unread_;
};

// Listens on 127.0.0.1 and runs `script` on a thread of its own for each connection, which is
// closed after it.
class RawPeer {
 public:
  using Script = std::function<void(RawSocket&)>;
  explicit RawPeer(Script script);
  ~RawPeer();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view scheme = "http") const;
  int connections() const { return connections_; }

 private:
  void serve();

  Script script_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  bool closing_ = false;
  std::list<RawSocket> sockets_;
  std::vector<std::jthread> scripts_;
  std::jthread acceptor_thread_;
};

// A connection to 127.0.0.1, or to ::1.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const char* address = "127.0.0.1");
  RawSocket* operator->() { return &socket_; }

 private:
  boost::asio::io_context io_;
  RawSocket socket_;
};

// "HTTP/1.1 200 OK", Content-Length and `body`.
std::string ok_response(std::string_view body);
// One chunk of a chunked body.
std::string chunk(std::string_view bytes);
extern const char* const kChunkedHead;

}  // namespace net
