// A forward proxy (RFC 9110 9.3.6) for tests: tunnels every CONNECT, to any host, to one port of
// 127.0.0.1. So providers can have names that no resolver knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace support {

class ConnectProxy {
 public:
  explicit ConnectProxy(std::uint16_t upstream);
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  std::string url() const;
  // The requested targets, in order: "login.example:443". Thread-safe.
  std::vector<std::string> asked() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace support
