#include "net/addresses.h"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace net {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address_v4> embedded_v4(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  constexpr unsigned char kNat64[12] = {0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96, RFC 6052
  if (!address.is_v4_mapped() && std::memcmp(bytes.data(), kNat64, sizeof kNat64) != 0) {
    return std::nullopt;
  }
  return ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

const char* refused_v4(ip::address_v4 address, AddressPolicy policy) {
  const std::uint32_t number = address.to_uint();
  if (address.is_loopback()) {
    return policy == AddressPolicy::LoopbackAllowed ? nullptr : "a loopback address";
  }
  if (number >> 24 == 0) return "an unspecified address";
  if (number >> 16 == 0xa9fe) return "a link-local address";
  if (address.is_multicast() || number == 0xffffffff) return "a multicast address";
  return nullptr;
}

const char* refused_v6(const ip::address_v6& address, AddressPolicy policy) {
  if (const auto v4 = embedded_v4(address)) return refused_v4(*v4, policy);
  if (address.is_loopback()) {
    return policy == AddressPolicy::LoopbackAllowed ? nullptr : "a loopback address";
  }
  if (address.is_unspecified()) return "an unspecified address";
  if (address.is_link_local()) return "a link-local address";
  if (address.is_multicast()) return "a multicast address";
  return nullptr;
}

struct Answer {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<Addresses>> addresses;
};

// getaddrinfo cannot be interrupted: it runs on a thread of its own that a caller in a hurry leaves
// behind.
Result<Addresses> resolve(const std::string& host, SteadyTime deadline, const std::stop_token& stop,
                          HostLookup lookup) {
  const auto answer = std::make_shared<Answer>();
  try {
    std::thread([answer, host, lookup = std::move(lookup)] {
      Result<Addresses> addresses = lookup(host);
      const std::lock_guard guard(answer->mutex);
      answer->addresses = std::move(addresses);
      answer->changed.notify_all();
    }).detach();
  } catch (const std::system_error&) {
    return Error{ErrorCode::Internal, "cannot start a thread to resolve " + host};
  }
  std::unique_lock lock(answer->mutex);
  answer->changed.wait_until(lock, stop, deadline, [&] { return answer->addresses.has_value(); });
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  if (!answer->addresses) return Error{ErrorCode::Timeout, "resolving " + host + " took too long"};
  return *answer->addresses;
}

}  // namespace

const char* refused_kind(const ip::address& address, AddressPolicy policy) {
  if (policy == AddressPolicy::Any) return nullptr;
  return address.is_v4() ? refused_v4(address.to_v4(), policy)
                         : refused_v6(address.to_v6(), policy);
}

Result<Addresses> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
    return Error{ErrorCode::Unavailable, "cannot resolve " + host + ": " + gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    ip::tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    addresses.push_back(endpoint.address());
  }
  return addresses;
}

Status check_addresses(const std::string& host, AddressPolicy policy, SteadyTime deadline,
                       std::stop_token stop, HostLookup lookup) {
  if (policy == AddressPolicy::Any) return {};
  boost::system::error_code not_literal;
  const ip::address literal = ip::make_address(host, not_literal);
  const Result<Addresses> addresses = not_literal ? resolve(host, deadline, stop, std::move(lookup))
                                                  : Result<Addresses>(Addresses{literal});
  if (!addresses.ok()) return addresses.error();
  for (const ip::address& address : *addresses) {
    if (const char* kind = refused_kind(address, policy)) {
      return Error{ErrorCode::Invalid,
                   "requests to " + host + " are refused: " + address.to_string() + " is " + kind};
    }
  }
  return {};
}

}  // namespace net
