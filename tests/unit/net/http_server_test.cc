#include "net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "raw_peer.h"
#include "served.h"

namespace net {
namespace {

using namespace std::chrono_literals;

ServerResponse echo(const ServerRequest& request, const std::stop_token& = {}) {
  return {
      200, {{"X-Method", request.method}}, request.path + "|" + request.query + "|" + request.body};
}

TEST(Server, hands_over_all_of_a_request) {
  ServerRequest seen;
  auto server = start(on_loopback(), [&](const ServerRequest& request, std::stop_token) {
    seen = request;
    return ServerResponse{};
  });
  ask(*server,
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nContent-Length: 3\r\n"
      "Connection: close\r\n\r\nabc");
  server->stop(1s);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a%20b?x=1&y");
  EXPECT_EQ(seen.path, "/a%20b");
  EXPECT_EQ(seen.query, "x=1&y");
  EXPECT_EQ(seen.body, "abc");
  EXPECT_EQ(seen.headers.get("x-a"), "1");
  EXPECT_EQ(seen.remote_address, "127.0.0.1");
}

TEST(Server, keeps_a_connection_and_answers_pipelined_requests_in_order) {
  auto server = start(on_loopback(), echo);
  const std::string answers = ask(*server,
                                  "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                                  "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
                                  "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::size_t first = answers.find("/1||");
  const std::size_t second = answers.find("/2||ab");
  const std::size_t third = answers.find("/3||");
  ASSERT_NE(third, std::string::npos) << answers;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(Server, answers_head_with_the_length_and_without_the_body) {
  auto server = start(on_loopback(), echo);
  const std::string answer =
      ask(*server, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("X-Method: HEAD"), std::string::npos);
  EXPECT_NE(answer.find("Content-Length: 4\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(Server, dates_its_answers_and_gives_no_body_with_204) {
  auto server = start(on_loopback(), [](const ServerRequest&, std::stop_token) {
    return ServerResponse{204, {}, "ignored"};
  });
  const std::string answer = ask(*server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 ")) << answer;
  EXPECT_NE(answer.find("Date: "), std::string::npos);
  EXPECT_NE(answer.find(" GMT\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("ignored"), std::string::npos);
}

TEST(Server, a_header_beyond_its_bound_is_431) {
  auto options = on_loopback();
  options.max_header_bytes = 1000;
  auto server = start(options, echo);
  const std::string answer =
      ask(*server, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST(Server, a_body_beyond_its_bound_is_413_said_or_not) {
  auto options = on_loopback();
  options.max_body_bytes = 1000;
  auto server = start(options, echo);
  const std::string big(500'000, 'x');
  EXPECT_TRUE(ask(*server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + big)
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask(*server, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                               chunk(big) + chunk(""))
                  .starts_with("HTTP/1.1 413 "));
}

TEST(Server, what_is_not_http_is_400_and_the_last_answer_of_its_connection) {
  std::atomic<int> handled = 0;
  auto server = start(on_loopback(), [&](const ServerRequest& request, std::stop_token) {
    ++handled;
    return echo(request);
  });
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string request :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\nBroken\r\n\r\n", "\x16\x03\x01\x02\xff\xff",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n"}) {
    const std::string answer = ask(*server, request + smuggled);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << request << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 ", 1), std::string::npos) << "two answers to " << request;
  }
  EXPECT_EQ(handled, 0);
  EXPECT_NE(
      ask(*server, "GET /fine HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").find("/fine||"),
      std::string::npos);
}

TEST(Server, more_header_fields_than_their_bound_are_431) {
  auto options = on_loopback();
  options.max_header_fields = 3;
  auto server = start(options, echo);
  const auto with = [](int fields) {
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
    for (int i = 2; i < fields; ++i) request += "X: 1\r\n";
    return request + "\r\n";
  };
  EXPECT_TRUE(ask(*server, with(3)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(*server, with(4)).starts_with("HTTP/1.1 431 "));
}

TEST(Server, a_handler_that_throws_or_answers_nonsense_is_a_500_without_details) {
  auto server =
      start(on_loopback(), [](const ServerRequest& request, std::stop_token) -> ServerResponse {
        if (request.path == "/throw") throw std::runtime_error("hunter2");
        if (request.path == "/status") return {42, {}, ""};
        return {200, {{"X-A", "1\r\nX-B: hunter2"}}, ""};
      });
  for (const std::string path : {"/throw", "/status", "/header"}) {
    const std::string answer =
        ask(*server, "GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
    EXPECT_EQ(answer.find("hunter2"), std::string::npos);
  }
}

TEST(Server, a_500_is_logged_by_route_with_the_type_of_what_was_thrown_and_nothing_of_the_request) {
  auto options = on_loopback();
  options.route_of = [](const ServerRequest&) { return std::string("/{flow}"); };
  auto server = start(options, [](const ServerRequest& request, std::stop_token) -> ServerResponse {
    if (request.path == "/throw-hunter2") throw std::runtime_error("hunter2");
    return {42, {}, ""};
  });
  testing::internal::CaptureStderr();
  for (const std::string path : {"/throw-hunter2", "/status-hunter2"})
    ask(*server, "POST " + path +
                     "?token=hunter2 HTTP/1.1\r\nHost: h\r\nCookie: a=hunter2\r\n"
                     "Content-Length: 7\r\nConnection: close\r\n\r\nhunter2");
  server->stop(1s);
  const std::string log = testing::internal::GetCapturedStderr();
  for (const char* part : {"POST", "/{flow}", "\"status\":500",
                           "\"seconds\":", "std::runtime_error", "not valid HTTP"})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
  EXPECT_EQ(log.find("hunter2"), std::string::npos) << log;
}

TEST(Server, a_request_that_never_ends_is_cut_off) {
  auto options = on_loopback();
  options.request_timeout = 50ms;
  auto server = start(options, echo);
  EXPECT_EQ(ask(*server, "GET / HTTP/1.1\r\nX: "), "");
  EXPECT_EQ(ask(*server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab"), "");
}

TEST(Server, a_connection_without_more_requests_is_closed) {
  auto options = on_loopback();
  options.idle_timeout = 50ms;
  auto server = start(options, echo);
  const std::string answer = ask(*server, "GET /once HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

// Clients that send a byte a second, or nothing, and come back when they are closed: on one thread.
class Nuisances {
 public:
  // From 127.0.0.`last` upwards, `per_address` from each.
  Nuisances(std::uint16_t port, int slow, int idle, int per_address = 1'000'000)
      : port_(port), slow_(slow) {
    for (int i = 0; i < slow + idle; ++i) connect(i, 2 + i / per_address);
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  int reopened() const { return reopened_; }

 private:
  struct One {
    explicit One(boost::asio::io_context& io) : socket(io) {}
    boost::asio::ip::tcp::socket socket;
    int address = 0;
    std::size_t sent = 0;
  };

  void connect(int i, int address) {
    const auto at = static_cast<std::size_t>(i);
    if (at == all_.size()) all_.emplace_back(io_);
    One& one = *std::next(all_.begin(), i);
    boost::system::error_code ignored;
    one.socket.close(ignored);
    one.address = address;
    one.sent = 0;
    one.socket.open(boost::asio::ip::tcp::v4(), ignored);
    one.socket.bind({boost::asio::ip::address_v4(0x7f000000u + static_cast<unsigned>(address)), 0},
                    ignored);
    one.socket.connect({boost::asio::ip::address_v4::loopback(), port_}, ignored);
    one.socket.non_blocking(true, ignored);
  }

  void run(std::stop_token stop) {
    const std::string request = "GET /slow HTTP/1.1\r\nHost: " + std::string(4000, 'h');
    for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += 1s) {
      int i = 0;
      for (One& one : all_) {
        boost::system::error_code error;
        char byte = 0;
        one.socket.read_some(boost::asio::buffer(&byte, 1), error);
        if (error != boost::asio::error::would_block) {
          ++reopened_;
          connect(i, one.address);
        }
        if (i < slow_)
          one.socket.write_some(boost::asio::buffer(&request[one.sent++ % request.size()], 1),
                                error);
        ++i;
      }
      while (!stop.stop_requested() && std::chrono::steady_clock::now() < next + 1s)
        std::this_thread::sleep_for(5ms);  // the pace of the clients, which nothing announces
    }
  }

  const std::uint16_t port_;
  const int slow_;
  boost::asio::io_context io_;
  std::list<One> all_;
  std::atomic<int> reopened_{0};
  std::jthread thread_;
};

void expect_answered_within_a_second(const HttpServer& server, const std::string& path) {
  const auto asked = std::chrono::steady_clock::now();
  const std::string answer =
      ask(server, "GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find(path + "||"), std::string::npos) << answer;
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
}

TEST(Server, five_hundred_clients_that_send_a_byte_a_second_hold_nobody_up) {
  const auto server = start(on_loopback(), echo);
  const Nuisances nuisances(server->port(), 500, 0);
  const auto end = std::chrono::steady_clock::now() + 10s;
  do {
    expect_answered_within_a_second(*server, "/quick");
  } while (nuisances.reopened() < 300 && std::chrono::steady_clock::now() < end);
  EXPECT_GE(nuisances.reopened(), 300) << "the server was never full";
}

TEST(Server, idle_and_slow_clients_of_many_addresses_hold_nobody_up) {
  const auto server = start(on_loopback(), echo);
  const Nuisances nuisances(server->port(), 100, 300, 50);
  const auto end = std::chrono::steady_clock::now() + 10s;
  do {
    expect_answered_within_a_second(*server, "/quick");
  } while (nuisances.reopened() < 300 && std::chrono::steady_clock::now() < end);
  EXPECT_GE(nuisances.reopened(), 300) << "the server was never full";
}

HttpServerOptions with_places(std::size_t count) {
  auto options = on_loopback();
  options.max_connections = count;
  return options;
}

const char* const kRequest = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

// A request and its answer: by then the server has also read what others sent before.
void exchange(RawClient& client) {
  client->write(kRequest);
  EXPECT_NE(client->read_message(), "");
}

TEST(Server, a_full_one_gives_up_the_connection_that_has_been_idle_the_longest) {
  const auto server = start(with_places(3), echo);
  RawClient incomplete(server->port());
  exchange(incomplete);
  RawClient first(server->port());
  exchange(first);
  incomplete->write("GET / HT");
  RawClient second(server->port());
  exchange(second);
  RawClient third(server->port());
  exchange(third);
  EXPECT_EQ(first->read_all(), "");
  exchange(second);
  incomplete->write("TP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(incomplete->read_message(), "");
}

TEST(Server, a_full_one_without_idle_connections_gives_up_the_longest_incomplete_request) {
  std::promise<void> entered;
  std::latch leave(1);
  const auto server = start(with_places(3), [&](const ServerRequest& request, std::stop_token) {
    if (request.path == "/hold") {
      entered.set_value();
      leave.wait();
    }
    return echo(request);
  });
  RawClient held(server->port());
  RawClient first(server->port());
  RawClient second(server->port());
  first->write("GET / HT");
  exchange(held);
  second->write("GET / HT");
  exchange(held);
  held->write("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().wait();
  RawClient next(server->port());
  exchange(next);
  EXPECT_EQ(first->read_all(), "");
  second->write("TP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(second->read_message(), "");
  leave.count_down();
  EXPECT_NE(held->read_message(), "");
}

TEST(Server, an_address_with_all_its_places_taken_gives_up_one_of_its_own) {
  auto options = with_places(100);
  options.max_connections_per_address = 2;
  const auto server = start(options, echo);
  RawClient first(server->port());
  first->write(kRequest);
  ASSERT_NE(first->read_message(), "");
  RawClient second(server->port());
  second->write(kRequest);
  ASSERT_NE(second->read_message(), "");
  RawClient third(server->port());
  third->write(kRequest);
  EXPECT_NE(third->read_message(), "");
  EXPECT_EQ(first->read_all(), "");
  second->write(kRequest);
  EXPECT_NE(second->read_message(), "");
}

TEST(Server, a_request_that_a_handler_works_on_is_not_given_up_and_the_next_connection_waits) {
  std::promise<void> entered;
  std::promise<void> leave;
  const auto server = start(with_places(1), [&](const ServerRequest& request, std::stop_token) {
    if (request.path == "/first") {
      entered.set_value();
      leave.get_future().wait();
    }
    return echo(request);
  });
  RawClient first(server->port());
  first->write("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().wait();
  RawClient second(server->port());
  second->write("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
  leave.set_value();
  EXPECT_NE(first->read_message().find("/first||"), std::string::npos);
  EXPECT_NE(second->read_message().find("/second||"), std::string::npos);
}

TEST(Server, a_connection_without_a_first_byte_is_closed_earlier_than_one_between_requests) {
  auto options = on_loopback();
  options.first_byte_timeout = 50ms;
  const auto server = start(options, echo);
  RawClient kept(server->port());
  kept->write(kRequest);
  ASSERT_NE(kept->read_message(), "");
  EXPECT_EQ(ask(*server, ""), "");
  kept->write(kRequest);
  EXPECT_NE(kept->read_message(), "") << "its own time has not come";
}

TEST(Server, what_is_answered_at_once_waits_for_no_other_request) {
  auto options = on_loopback();
  options.answered_at_once = [](const ServerRequest& request) { return request.path == "/probe"; };
  std::latch leave(1);
  const auto server = start(options, [&](const ServerRequest& request, std::stop_token) {
    if (request.path == "/expensive") leave.wait();
    return echo(request);
  });
  std::list<RawClient> expensive;
  for (int i = 0; i < 256; ++i) {
    expensive.emplace_back(server->port())->write("GET /expensive HTTP/1.1\r\nHost: h\r\n\r\n");
    if (i % 16 == 0) expect_answered_within_a_second(*server, "/probe");
  }
  expect_answered_within_a_second(*server, "/probe");
  leave.count_down();
}

TEST(Server, requests_beyond_those_that_may_wait_are_503_at_once) {
  auto options = on_loopback();
  options.threads = 1;
  options.max_waiting_requests = 1;
  std::promise<void> entered;
  std::latch leave(1);
  std::atomic<bool> first = true;
  const auto server = start(options, [&](const ServerRequest& request, std::stop_token) {
    if (first.exchange(false)) entered.set_value();
    leave.wait();
    return echo(request);
  });
  RawClient working(server->port());
  working->write(kRequest);
  entered.get_future().wait();
  std::list<RawClient> others;
  int refused = 0;
  for (int i = 0; i < 2; ++i) others.emplace_back(server->port())->write(kRequest);
  std::vector<std::future<std::string>> answers;
  for (RawClient& other : others)
    answers.push_back(std::async(std::launch::async, [&] { return other->read_message(); }));
  // One of the two waits, the other has its answer before any handler ends.
  while (answers[0].wait_for(1ms) != std::future_status::ready &&
         answers[1].wait_for(1ms) != std::future_status::ready) {
  }
  leave.count_down();
  for (auto& answer : answers) {
    const std::string text = answer.get();
    if (text.starts_with("HTTP/1.1 503 ") && text.find("Retry-After: 1") != std::string::npos)
      ++refused;
  }
  EXPECT_EQ(refused, 1);
}

TEST(Server, answers_that_nobody_reads_are_bounded_together) {
  auto options = on_loopback();
  options.max_answer_bytes = 32 << 20;
  const std::string large(12 << 20, 'x');  // more than the sockets take
  const auto server = start(options, [&](const ServerRequest&, std::stop_token) {
    return ServerResponse{200, {}, large};
  });
  std::list<RawClient> unread;
  for (int i = 0; i < 6; ++i) {
    unread.emplace_back(server->port())->write(kRequest);
    char first = 0;  // by now its answer is being written: the next one is newer
    unread.back()->socket().read_some(boost::asio::buffer(&first, 1));
  }
  RawClient reader(server->port());
  reader->write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(reader->read_all().ends_with(large));
  int whole = 0;
  for (RawClient& client : unread)
    if (client->read_message().size() > large.size()) ++whole;
  EXPECT_LE(whole, 2) << "three are more than the bound";
}

// Beast 1.74 asserts that at least five bytes are there when it looks for the end of the last chunk
// again. The answer on another connection shows that the server has read each piece.
TEST(Server, a_last_chunk_that_comes_in_pieces_is_read) {
  auto server = start(on_loopback(), echo);
  RawClient other(server->port());
  RawClient client(server->port());
  client->write("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  for (const char* piece : {"\r", "\n"}) {
    for (int i = 0; i < 2; ++i) {
      other->write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_TRUE(other->read_message().starts_with("HTTP/1.1 200 "));
    }
    client->write(piece);
  }
  EXPECT_TRUE(client->read_message().starts_with("HTTP/1.1 200 "));
}

TEST(Server, handlers_run_at_once_up_to_their_number) {
  auto options = on_loopback();
  options.threads = 2;
  std::latch both(2);
  auto server = start(options, [&](const ServerRequest& request, std::stop_token) {
    both.arrive_and_wait();  // for ever, if one had to wait for the other
    return echo(request);
  });
  RawClient first(server->port());
  RawClient second(server->port());
  first->write("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  second->write("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(first->read_message().find("/first||"), std::string::npos);
  EXPECT_NE(second->read_message().find("/second||"), std::string::npos);
}

TEST(Server, eight_handlers_run_at_once_unless_it_is_told_otherwise) {
  std::latch all(8);
  auto server = start(on_loopback(), [&](const ServerRequest& request, std::stop_token) {
    all.arrive_and_wait();  // for ever, if one had to wait for another
    return echo(request);
  });
  std::list<RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(server->port())->write(kRequest);
  for (RawClient& client : clients) EXPECT_NE(client->read_message(), "");
}

// Waits until its token is stopped, and says so.
class Waiting {
 public:
  ServerResponse operator()(const ServerRequest&, const std::stop_token& stop) {
    entered.set_value();
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
    stopped.set_value();
    return {};
  }
  std::promise<void> entered;
  std::promise<void> stopped;
};

TEST(Server, a_handler_is_stopped_when_its_client_goes_away) {
  for (const bool reset : {true, false}) {
    Waiting waiting;
    auto server = start(on_loopback(), std::ref(waiting));
    RawClient client(server->port());
    client->write("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /pipelined HT");
    waiting.entered.get_future().wait();
    reset ? client->reset() : client->shutdown();
    waiting.stopped.get_future().wait();
  }
}

TEST(Server, a_handler_is_stopped_when_the_grace_of_a_stop_is_over) {
  Waiting waiting;
  auto server = start(on_loopback(), std::ref(waiting));
  RawClient client(server->port());
  client->write(kRequest);
  waiting.entered.get_future().wait();
  server->stop(10ms);
  EXPECT_EQ(waiting.stopped.get_future().wait_for(0s), std::future_status::ready);
  EXPECT_EQ(client->read_all(), "");
}

TEST(Server, a_client_that_closes_its_sending_half_gets_its_answers) {
  auto server = start(on_loopback(), echo);
  RawClient client(server->port());
  client->write("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  client->socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send);
  const std::string answers = client->read_all();
  EXPECT_NE(answers.find("/1||"), std::string::npos) << answers;
  EXPECT_NE(answers.find("/2||"), std::string::npos) << answers;
}

TEST(Server, a_stop_lets_a_request_under_way_end_and_says_that_the_connection_does_too) {
  std::promise<void> entered;
  std::promise<void> leave;
  auto server = start(on_loopback(), [&](const ServerRequest&, std::stop_token) {
    entered.set_value();
    leave.get_future().wait();
    return ServerResponse{200, {}, "done"};
  });
  RawClient client(server->port());
  client->write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().wait();
  RawClient idle(server->port());
  auto stopped = std::async(std::launch::async, [&] { server->stop(10s); });
  EXPECT_EQ(idle->read_all(), "");  // closed at once
  leave.set_value();
  const std::string answer = client->read_all();
  EXPECT_NE(answer.find("done"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  stopped.get();
  server->stop(10s);  // again: nothing happens
  EXPECT_THROW(RawClient(server->port()), boost::system::system_error);
}

TEST(Server, a_stop_without_grace_closes_what_is_under_way) {
  auto server = start(on_loopback(), echo);
  RawClient client(server->port());
  client->write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client->read_message();
  client->write("GET / HT");
  server->stop(0s);
  EXPECT_EQ(client->read_all(), "");
}

TEST(Server, a_stop_waits_for_nobody_when_nothing_is_under_way) {
  auto server = start(on_loopback(), echo);
  RawClient client(server->port());
  exchange(client);
  const auto asked = std::chrono::steady_clock::now();
  server->stop(20s);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
}

// Written by the server's own thread, and read after it has ended.
class Observed : public HttpServerObserver {
 public:
  void began() override { ++active; }
  void ended() override { --active; }
  void answered(const AnsweredRequest& request) override { requests.push_back(request); }
  void connections(std::size_t open) override { most = std::max(most, open), last = open; }
  void evicted(Eviction why) override { evictions.push_back(why); }
  int active = 0;
  std::vector<AnsweredRequest> requests;
  std::size_t most = 0;
  std::size_t last = 0;
  std::vector<Eviction> evictions;
};

TEST(Server, an_observer_learns_of_each_answer_by_its_route_and_of_each_connection) {
  Observed observed;
  auto options = with_places(1);
  options.observer = &observed;
  options.route_of = [](const ServerRequest& request) {
    return std::string(request.path == "/x" ? "/{x}" : "");
  };
  auto server = start(options, echo);
  RawClient first(server->port());
  exchange(first);
  EXPECT_NE(ask(*server, "BREW /y?code=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "");
  EXPECT_NE(ask(*server, "nonsense\r\n\r\n"), "");
  server->stop(1s);
  EXPECT_EQ(observed.active, 0);
  EXPECT_EQ(observed.most, 1U);
  EXPECT_EQ(observed.last, 0U);
  ASSERT_GE(observed.evictions.size(), 1U);
  EXPECT_EQ(observed.evictions.front(), Eviction::Idle);
  ASSERT_EQ(observed.requests.size(), 3U);
  EXPECT_EQ(observed.requests[0].method, "GET");
  EXPECT_EQ(observed.requests[0].route, "/{x}");
  EXPECT_EQ(observed.requests[0].status, 200);
  EXPECT_EQ(observed.requests[1].method, "other");
  EXPECT_EQ(observed.requests[1].route, "");
  EXPECT_EQ(observed.requests[2].method, "");
  EXPECT_EQ(observed.requests[2].status, 400);
}

TEST(Server, a_probe_that_is_not_ready_is_observed_and_not_logged) {
  Observed observed;
  auto options = on_loopback();
  options.observer = &observed;
  options.answered_at_once = [](const ServerRequest& request) { return request.path == "/probe"; };
  auto server = start(options, [](const ServerRequest&, std::stop_token) {
    return ServerResponse{503, {}, ""};
  });
  testing::internal::CaptureStderr();
  ask(*server, "GET /probe HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ask(*server, "GET /other HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  server->stop(1s);
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_EQ(observed.requests.size(), 2U);
  EXPECT_EQ(observed.requests[0].status, 503);
  const std::size_t line = log.find("answered with 503");
  EXPECT_NE(line, std::string::npos) << log;
  EXPECT_EQ(log.find("answered with 503", line + 1), std::string::npos) << log;
}

TEST(Server, an_address_in_use_is_named) {
  auto server = start(on_loopback(), echo);
  auto options = on_loopback();
  options.port = server->port();
  const auto second = HttpServer::start(options, echo);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("127.0.0.1:" + std::to_string(server->port())),
            std::string::npos)
      << second.error().message;
}

TEST(Server, refuses_an_address_or_a_certificate_that_is_none) {
  auto options = on_loopback();
  options.address = "here";
  EXPECT_EQ(HttpServer::start(options, echo).error().code, ErrorCode::Invalid);
  options = on_loopback();
  options.tls = ServerTls{"nothing", SecretString{"hunter2"}};
  const auto server = HttpServer::start(options, echo);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, ErrorCode::Invalid);
  EXPECT_EQ(server.error().message.find("hunter2"), std::string::npos);
}

TEST(Server, without_an_address_listens_on_all_of_them) {
  auto options = on_loopback();
  options.address = "";
  std::promise<std::string> from;
  auto server = start(options, [&](const ServerRequest& request, std::stop_token) {
    from.set_value(request.remote_address);
    return ServerResponse{};
  });
  ask(*server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(from.get_future().get(), "127.0.0.1");
}

TEST(ParseBindAddress, reads_what_bind_address_flags_hold) {
  EXPECT_EQ(parse_bind_address(":8080")->address, "");
  EXPECT_EQ(parse_bind_address(":8080")->port, 8080);
  EXPECT_EQ(parse_bind_address("127.0.0.1:0")->address, "127.0.0.1");
  EXPECT_EQ(parse_bind_address("[::1]:8081")->address, "::1");
}

TEST(ParseBindAddress, names_what_it_refuses) {
  for (const char* text : {"", "8080", "127.0.0.1", "127.0.0.1:", ":65536", ":-1", ":80x", "::1:80",
                           "host:80", "[127.0.0.1]:80", "[]:80"}) {
    const auto parsed = parse_bind_address(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().message.find("\"" + std::string(text) + "\""), std::string::npos);
  }
}

}  // namespace
}  // namespace net
