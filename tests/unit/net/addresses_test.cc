#include "net/addresses.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;

SteadyTime soon() { return std::chrono::steady_clock::now() + 10s; }
Status check(const std::string& host, AddressPolicy policy, HostLookup lookup) {
  Resolver resolver(std::move(lookup));
  return check_addresses(host, policy, soon(), {}, resolver);
}
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
  const Status status =
      check("metadata.example", AddressPolicy::NoLocal, answers({make_address("169.254.169.254")}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Invalid);
  EXPECT_EQ(status.error().message,
            "requests to metadata.example are refused: 169.254.169.254 is a link-local address");
}

TEST(CheckAddresses, one_refused_address_is_enough) {
  EXPECT_FALSE(check("mixed.example", AddressPolicy::NoLocal,
                     answers({make_address("192.0.2.1"), make_address("127.0.0.1")}))
                   .ok());
  EXPECT_TRUE(
      check("good.example", AddressPolicy::NoLocal, answers({make_address("192.0.2.1")})).ok());
}

TEST(CheckAddresses, looks_nothing_up_where_there_is_nothing_to_ask) {
  const HostLookup never = [](const std::string&) -> Result<Addresses> {
    ADD_FAILURE() << "looked up";
    return Addresses{};
  };
  EXPECT_TRUE(check("a.example", AddressPolicy::Any, never).ok());
  EXPECT_FALSE(check("127.0.0.1", AddressPolicy::NoLocal, never).ok());
}

TEST(CheckAddresses, other_ways_to_write_an_address_do_not_get_past_it) {
  for (const char* host : {"2130706433", "0x7f.1", "127.1"}) {
    const Status status = check_addresses(host, AddressPolicy::NoLocal, soon(), {});
    ASSERT_FALSE(status.ok()) << host;
    EXPECT_EQ(status.error().code, ErrorCode::Invalid) << host;
  }
}

// Hangs for every host until it is released.
class HangingLookup {
 public:
  ~HangingLookup() { release(); }
  HostLookup function() {
    return [state = state_](const std::string&) -> Result<Addresses> {
      std::unique_lock lock(state->mutex);
      ++state->begun;
      state->changed.notify_all();
      state->changed.wait(lock, [&] { return state->released; });
      return Addresses{make_address("192.0.2.1")};
    };
  }
  void await_begun(int count) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->begun >= count; });
  }
  int begun() const {
    const std::lock_guard lock(state_->mutex);
    return state_->begun;
  }
  void release() {
    const std::lock_guard lock(state_->mutex);
    state_->released = true;
    state_->changed.notify_all();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    int begun = 0;
    bool released = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

SteadyTime in_the_past() { return std::chrono::steady_clock::now() - 1ms; }

TEST(Resolver, a_lookup_that_hangs_holds_up_neither_a_stop_nor_a_deadline) {
  HangingLookup hangs;
  Resolver resolver(hangs.function());
  std::jthread caller([&](std::stop_token stop) {
    EXPECT_EQ(resolver.resolve("slow.example", soon(), stop).error().code, ErrorCode::Cancelled);
  });
  hangs.await_begun(1);
  caller.request_stop();
  caller.join();
  EXPECT_EQ(resolver.resolve("slow.example", in_the_past(), {}).error().code, ErrorCode::Timeout);
}

TEST(Resolver, callers_that_ask_for_one_host_share_a_lookup_and_its_answer) {
  HangingLookup hangs;
  Resolver resolver(hangs.function());
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(resolver.resolve("slow.example", in_the_past(), {}).ok());
  hangs.await_begun(1);
  std::jthread caller([&] { EXPECT_TRUE(resolver.resolve("slow.example", soon(), {}).ok()); });
  EXPECT_EQ(hangs.begun(), 1);
  hangs.release();
}

TEST(Resolver, has_no_more_lookups_under_way_than_its_bound_and_goes_on_when_one_ends) {
  HangingLookup hangs;
  Resolver resolver(hangs.function(), 3);
  for (int i = 0; i < 100; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example";
    const auto error = resolver.resolve(host, in_the_past(), {}).error();
    EXPECT_EQ(error.code, i < 3 ? ErrorCode::Timeout : ErrorCode::Unavailable) << error.message;
    if (i >= 3) {
      EXPECT_NE(error.message.find("cannot resolve " + host), std::string::npos) << error.message;
    }
  }
  hangs.await_begun(3);
  EXPECT_EQ(hangs.begun(), 3);
  std::jthread caller([&] { EXPECT_TRUE(resolver.resolve("next.example", soon(), {}).ok()); });
  hangs.release();
}

TEST(CheckLiteral, refuses_addresses_in_every_notation_and_leaves_names_to_the_proxy) {
  for (const char* host : {"169.254.169.254", "2852039166", "0xa9fea9fe", "127.1", "0.0.0.0"})
    EXPECT_FALSE(check_literal(host, AddressPolicy::NoLocal).ok()) << host;
  for (const char* host : {"192.0.2.1", "metadata.example", "a9fea9fe.example"})
    EXPECT_TRUE(check_literal(host, AddressPolicy::NoLocal).ok()) << host;
}

TEST(CheckIsLoopback, needs_every_address_to_be_loopback) {
  const auto check_host = [](const std::string& host, Addresses addresses) {
    Resolver resolver(answers(std::move(addresses)));
    return check_is_loopback(host, soon(), {}, resolver);
  };
  const auto loopback = make_address("127.0.0.1");
  EXPECT_TRUE(check_host("127.0.0.1", {}).ok());
  EXPECT_TRUE(check_host("localhost", {loopback, make_address("::1")}).ok());
  const Status elsewhere = check_host("x.localhost", {loopback, make_address("10.0.0.1")});
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.error().code, ErrorCode::Invalid);
  EXPECT_NE(elsewhere.error().message.find("10.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace net
