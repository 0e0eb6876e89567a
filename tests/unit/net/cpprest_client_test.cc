// HttpClient as make_http_client makes it, against well-behaved and other peers on loopback.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "net/http_client.h"
#include "net/http_server.h"
#include "raw_peer.h"

// cpprestsdk 2.10 never frees the copy of a proxy's password that it makes for each connection.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:libcpprest.so"; }

namespace net {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<HttpClient> make_client(bool reuse = false) {
  HttpClientOptions options;
  options.reuse_connections = reuse;
  auto client = make_http_client(std::move(options));
  EXPECT_TRUE(client.ok());
  return std::move(*client);
}

HttpRequest request_to(std::string url, std::string method = "GET") {
  HttpRequest request;
  request.url = std::move(url);
  request.method = std::move(method);
  return request;
}

class Stopwatch {
 public:
  Duration elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  SteadyTime start_ = std::chrono::steady_clock::now();
};

// The answer of `script` to one GET.
Result<HttpResponse> answer_of(RawPeer::Script script, std::size_t max_bytes = 1 << 20,
                               Duration timeout = 10s) {
  const RawPeer peer(std::move(script));
  HttpRequest request = request_to(peer.url());
  request.max_response_bytes = max_bytes;
  request.timeout = timeout;
  return make_client()->send(request, {});
}

RawPeer::Script answering(std::string response) {
  return [response](RawSocket& socket) {
    socket.read_message();
    socket.write(response);
  };
}

TEST(Client, sends_all_of_a_request_and_reads_all_of_an_answer) {
  ServerRequest seen;
  HttpServerOptions options;
  options.address = "127.0.0.1";
  auto server = HttpServer::start(options, [&](const ServerRequest& request, std::stop_token) {
    seen = request;
    return ServerResponse{201, {{"X-Answer", "42"}}, "body"};
  });
  ASSERT_TRUE(server.ok());
  HttpRequest request = request_to(
      "http://127.0.0.1:" + std::to_string((*server)->port()) + "/a%2Fb/c/?x=%20&y=1+2", "PATCH");
  request.headers = {{"Content-Type", "application/apply-patch+yaml"}, {"X-Other", "1"}};
  request.body = std::string("k: \xc3\xa9\0", 7);
  const auto response = make_client()->send(request, {});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->headers.get("x-answer"), "42");
  EXPECT_EQ(response->body, "body");
  (*server)->stop(1s);
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.target, "/a%2Fb/c/?x=%20&y=1+2");
  EXPECT_EQ(seen.body, request.body);
  EXPECT_EQ(seen.headers.get("Content-Type"), "application/apply-patch+yaml");
  EXPECT_EQ(seen.headers.get("X-Other"), "1");
  EXPECT_EQ(seen.headers.get("Host"), "127.0.0.1:" + std::to_string((*server)->port()));
  EXPECT_EQ(seen.headers.get("User-Agent"), "net_test");
  EXPECT_FALSE(seen.headers.has("Accept-Encoding"));
}

TEST(Client, a_delete_without_a_body_names_no_content_type) {
  std::promise<std::string> seen;
  const RawPeer peer([&](RawSocket& socket) {
    seen.set_value(socket.read_message());
    socket.write(ok_response(""));
  });
  ASSERT_TRUE(make_client()->send(request_to(peer.url(), "DELETE"), {}).ok());
  const std::string message = seen.get_future().get();
  EXPECT_EQ(message.find("Content-Type"), std::string::npos) << message;
  EXPECT_NE(message.find("Content-Length:0"), std::string::npos) << message;
}

