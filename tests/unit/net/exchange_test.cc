#include "net/exchange.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace net {
namespace {

using namespace std::chrono_literals;

const auto kNoResume = [] {};
SteadyTime soon() { return std::chrono::steady_clock::now() + 10s; }

TEST(Exchange, gives_bytes_in_order_and_then_its_end) {
  Exchange exchange;
  EXPECT_TRUE(exchange.on_bytes("a", kNoResume));
  EXPECT_TRUE(exchange.on_bytes("b", kNoResume));
  exchange.on_end();
  EXPECT_EQ(*exchange.next(soon(), {}), "ab");
  EXPECT_EQ(*exchange.next(soon(), {}), "");
}

TEST(Exchange, gives_what_came_before_a_failure_first) {
  Exchange exchange;
  exchange.on_bytes("a", kNoResume);
  exchange.on_failure({Error{ErrorCode::Unavailable, "broken"}, false});
  EXPECT_EQ(*exchange.next(soon(), {}), "a");
  EXPECT_EQ(exchange.next(soon(), {}).error().code, ErrorCode::Unavailable);
}

TEST(Exchange, the_first_failure_counts) {
  Exchange exchange;
  exchange.on_failure({Error{ErrorCode::TooLarge, "first"}, false});
  exchange.on_failure({Error{ErrorCode::Unavailable, "second"}, true});
  EXPECT_EQ(exchange.await_headers(soon(), {}).error().message, "first");
  EXPECT_FALSE(exchange.failed_before_answer_began());
}

TEST(Exchange, holds_the_sender_up_until_the_reader_has_caught_up) {
  Exchange exchange;
  int resumed = 0;
  const std::string megabyte(1 << 20, 'x');
  exchange.on_bytes(megabyte, [&] { ++resumed; });
  EXPECT_EQ(resumed, 1);
  exchange.on_bytes(megabyte, [&] { ++resumed; });
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(exchange.next(soon(), {})->size(), 2 * megabyte.size());
  EXPECT_EQ(resumed, 2);
}

TEST(Exchange, lets_go_of_the_sender_when_it_is_closed_and_takes_no_more) {
  Exchange exchange;
  int resumed = 0;
  exchange.on_bytes(std::string(2 << 20, 'x'), [&] { ++resumed; });
  exchange.close();
  EXPECT_EQ(resumed, 1);
  EXPECT_FALSE(exchange.on_bytes("x", kNoResume));
}

TEST(Exchange, times_out_at_its_deadline) {
  Exchange exchange;
  EXPECT_EQ(exchange.next(std::chrono::steady_clock::now(), {}).error().code, ErrorCode::Timeout);
}

TEST(Exchange, a_stop_wakes_the_reader_and_comes_before_bytes) {
  Exchange exchange;
  std::jthread reader([&](std::stop_token stop) {
    EXPECT_EQ(exchange.await_headers(soon(), stop).error().code, ErrorCode::Cancelled);
  });
  reader.request_stop();
  reader.join();
  exchange.on_bytes("a", kNoResume);
  EXPECT_EQ(exchange.next(soon(), reader.get_stop_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace net
