#include "net/addresses.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "net/mutex.h"

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

// The address that `host` is, if it is one.
std::optional<ip::address> literal(const std::string& host) {
  boost::system::error_code not_address;
  const ip::address address = ip::make_address(host, not_address);
  if (!not_address) return address;
  in_addr other{};  // "0x7f.1", "2130706433"
  if (inet_aton(host.c_str(), &other) == 0) return std::nullopt;
  return ip::address_v4(ntohl(other.s_addr));
}

Status check_all(const std::string& host, const Addresses& addresses, AddressPolicy policy) {
  for (const ip::address& address : addresses) {
    if (const char* kind = refused_kind(address, policy)) {
      return Error{ErrorCode::Invalid,
                   "requests to " + host + " are refused: " + address.to_string() + " is " + kind};
    }
  }
  return {};
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

struct Resolver::Shared : std::enable_shared_from_this<Shared> {
  struct Answer {
    std::optional<Result<Addresses>> addresses;
  };

  Shared(HostLookup function, std::size_t most) : lookup(std::move(function)), max_lookups(most) {}

  // Null where too many are under way.
  std::shared_ptr<Answer> join_or_start(const std::string& host) NET_REQUIRES(mutex);

  const HostLookup lookup;
  const std::size_t max_lookups;
  Mutex mutex;
  std::condition_variable_any changed;
  std::map<std::string, std::shared_ptr<Answer>> under_way NET_GUARDED_BY(mutex);
};

std::shared_ptr<Resolver::Shared::Answer> Resolver::Shared::join_or_start(const std::string& host) {
  if (const auto found = under_way.find(host); found != under_way.end()) return found->second;
  if (under_way.size() >= max_lookups) return nullptr;
  const auto answer = std::make_shared<Answer>();
  std::thread([shared = shared_from_this(), host, answer] {
    Result<Addresses> addresses = shared->lookup(host);
    const MutexLock guard(shared->mutex);
    answer->addresses = std::move(addresses);
    shared->under_way.erase(host);
    shared->changed.notify_all();
  }).detach();
  under_way.emplace(host, answer);
  return answer;
}

Resolver::Resolver(HostLookup lookup, std::size_t max_lookups)
    : shared_(std::make_shared<Shared>(std::move(lookup), max_lookups)) {}

Result<Addresses> Resolver::resolve(const std::string& host, SteadyTime deadline,
                                    std::stop_token stop) {
  MutexLock lock(shared_->mutex);
  std::shared_ptr<Shared::Answer> answer;
  try {
    shared_->changed.wait_until(lock, stop, deadline, [&]() NET_REQUIRES(shared_->mutex) {
      answer = shared_->join_or_start(host);
      return answer != nullptr;
    });
  } catch (const std::system_error&) {
    return Error{ErrorCode::Internal, "cannot start a thread to resolve " + host};
  }
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  if (answer == nullptr) {
    return Error{ErrorCode::Unavailable,
                 "cannot resolve " + host + ": " + std::to_string(shared_->max_lookups) +
                     " lookups of other names are under way and do not end; does DNS work?"};
  }
  shared_->changed.wait_until(lock, stop, deadline, [&] { return answer->addresses.has_value(); });
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  if (!answer->addresses) return Error{ErrorCode::Timeout, "resolving " + host + " took too long"};
  return *answer->addresses;
}

Resolver& system_resolver() {
  static Resolver resolver;
  return resolver;
}

Status check_addresses(const std::string& host, AddressPolicy policy, SteadyTime deadline,
                       std::stop_token stop, Resolver& resolver) {
  if (policy == AddressPolicy::Any) return {};
  if (literal(host)) return check_literal(host, policy);
  const Result<Addresses> addresses = resolver.resolve(host, deadline, std::move(stop));
  if (!addresses.ok()) return addresses.error();
  return check_all(host, *addresses, policy);
}

Status check_literal(const std::string& host, AddressPolicy policy) {
  const auto address = literal(host);
  return address ? check_all(host, {*address}, policy) : Status{};
}

Status check_is_loopback(const std::string& host, SteadyTime deadline, std::stop_token stop,
                         Resolver& resolver) {
  const auto address = literal(host);
  const Result<Addresses> addresses = address ? Result<Addresses>(Addresses{*address})
                                              : resolver.resolve(host, deadline, std::move(stop));
  if (!addresses.ok()) return addresses.error();
  for (const ip::address& each : *addresses) {
    if (!each.is_loopback()) {
      return Error{ErrorCode::Invalid, "requests to " + host + " without TLS are refused: " +
                                           each.to_string() + " is not a loopback address"};
    }
  }
  return {};
}

}  // namespace net