TEST(Client, every_status_is_a_value_and_redirects_are_not_followed) {
  std::atomic<int> requests = 0;
  const RawPeer peer([&](RawSocket& socket) {
    while (!socket.read_message().empty()) {
      ++requests;
      socket.write("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const auto response = make_client()->send(request_to(peer.url()), {});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.get("Location"), "/next");
  EXPECT_EQ(requests, 1);
  const auto failed = answer_of(answering("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno"));
  ASSERT_TRUE(failed.ok()) << failed.error().message;
  EXPECT_EQ(failed->status, 503);
}

TEST(Client, reads_bodies_by_length_by_chunks_and_to_the_end_of_the_connection) {
  for (const std::string& answer :
       {ok_response("abc"), kChunkedHead + chunk("ab") + chunk("c") + chunk(""),
        std::string("HTTP/1.0 200 OK\r\n\r\nabc")}) {
    const auto response = answer_of(answering(answer));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body, "abc");
  }
}

TEST(Client, a_silent_peer_is_a_timeout) {
  const Stopwatch watch;
  const auto response = answer_of([](RawSocket& socket) { socket.read_all(); }, 1 << 20, 50ms);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::Timeout);
  EXPECT_LT(watch.elapsed(), 1s);
}

TEST(Client, a_peer_that_never_ends_is_a_timeout_however_much_it_sends) {
  const auto response = answer_of(
      [](RawSocket& socket) {
        socket.read_message();
        socket.write(kChunkedHead);
        while (socket.write(chunk("x"))) {
        }
      },
      std::size_t{1} << 40, 100ms);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::Timeout);
}

TEST(Client, an_answer_beyond_its_bound_is_too_large) {
  const std::string body(1001, 'x');
  EXPECT_TRUE(answer_of(answering(ok_response(body.substr(1))), 1000).ok());
  for (const std::string& response : {ok_response(body), kChunkedHead + chunk(body) + chunk("")}) {
    const auto answer = answer_of(answering(response), 1000);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::TooLarge);
  }
}

