// Where a host name leads, and whether a request may go there.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"

namespace net {

// The kind of address for which `policy` refuses `address` ("a loopback address"); null if it is
// allowed. IPv4 addresses inside of IPv6 ones (mapped, NAT64) are judged as IPv4.
const char* refused_kind(const boost::asio::ip::address& address, AddressPolicy policy);

using Addresses = std::vector<boost::asio::ip::address>;
using HostLookup = std::function<Result<Addresses>(const std::string& host)>;
// getaddrinfo. Unavailable: `host` does not resolve.
Result<Addresses> look_up(const std::string& host);

// Looks names up on threads of its own, since getaddrinfo cannot be interrupted: a lookup that is
// still under way at a stop or at a deadline is left to itself. A second caller for a host waits
// for the lookup under way, and there are at most `max_lookups` at a time: a DNS server that does
// not answer costs one thread a host, and no more than those. Thread-safe; lookups may outlive it.
class Resolver {
 public:
  explicit Resolver(HostLookup lookup = look_up, std::size_t max_lookups = 64);
  // Unavailable: it does not resolve, or too many other lookups are under way. Timeout, Cancelled.
  Result<Addresses> resolve(const std::string& host, SteadyTime deadline, std::stop_token stop);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};
// The process's.
Resolver& system_resolver();

// Refuses `host` (Invalid) if any of its addresses is refused. Errors of Resolver::resolve.
Status check_addresses(const std::string& host, AddressPolicy policy, SteadyTime deadline,
                       std::stop_token stop, Resolver& resolver = system_resolver());
// Refuses `host` (Invalid) where it is a refused address itself, in any notation that inet_aton(3)
// or inet_pton(3) reads. For requests by a proxy, which resolves names itself.
Status check_literal(const std::string& host, AddressPolicy policy);
// Refuses `host` (Invalid) unless it resolves to loopback addresses alone.
Status check_is_loopback(const std::string& host, SteadyTime deadline, std::stop_token stop,
                         Resolver& resolver = system_resolver());

}  // namespace net
