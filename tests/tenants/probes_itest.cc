// Clients of the probe port: idle and slow connections, opened again when they are closed, and
// expensive requests. The kubelet gets its answers beside them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "support/cluster.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using namespace std::chrono_literals;

class Socket {
 public:
  explicit Socket(std::uint16_t port) : file_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(file_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    fcntl(file_, F_SETFL, O_NONBLOCK);
  }
  ~Socket() { ::close(file_); }
  Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  bool closed() const {
    char byte = 0;
    return ::recv(file_, &byte, 1, MSG_PEEK) == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
  void send(const std::string& bytes) const {
    [[maybe_unused]] const auto sent = ::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  int file_;
};

class Probes : public testing::Test {
 protected:
  std::uint16_t port() const {
    const std::string& url = operator_.probe_url();
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  void expect_answers_within_a_second(const std::vector<std::string>& paths) {
    const auto client = net::make_http_client({.reuse_connections = false});
    for (const std::string& path : paths) {
      net::HttpRequest request;
      request.url = operator_.probe_url() + path;
      request.timeout = 1s;
      const auto response = (*client)->send(request, {});
      ASSERT_TRUE(response.ok()) << path << ": " << response.error().message;
      EXPECT_EQ(response->status, 200) << path;
    }
  }

  OperatorProcess operator_{Cluster::instance()};
};

TEST_F(Probes, are_answered_beside_300_idle_and_100_slow_connections) {
  std::vector<Socket> sockets;
  for (int i = 0; i < 400; ++i) sockets.emplace_back(port());
  std::jthread keeping([&](std::stop_token stop) {
    do {
      for (std::size_t i = 0; i < sockets.size(); ++i) {
        if (sockets[i].closed()) sockets[i] = Socket(port());
        if (i < 100) sockets[i].send("G");
      }
    } while (net::system_clock().sleep(1s, stop));
  });
  const auto end = std::chrono::steady_clock::now() + 12s;  // longer than a request may take
  while (std::chrono::steady_clock::now() < end && !HasFailure())
    expect_answers_within_a_second({"/healthz", "/readyz", "/metrics"});
}

TEST_F(Probes, are_answered_beside_256_scrapes_at_once) {
  for (int round = 0; round < 5; ++round) {
    std::vector<Socket> sockets;
    for (int i = 0; i < 256; ++i) {
      sockets.emplace_back(port());
      sockets.back().send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    expect_answers_within_a_second({"/healthz", "/readyz"});
  }
}

}  // namespace