TEST(Client, a_broken_answer_is_unavailable) {
  for (const char* response :
       {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n"}) {
    const auto answer = answer_of(answering(response));
    ASSERT_FALSE(answer.ok()) << response;
    EXPECT_EQ(answer.error().code, ErrorCode::Unavailable) << response;
  }
}

TEST(Client, a_refused_connection_names_the_peer_and_no_secret) {
  std::uint16_t port = 0;
  {
    const RawPeer gone([](RawSocket&) {});
    port = gone.port();
  }
  HttpRequest request = request_to("http://127.0.0.1:" + std::to_string(port) + "/p?code=s3cret");
  request.headers = {{"Authorization", "Basic hunter2"}};
  const auto response = make_client()->send(request, {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::Unavailable);
  const std::string& message = response.error().message;
  EXPECT_NE(message.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << message;
  EXPECT_NE(message.find("refused"), std::string::npos) << message;
  EXPECT_EQ(message.find("s3cret"), std::string::npos);
  EXPECT_EQ(message.find("hunter2"), std::string::npos);
}

TEST(Client, refuses_what_would_become_another_header_or_request) {
  const auto client = make_client();
  HttpRequest request = request_to("http://127.0.0.1:1/");
  request.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_EQ(client->send(request, {}).error().code, ErrorCode::Invalid);
  request.headers = {{"X-A: 1\r\nX-B", "2"}};
  EXPECT_EQ(client->send(request, {}).error().code, ErrorCode::Invalid);
  EXPECT_EQ(
      client->send(request_to("http://127.0.0.1:1/", "GET / HTTP/1.1\r\nX:"), {}).error().code,
      ErrorCode::Invalid);
  EXPECT_EQ(client->send(request_to("http://[::1]:1/"), {}).error().code, ErrorCode::Invalid);
  EXPECT_EQ(client->send(request_to("not a url"), {}).error().code, ErrorCode::Invalid);
}

TEST(Client, a_stop_ends_a_request_within_a_second) {
  std::promise<void> asked;
  const RawPeer peer([&](RawSocket& socket) {
    socket.read_message();
    asked.set_value();
    socket.read_all();
  });
  const auto client = make_client();
  Result<HttpResponse> response = HttpResponse{};
  std::jthread caller(
      [&](std::stop_token stop) { response = client->send(request_to(peer.url()), stop); });
  asked.get_future().wait();
  const Stopwatch watch;
  caller.request_stop();
  caller.join();
  EXPECT_LT(watch.elapsed(), 1s);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::Cancelled);
}

TEST(Client, the_address_policy_holds_before_anything_is_sent) {
  const RawPeer peer(answering(ok_response("")));
  HttpClientOptions options;
  options.reuse_connections = false;
  options.addresses = AddressPolicy::NoLocal;
  auto strict = make_http_client(options);
  const auto refused = (*strict)->send(request_to(peer.url()), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Invalid);
  EXPECT_NE(refused.error().message.find("loopback"), std::string::npos);
  EXPECT_EQ(peer.connections(), 0);
  options.addresses = AddressPolicy::LoopbackAllowed;
  auto lenient = make_http_client(options);
  EXPECT_TRUE((*lenient)->send(request_to(peer.url()), {}).ok());
}

TEST(Client, plain_http_is_refused_before_anything_is_sent_unless_the_options_allow_it) {
  const RawPeer peer(answering(ok_response("")));
  HttpClientOptions options;
  options.reuse_connections = false;
  options.plain_http = PlainHttpPolicy::Refused;
  const auto refused = (*make_http_client(options))->send(request_to(peer.url()), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Invalid);
  EXPECT_NE(refused.error().message.find("must be https"), std::string::npos);
  options.plain_http = PlainHttpPolicy::LoopbackOnly;
  EXPECT_EQ((*make_http_client(options))->send(request_to("http://192.0.2.1/"), {}).error().code,
            ErrorCode::Invalid);
  EXPECT_EQ(peer.connections(), 0);
  EXPECT_TRUE((*make_http_client(options))->send(request_to(peer.url()), {}).ok());
}

TEST(Client, an_address_that_the_policy_refuses_is_refused_with_a_proxy_too) {
  const RawPeer proxy(answering(ok_response("")));
  HttpClientOptions options;
  options.addresses = AddressPolicy::NoLocal;
  options.proxy.http_proxy = proxy.url();
  const auto client = make_http_client(options);
  for (const char* url : {"http://169.254.169.254/latest", "http://2852039166/latest"}) {
    const auto refused = (*client)->send(request_to(url), {});
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().code, ErrorCode::Invalid);
    EXPECT_NE(refused.error().message.find("link-local"), std::string::npos);
  }
  EXPECT_EQ(proxy.connections(), 0);
}

// Answers the first request of each connection and closes it, unanswered, at the second: to the
// client, a kept connection that turns out to be dead.
class DyingPeer {
 public:
  DyingPeer()
      : peer_([this](RawSocket& socket) {
          if (socket.read_message().empty()) return;
          ++requests;
          socket.write(ok_response("x"));
          if (socket.read_message().empty()) return;
          ++requests;
          ++died;
        }) {}
  std::string url() const { return peer_.url(); }

  std::atomic<int> requests = 0;
  std::atomic<int> died = 0;

 private:
  RawPeer peer_;
};

// A connection is put back a moment after its answer was read: not every second request finds it.
constexpr int kManyTimes = 200;

TEST(Client, sends_a_get_again_when_its_kept_connection_is_dead) {
  DyingPeer peer;
  const auto client = make_client(true);
  for (int i = 0; i < kManyTimes && peer.died == 0; ++i) {
    const auto response = client->send(request_to(peer.url()), {});
    ASSERT_TRUE(response.ok()) << response.error().message;
  }
  EXPECT_GT(peer.died, 0);
}

TEST(Client, never_sends_anything_but_a_get_twice) {
  for (const char* method : {"POST", "DELETE", "PATCH", "PUT"}) {
    DyingPeer peer;
    const auto client = make_client(true);
    int sent = 0;
    int failed = 0;
    while (failed == 0 && sent < kManyTimes) {
      HttpRequest request = request_to(peer.url(), method);
      if (sent % 2 == 0) request.body = "a=b";
      ++sent;
      const auto response = client->send(request, {});
      if (response.ok()) continue;
      ++failed;
      EXPECT_EQ(response.error().code, ErrorCode::Unavailable);
    }
    EXPECT_EQ(failed, 1) << method;
    EXPECT_EQ(peer.died, 1) << method;
    EXPECT_EQ(peer.requests, sent) << method;
  }
}

TEST(Client, sends_a_get_again_when_writing_to_a_kept_connection_fails) {
  const RawPeer peer([](RawSocket& socket) {
    socket.read_message();
    socket.write(ok_response("x"));
    socket.reset();
  });
  const auto client = make_client(true);
  for (int i = 0; i < 50; ++i) {
    const auto response = client->send(request_to(peer.url()), {});
    // The reset can overtake the answer itself: that is no kept connection, and no second try.
    if (!response.ok()) {
      EXPECT_EQ(response.error().message.find("write"), std::string::npos)
          << response.error().message;
    }
  }
}

TEST(Client, keeps_connections_only_where_it_is_told_to) {
  std::atomic<int> reused = 0;
  const RawPeer peer([&](RawSocket& socket) {
    for (int requests = 0; !socket.read_message().empty(); ++requests) {
      if (requests > 0) ++reused;
      socket.write(ok_response("x"));
    }
  });
  const auto fresh = make_client(false);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fresh->send(request_to(peer.url()), {}).ok());
  EXPECT_EQ(peer.connections(), 5);
  EXPECT_EQ(reused, 0);
  const auto keeping = make_client(true);
  for (int i = 0; i < kManyTimes && reused == 0; ++i) {
    ASSERT_TRUE(keeping->send(request_to(peer.url()), {}).ok());
  }
  EXPECT_GT(reused, 0);
}

