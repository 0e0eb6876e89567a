#include "support/connect_proxy.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <mutex>
#include <thread>

namespace support {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

class ConnectProxy::Impl {
 public:
  explicit Impl(std::uint16_t upstream) : upstream_(upstream) {
    acceptor_thread_ = std::jthread([this] { serve(); });
  }
  // Closing a listener wakes no thread that waits for it: a connection does.
  ~Impl() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
      for (Tcp::socket& socket : sockets_) shut(socket);
    }
    boost::system::error_code error;
    Tcp::socket last(io_);
    last.connect(acceptor_.local_endpoint(), error);
    acceptor_thread_.join();
    tunnels_.clear();
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::vector<std::string> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  static void shut(Tcp::socket& socket) {
    boost::system::error_code error;
    socket.shutdown(Tcp::socket::shutdown_both, error);
  }

  static void relay(Tcp::socket& from, Tcp::socket& to) {
    std::array<char, 16384> buffer{};
    boost::system::error_code error;
    while (!error) {
      const std::size_t size = from.read_some(asio::buffer(buffer), error);
      if (!error) asio::write(to, asio::buffer(buffer, size), error);
    }
    shut(from);
    shut(to);
  }

  void serve() {
    for (;;) {
      boost::system::error_code error;
      Tcp::socket client = acceptor_.accept(error);
      std::lock_guard lock(mutex_);
      if (closing_ || error) return;
      Tcp::socket& near = sockets_.emplace_back(std::move(client));
      Tcp::socket& far = sockets_.emplace_back(io_);
      tunnels_.emplace_back([this, &near, &far] { tunnel(near, far); });
    }
  }

  void tunnel(Tcp::socket& near, Tcp::socket& far) {
    boost::system::error_code error;
    std::string head;
    asio::read_until(near, asio::dynamic_buffer(head, 8192), "\r\n\r\n", error);
    constexpr std::string_view kConnect = "CONNECT ";
    if (error || !head.starts_with(kConnect)) return shut(near);
    {
      std::lock_guard lock(mutex_);
      if (closing_) return;
      asked_.push_back(
          head.substr(kConnect.size(), head.find(' ', kConnect.size()) - kConnect.size()));
      far.connect({asio::ip::address_v4::loopback(), upstream_}, error);
    }
    if (error) return shut(near);
    asio::write(near, asio::buffer(std::string_view{"HTTP/1.1 200 Connected\r\n\r\n"}), error);
    std::jthread back([&] { relay(far, near); });
    relay(near, far);
  }

  std::uint16_t upstream_;
  asio::io_context io_;
  Tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  mutable std::mutex mutex_;
  bool closing_ = false;
  std::vector<std::string> asked_;
  std::list<Tcp::socket> sockets_;
  std::list<std::jthread> tunnels_;
  std::jthread acceptor_thread_;
};

ConnectProxy::ConnectProxy(std::uint16_t upstream) : impl_(std::make_unique<Impl>(upstream)) {}
ConnectProxy::~ConnectProxy() = default;
std::string ConnectProxy::url() const { return impl_->url(); }
std::vector<std::string> ConnectProxy::asked() const { return impl_->asked(); }

}  // namespace support
