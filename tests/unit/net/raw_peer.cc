#include "raw_peer.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstdlib>

namespace net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::socket connected(asio::io_context& io, const char* address, std::uint16_t port) {
  tcp::socket socket(io);
  socket.connect({asio::ip::make_address(address), port});
  return socket;
}

std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length:");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
}

}  // namespace

const char* const kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

bool RawSocket::write(std::string_view bytes) {
  boost::system::error_code error;
  asio::write(socket_, asio::buffer(bytes), error);
  return !error;
}

bool RawSocket::write_within(std::string_view bytes, int milliseconds) {
  const timeval time{milliseconds / 1000, milliseconds % 1000 * 1000};
  setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawSocket::read_message() {
  boost::system::error_code error;
  const auto more = [&] {
    char bytes[4096];
    const std::size_t size = socket_.read_some(asio::buffer(bytes), error);
    unread_.append(bytes, size);
    return !error;
  };
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return {};
  }
  const std::size_t size = end + 4 + content_length(unread_.substr(0, end));
  while (unread_.size() < size) {
    if (!more()) return {};
  }
  const std::string message = unread_.substr(0, size);
  unread_.erase(0, size);
  return message;
}

std::string RawSocket::read_all() {
  boost::system::error_code error;
  std::string all = std::exchange(unread_, {});
  asio::read(socket_, asio::dynamic_buffer(all), error);
  return all;
}

void RawSocket::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void RawSocket::shutdown() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

RawPeer::RawPeer(Script script)
    : script_(std::move(script)),
      acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()),
      acceptor_thread_([this] { serve(); }) {}

RawPeer::~RawPeer() {
  {
    const std::lock_guard guard(mutex_);
    closing_ = true;
    for (RawSocket& socket : sockets_) socket.shutdown();
  }
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the accept
  acceptor_thread_.join();
}

std::string RawPeer::url(std::string_view scheme) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + "/";
}

void RawPeer::serve() {
  while (true) {
    boost::system::error_code error;
    tcp::socket accepted = acceptor_.accept(error);
    if (error) return;
    const std::lock_guard guard(mutex_);
    if (closing_) return;
    RawSocket& socket = sockets_.emplace_back(std::move(accepted));
    ++connections_;
    scripts_.emplace_back([this, &socket] {
      script_(socket);
      const std::lock_guard closing(mutex_);
      boost::system::error_code ignored;
      socket.socket().close(ignored);
    });
  }
}

RawClient::RawClient(std::uint16_t port, const char* address)
    : socket_(connected(io_, address, port)) {}

std::string ok_response(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string chunk(std::string_view bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size) + std::string(bytes) + "\r\n";
}

}  // namespace net