TEST(Client, many_threads_may_send_at_once) {
  const RawPeer peer([](RawSocket& socket) {
    while (!socket.read_message().empty()) socket.write(ok_response("x"));
  });
  const auto client = make_client(true);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 10; ++k) good += client->send(request_to(peer.url()), {}).ok();
      });
    }
  }
  EXPECT_EQ(good, 160);
}

TEST(Client, asks_an_http_proxy_with_its_credentials) {
  std::promise<std::string> seen;
  const RawPeer proxy([&](RawSocket& socket) {
    seen.set_value(socket.read_message());
    socket.write(ok_response("by proxy"));
  });
  HttpClientOptions options;
  options.addresses = AddressPolicy::NoLocal;  // the proxy resolves: a loopback proxy is fine
  options.proxy.http_proxy = "http://me:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  auto client = make_http_client(options);
  ASSERT_TRUE(client.ok());
  const auto response = (*client)->send(request_to("http://service.example/x"), {});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "by proxy");
  const std::string message = seen.get_future().get();
  EXPECT_TRUE(message.starts_with("GET http://service.example/x HTTP/1.1\r\n")) << message;
  EXPECT_NE(message.find("Proxy-Authorization: Basic bWU6cEBzcw=="), std::string::npos) << message;
}

TEST(Client, refuses_a_proxy_that_it_cannot_speak_to) {
  HttpClientOptions options;
  options.proxy.https_proxy = "socks5://user:hunter2@proxy.example";
  options.proxy.https_proxy_source = "https_proxy";
  const auto client = make_http_client(options);
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().message,
            "https_proxy: only a proxy of the form http://HOST:PORT is supported");
  EXPECT_EQ(client.error().message.find("hunter2"), std::string::npos);
}

TEST(Client, a_ca_bundle_for_one_request_needs_connections_that_are_not_kept) {
  HttpRequest request = request_to("https://127.0.0.1:1/");
  request.ca_bundle_pem = "x";
  EXPECT_EQ(make_client(true)->send(request, {}).error().code, ErrorCode::Invalid);
}

// Streams.

struct Streamed {
  std::vector<std::string> lines;
  Result<HttpResponse> result = HttpResponse{};
};

Streamed stream_of(RawPeer::Script script, HttpClient::StreamLimits limits = {}) {
  const RawPeer peer(std::move(script));
  Streamed streamed;
  streamed.result = make_client()->stream(request_to(peer.url()), limits,
                                          [&](std::string_view line) {
                                            streamed.lines.emplace_back(line);
                                            return Status{};
                                          },
                                          {});
  return streamed;
}

TEST(ClientStream, hands_over_lines_wherever_chunks_end) {
  const Streamed streamed = stream_of(answering(kChunkedHead + chunk("{\"a\":1}\n{\"b\":\"\xc3") +
                                                chunk("\xa9\"}") + chunk("\n\nrest") + chunk("")));
  ASSERT_TRUE(streamed.result.ok()) << streamed.result.error().message;
  EXPECT_EQ(streamed.result->status, 200);
  EXPECT_EQ(streamed.lines, (std::vector<std::string>{"{\"a\":1}", "{\"b\":\"\xc3\xa9\"}", ""}));
}

