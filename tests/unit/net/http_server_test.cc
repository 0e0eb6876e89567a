#include "net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <future>
#include <latch>
#include <list>
#include <stdexcept>
#include <string>

#include "raw_peer.h"

namespace net {
namespace {

using namespace std::chrono_literals;

HttpServerOptions on_loopback() {
  HttpServerOptions options;
  options.address = "127.0.0.1";
  return options;
}

std::unique_ptr<HttpServer> start(HttpServerOptions options, HttpServer::Handler handler) {
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().message;
  return std::move(*server);
}

ServerResponse echo(const ServerRequest& request) {
  return {
      200, {{"X-Method", request.method}}, request.path + "|" + request.query + "|" + request.body};
}

std::string ask(const HttpServer& server, std::string_view request) {
  RawClient client(server.port());
  client->write(request);
  return client->read_all();
}

TEST(Server, hands_over_all_of_a_request) {
  ServerRequest seen;
  auto server = start(on_loopback(), [&](const ServerRequest& request) {
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
  auto server = start(on_loopback(), [](const ServerRequest&) {
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

TEST(Server, what_is_not_http_is_400) {
  auto server = start(on_loopback(), echo);
  for (const char* request :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\nBroken\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n"}) {
    EXPECT_TRUE(ask(*server, request).starts_with("HTTP/1.1 400 ")) << request;
  }
}

TEST(Server, a_handler_that_throws_or_answers_nonsense_is_a_500_without_details) {
  auto server = start(on_loopback(), [](const ServerRequest& request) -> ServerResponse {
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

TEST(Server, a_500_is_logged_with_method_path_and_the_type_of_what_was_thrown_without_its_text) {
  auto server = start(on_loopback(), [](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/throw") throw std::runtime_error("hunter2");
    return {42, {}, ""};
  });
  testing::internal::CaptureStderr();
  for (const std::string path : {"/throw", "/status"})
    ask(*server,
        "POST " + path + "?token=hunter2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  server->stop(1s);
  const std::string log = testing::internal::GetCapturedStderr();
  for (const char* part : {"POST", "/throw", "/status", "std::runtime_error", "not valid HTTP"})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
  EXPECT_EQ(log.find("hunter2"), std::string::npos) << log;
}

TEST(Server, a_request_that_never_ends_is_cut_off) {
  auto options = on_loopback();
  options.request_timeout = 50ms;
  auto server = start(options, echo);
  EXPECT_EQ(ask(*server, "GET / HTTP/1.1\r\nX: "), "");
  EXPECT_EQ(ask(*server, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"), "");
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
  const auto server = start(with_places(3), [&](const ServerRequest& request) {
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
  const auto server = start(with_places(1), [&](const ServerRequest& request) {
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
  const auto server = start(options, [&](const ServerRequest& request) {
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
  const auto server = start(options, [&](const ServerRequest& request) {
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
  const auto server = start(options, [&](const ServerRequest&) {
    return ServerResponse{200, {}, large};
  });
  std::list<RawClient> unread;
  for (int i = 0; i < 6; ++i) unread.emplace_back(server->port())->write(kRequest);
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
  auto server = start(options, [&](const ServerRequest& request) {
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

TEST(Server, a_stop_lets_a_request_under_way_end_and_says_that_the_connection_does_too) {
  std::promise<void> entered;
  std::promise<void> leave;
  auto server = start(on_loopback(), [&](const ServerRequest&) {
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
  auto server = start(options, [&](const ServerRequest& request) {
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
