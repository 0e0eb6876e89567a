#include "net/addresses.h"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <string>
#include <thread>

namespace net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;

SteadyTime soon() { return std::chrono::steady_clock::now() + 10s; }
HostLookup answers(Addresses addresses) {
  return [addresses](const std::string&) { return addresses; };
}

TEST(RefusedKind, refuses_what_a_provider_never_is) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "169.254.169.254", "fe80::1", "0.0.0.0",
                           "0.1.2.3", "::", "224.0.0.1", "255.255.255.255", "ff02::1",
                           "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"}) {
    EXPECT_NE(refused_kind(make_address(text), AddressPolicy::NoLocal), nullptr) << text;
  }
}

TEST(RefusedKind, allows_public_and_private_addresses) {
  for (const char* text : {"192.0.2.1", "10.0.0.1", "2001:db8::1", "fd00::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(refused_kind(make_address(text), AddressPolicy::NoLocal), nullptr) << text;
  }
}

TEST(RefusedKind, allows_loopback_alone_where_that_is_the_policy) {
  EXPECT_EQ(refused_kind(make_address("127.0.0.1"), AddressPolicy::LoopbackAllowed), nullptr);
  EXPECT_EQ(refused_kind(make_address("::1"), AddressPolicy::LoopbackAllowed), nullptr);
  EXPECT_NE(refused_kind(make_address("169.254.0.1"), AddressPolicy::LoopbackAllowed), nullptr);
}

TEST(CheckAddresses, names_host_and_address) {
  const Status status = check_addresses("metadata.example", AddressPolicy::NoLocal, soon(), {},
                                        answers({make_address("169.254.169.254")}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Invalid);
  EXPECT_EQ(status.error().message,
            "requests to metadata.example are refused: 169.254.169.254 is a link-local address");
}

TEST(CheckAddresses, one_refused_address_is_enough) {
  EXPECT_FALSE(check_addresses("mixed.example", AddressPolicy::NoLocal, soon(), {},
                               answers({make_address("192.0.2.1"), make_address("127.0.0.1")}))
                   .ok());
  EXPECT_TRUE(check_addresses("good.example", AddressPolicy::NoLocal, soon(), {},
                              answers({make_address("192.0.2.1")}))
                  .ok());
}

TEST(CheckAddresses, looks_nothing_up_where_there_is_nothing_to_ask) {
  const HostLookup never = [](const std::string&) -> Result<Addresses> {
    ADD_FAILURE() << "looked up";
    return Addresses{};
  };
  EXPECT_TRUE(check_addresses("a.example", AddressPolicy::Any, soon(), {}, never).ok());
  EXPECT_FALSE(check_addresses("127.0.0.1", AddressPolicy::NoLocal, soon(), {}, never).ok());
}

TEST(CheckAddresses, other_ways_to_write_an_address_do_not_get_past_it) {
  for (const char* host : {"2130706433", "0x7f.1", "127.1"}) {
    const Status status = check_addresses(host, AddressPolicy::NoLocal, soon(), {});
    ASSERT_FALSE(status.ok()) << host;
    EXPECT_EQ(status.error().code, ErrorCode::Invalid) << host;
  }
}

TEST(CheckAddresses, a_lookup_that_hangs_holds_up_neither_a_stop_nor_a_deadline) {
  const auto release = std::make_shared<std::latch>(1);
  const HostLookup hangs = [release](const std::string&) -> Result<Addresses> {
    release->wait();
    return Addresses{};
  };
  std::jthread caller([&](std::stop_token stop) {
    const Status status =
        check_addresses("slow.example", AddressPolicy::NoLocal, soon(), stop, hangs);
    EXPECT_EQ(status.error().code, ErrorCode::Cancelled);
  });
  caller.request_stop();
  caller.join();
  const Status late = check_addresses("slow.example", AddressPolicy::NoLocal,
                                      std::chrono::steady_clock::now(), {}, hangs);
  EXPECT_EQ(late.error().code, ErrorCode::Timeout);
  release->count_down();
}

}  // namespace
}  // namespace net
