// Where a host name leads, and whether a request may go there.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"

namespace net {

// What kind of address `policy` refuses `address` as ("a loopback address"); null where it is
// allowed. IPv4 addresses inside of IPv6 ones (mapped, NAT64) are judged as what they are.
const char* refused_kind(const boost::asio::ip::address& address, AddressPolicy policy);

using Addresses = std::vector<boost::asio::ip::address>;
using HostLookup = std::function<Result<Addresses>(const std::string& host)>;
// getaddrinfo. Unavailable: `host` does not resolve.
Result<Addresses> look_up(const std::string& host);

// Resolves `host` and refuses it (Invalid) if any of its addresses is refused. Unavailable: it does
// not resolve. A lookup that is still under way at a stop or at `deadline` is left to itself.
Status check_addresses(const std::string& host, AddressPolicy policy, SteadyTime deadline,
                       std::stop_token stop, HostLookup lookup = look_up);

}  // namespace net