TEST(ClientStream, hands_over_a_line_as_soon_as_it_is_there) {
  std::latch seen(1);
  const RawPeer peer([&](RawSocket& socket) {
    socket.read_message();
    socket.write(kChunkedHead + chunk("first\n"));
    seen.wait();  // would wait for ever if the line came only with the end
    socket.write(chunk("second\n") + chunk(""));
  });
  std::vector<std::string> lines;
  const auto result = make_client()->stream(request_to(peer.url()), {},
                                            [&](std::string_view line) {
                                              lines.emplace_back(line);
                                              if (lines.size() == 1) seen.count_down();
                                              return Status{};
                                            },
                                            {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(lines, (std::vector<std::string>{"first", "second"}));
}

TEST(ClientStream, takes_a_line_of_8_mib_and_no_line_beyond_its_bound) {
  const std::string line(8 << 20, 'x');
  const auto script = answering(kChunkedHead + chunk(line.substr(0, 5 << 20)) +
                                chunk(line.substr(5 << 20) + "\n") + chunk(""));
  const Streamed streamed = stream_of(script);
  ASSERT_TRUE(streamed.result.ok());
  ASSERT_EQ(streamed.lines.size(), 1u);
  EXPECT_EQ(streamed.lines[0], line);

  HttpClient::StreamLimits limits;
  limits.max_line_bytes = line.size() - 1;
  const Streamed refused = stream_of(script, limits);
  ASSERT_FALSE(refused.result.ok());
  EXPECT_EQ(refused.result.error().code, ErrorCode::TooLarge);
}

TEST(ClientStream, a_stop_ends_it_within_a_second) {
  const RawPeer peer([](RawSocket& socket) {
    socket.read_message();
    socket.write(kChunkedHead + chunk("first\n"));
    socket.read_all();
  });
  const auto client = make_client(true);
  std::promise<void> first;
  Result<HttpResponse> result = HttpResponse{};
  std::jthread reader([&](std::stop_token stop) {
    result = client->stream(
        request_to(peer.url()), {},
        [&](std::string_view) {
          first.set_value();
          return Status{};
        },
        stop);
  });
  first.get_future().wait();
  const Stopwatch watch;
  reader.request_stop();
  reader.join();
  EXPECT_LT(watch.elapsed(), 1s);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
}

TEST(ClientStream, silence_beyond_its_bound_is_a_timeout) {
  HttpClient::StreamLimits limits;
  limits.max_silence = 50ms;
  const Streamed streamed = stream_of(
      [](RawSocket& socket) {
        socket.read_message();
        socket.write(kChunkedHead + chunk("first\n"));
        socket.read_all();
      },
      limits);
  ASSERT_FALSE(streamed.result.ok());
  EXPECT_EQ(streamed.result.error().code, ErrorCode::Timeout);
  EXPECT_EQ(streamed.lines, std::vector<std::string>{"first"});
}

TEST(ClientStream, tells_when_the_headers_are_there) {
  std::promise<int> status;
  HttpClient::StreamLimits limits;
  limits.on_headers = [&](int code) { status.set_value(code); };
  const Streamed streamed = stream_of(
      [&](RawSocket& socket) {
        socket.read_message();
        socket.write(kChunkedHead);
        EXPECT_EQ(status.get_future().get(), 200) << "before there is a line";
        socket.write(chunk("first\n") + chunk(""));
      },
      limits);
  EXPECT_TRUE(streamed.result.ok());
  EXPECT_EQ(streamed.lines, std::vector<std::string>{"first"});
}

TEST(ClientStream, an_answer_that_is_not_2xx_has_a_body_and_no_lines) {
  const Streamed streamed =
      stream_of(answering("HTTP/1.1 410 Gone\r\nContent-Length: 5\r\n\r\ngone\n"));
  ASSERT_TRUE(streamed.result.ok());
  EXPECT_EQ(streamed.result->status, 410);
  EXPECT_EQ(streamed.result->body, "gone\n");
  EXPECT_TRUE(streamed.lines.empty());
}

TEST(ClientStream, a_connection_that_breaks_is_unavailable_after_the_lines_that_came) {
  const Streamed streamed = stream_of(answering(kChunkedHead + chunk("first\nsec")));
  ASSERT_FALSE(streamed.result.ok());
  EXPECT_EQ(streamed.result.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streamed.lines, std::vector<std::string>{"first"});
}

TEST(ClientStream, a_handler_that_is_slow_slows_the_sender_and_one_that_fails_ends_it) {
  std::promise<std::size_t> held_up;
  const RawPeer peer([&](RawSocket& socket) {
    socket.read_message();
    socket.write(kChunkedHead);
    const std::string megabyte = chunk(std::string((1 << 20) - 1, 'x') + "\n");
    std::size_t written = 0;
    while (written < 512 && socket.write_within(megabyte, 300)) ++written;
    held_up.set_value(written);
    socket.read_all();
  });
  std::size_t megabytes = 0;
  const auto result = make_client()->stream(request_to(peer.url()), {},
                                            [&](std::string_view) -> Status {
                                              megabytes = held_up.get_future().get();
                                              return Error{ErrorCode::Gone, "enough"};
                                            },
                                            {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::Gone);
  EXPECT_LT(megabytes, 64u);  // the rest is in the sockets' buffers
}

}  // namespace
}  // namespace net
