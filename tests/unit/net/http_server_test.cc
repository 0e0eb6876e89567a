#include "net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
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

TEST(Server, a_request_that_never_ends_is_cut_off) {
  auto options = on_loopback();
  options.request_timeout = 50ms;
  auto server = start(options, echo);
  EXPECT_EQ(ask(*server, "GET / HTTP/1.1\r\nX: "), "");
  EXPECT_EQ(ask(*server, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"), "");
}

TEST(Server, a_connection_without_requests_is_closed) {
  auto options = on_loopback();
  options.idle_timeout = 50ms;
  auto server = start(options, echo);
  EXPECT_EQ(ask(*server, ""), "");
  const std::string answer = ask(*server, "GET /once HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

TEST(Server, slow_clients_hold_nobody_up) {
  auto server = start(on_loopback(), echo);
  std::list<RawClient> slow;
  for (int i = 0; i < 100; ++i) slow.emplace_back(server->port())->write("GET / HT");
  const std::string answer =
      ask(*server, "GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("/quick||"), std::string::npos);
}

TEST(Server, no_more_connections_than_its_bound_are_served_and_the_next_wait) {
  auto options = on_loopback();
  options.max_connections = 1;
  std::atomic<int> handled = 0;
  auto server = start(options, [&](const ServerRequest& request) {
    ++handled;
    return echo(request);
  });
  RawClient first(server->port());
  first->write("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  first->read_message();
  RawClient second(server->port());
  second->write("GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
  first->write("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
  first->read_message();
  EXPECT_EQ(handled, 2);  // the first one's both
  first->shutdown();
  EXPECT_NE(second->read_message().find("/second||"), std::string::npos);
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
