#include "net/server_stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "net/event_stream.h"
#include "raw_peer.h"
#include "served.h"

namespace net {
namespace {

using namespace std::chrono_literals;

// Waits until the stream has ended.
void await_end(const ServerStream& stream) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stream.ended(), [] { return false; });
}

const char* const kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// A server that answers every request with a new stream.
class Streams : public testing::Test {
 protected:
  void serve(HttpServerOptions options, ServerStreamOptions stream_options = {}) {
    server_ =
        start(std::move(options), [this, stream_options](const ServerRequest&, std::stop_token) {
          auto stream = std::make_shared<ServerStream>(stream_options);
          {
            const std::lock_guard lock(mutex_);
            streams_.push_back(stream);
          }
          changed_.notify_all();
          return event_stream(stream);
        });
  }
  std::shared_ptr<ServerStream> stream(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return streams_.size() > number; });
    return streams_[number];
  }
  std::vector<std::shared_ptr<ServerStream>> all() {
    const std::lock_guard lock(mutex_);
    return streams_;
  }
  // Reads until `text` has come. False: the connection ended before.
  static bool read_until(RawClient& client, std::string& seen, std::string_view text) {
    while (seen.find(text) == std::string::npos) {
      char bytes[4096];
      boost::system::error_code error;
      const std::size_t size = client->socket().read_some(boost::asio::buffer(bytes), error);
      seen.append(bytes, size);
      if (error) return seen.find(text) != std::string::npos;
    }
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<ServerStream>> streams_;
  std::unique_ptr<HttpServer> server_;  // ends first
};

TEST_F(Streams, what_is_written_by_another_thread_is_sent_at_once_as_a_chunk) {
  serve(on_loopback());
  RawClient client(server_->port());
  client->write(kGet);
  const auto written = stream(0);
  std::string seen;
  std::jthread([&] { EXPECT_TRUE(written->write("data: 1\n\n")); }).join();
  EXPECT_TRUE(read_until(client, seen, "9\r\ndata: 1\n\n\r\n")) << seen;
  EXPECT_TRUE(written->write("data: 2\n\n"));
  written->end();
  EXPECT_FALSE(written->write("data: 3\n\n"));
  const std::string rest = seen + client->read_all();
  EXPECT_NE(rest.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << rest;
  EXPECT_NE(rest.find("Content-Type: text/event-stream\r\n"), std::string::npos) << rest;
  EXPECT_TRUE(rest.ends_with("9\r\ndata: 2\n\n\r\n0\r\n\r\n")) << rest;
}

TEST_F(Streams, a_client_of_http_1_0_gets_the_bytes_as_they_are) {
  serve(on_loopback());
  RawClient client(server_->port());
  client->write("GET / HTTP/1.0\r\n\r\n");
  stream(0)->write("data: 1\n\n");
  stream(0)->end();
  const std::string answer = client->read_all();
  EXPECT_TRUE(answer.ends_with("\r\n\r\ndata: 1\n\n")) << answer;
  EXPECT_EQ(answer.find("chunked"), std::string::npos) << answer;
}

TEST_F(Streams, head_gets_no_body_and_ends_the_stream) {
  serve(on_loopback());
  RawClient client(server_->port());
  client->write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client->read_all().ends_with("\r\n\r\n"));
  await_end(*stream(0));
}

TEST_F(Streams, a_stream_ends_when_its_client_goes_away) {
  serve(on_loopback());
  RawClient client(server_->port());
  client->write(kGet);
  std::string seen;
  EXPECT_TRUE(read_until(client, seen, "\r\n\r\n"));
  client->shutdown();
  await_end(*stream(0));
  EXPECT_FALSE(stream(0)->write("late"));
}

TEST_F(Streams, silence_is_filled_with_comments) {
  serve(on_loopback(), {.heartbeat_interval = 5ms});
  RawClient client(server_->port());
  client->write(kGet);
  std::string seen;
  EXPECT_TRUE(read_until(client, seen, "3\r\n:\n\n\r\n3\r\n:\n\n\r\n")) << seen;
}

TEST_F(Streams, a_stream_ends_whole_when_its_lifetime_is_over) {
  serve(on_loopback(), {.lifetime = 20ms});
  RawClient client(server_->port());
  client->write(kGet);
  stream(0)->write("data: 1\n\n");
  const std::string answer = client->read_all();
  EXPECT_NE(answer.find("data: 1\n\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("0\r\n\r\n")) << answer;
}

TEST_F(Streams, a_stop_ends_streams_whole_and_does_not_wait_for_its_grace) {
  serve(on_loopback());
  RawClient client(server_->port());
  client->write(kGet);
  std::string seen;
  EXPECT_TRUE(read_until(client, seen, "\r\n\r\n"));
  stream(0)->write("data: last\n\n");
  const auto asked = std::chrono::steady_clock::now();
  server_->stop(20s);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 10s);
  seen += client->read_all();
  EXPECT_TRUE(seen.ends_with("data: last\n\n\r\n0\r\n\r\n")) << seen;
  EXPECT_FALSE(stream(0)->write("late"));
}

TEST_F(Streams, one_beyond_their_number_is_503) {
  auto options = on_loopback();
  options.max_streams = 1;
  serve(options);
  RawClient first(server_->port());
  first->write(kGet);
  std::string seen;
  EXPECT_TRUE(read_until(first, seen, "\r\n\r\n"));
  testing::internal::CaptureStderr();
  RawClient second(server_->port());
  second->write(kGet);
  const std::string refused = second->read_message();
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: "), std::string::npos) << refused;
  await_end(*stream(1));
  stream(0)->end();
  first->read_all();
  second->write(kGet);
  seen.clear();
  EXPECT_TRUE(read_until(second, seen, "200 OK")) << "the place is free again";
}

TEST_F(Streams, a_full_server_gives_up_a_stream_before_a_request_that_is_handled_only) {
  auto options = on_loopback();
  options.max_connections = 2;
  serve(options);
  RawClient streaming(server_->port());
  streaming->write(kGet);
  std::string seen;
  EXPECT_TRUE(read_until(streaming, seen, "\r\n\r\n"));
  RawClient slow(server_->port());
  slow->write("GET / HT");
  RawClient next(server_->port());
  next->write(kGet);
  EXPECT_EQ(slow->read_all(), "") << "a slow request is given up first";
  EXPECT_TRUE(stream(0)->write("data: still here\n\n"));
  EXPECT_TRUE(read_until(streaming, seen, "still here"));
}

// Of hundreds of streams, one client reads nothing.
TEST_F(Streams, hundreds_are_served_by_one_worker_and_a_stalled_reader_holds_none_of_them_up) {
  constexpr std::size_t kStreams = 400;
  auto options = on_loopback();
  options.threads = 1;
  options.max_connections = 1000;
  options.max_connections_per_address = 1000;
  options.max_streams = kStreams;
  serve(options, {.max_buffered_bytes = 256 << 10});
  RawClient stalled(server_->port());
  stalled->write(kGet);
  const auto unread = stream(0);
  std::list<RawClient> clients;
  for (std::size_t i = 1; i < kStreams; ++i) {
    clients.emplace_back(server_->port())->write(kGet);
    stream(i);
  }
  const std::string event = event_text({.name = "changed", .data = "shop/crm", .id = ""});
  for (const auto& each : all()) EXPECT_TRUE(each->write(event));
  for (RawClient& client : clients) {
    std::string seen;
    EXPECT_TRUE(read_until(client, seen, event));
  }
  const std::string large(64 << 10, 'x');
  while (unread->write(large)) std::this_thread::yield();  // as long as sockets and buffer take it
  await_end(*unread);
  for (const auto& each : all()) {
    if (each != unread) {
      EXPECT_TRUE(each->write(event));
    }
  }
  for (RawClient& client : clients) {
    std::string seen;
    EXPECT_TRUE(read_until(client, seen, event));
  }
}

TEST_F(Streams, a_reader_that_takes_nothing_within_the_time_of_a_request_loses_its_connection) {
  auto options = on_loopback();
  options.request_timeout = 100ms;
  serve(options, {.max_buffered_bytes = 64 << 20});
  RawClient stalled(server_->port());
  stalled->write(kGet);
  stream(0)->write(std::string(32 << 20, 'x'));  // more than the sockets take
  await_end(*stream(0));
}

TEST(ServerStream, keeps_what_is_written_before_a_client_is_there_up_to_its_bound) {
  ServerStream stream({.max_buffered_bytes = 10});
  EXPECT_TRUE(stream.write("12345"));
  EXPECT_TRUE(stream.write("67890"));
  EXPECT_EQ(stream.take().bytes, "1234567890");
  EXPECT_TRUE(stream.write("12345"));
  EXPECT_FALSE(stream.ended().stop_requested());
  EXPECT_FALSE(stream.write("123456"));
  EXPECT_TRUE(stream.ended().stop_requested());
  EXPECT_FALSE(stream.write("")) << "ended for good";
  EXPECT_TRUE(stream.take().overrun);
}

TEST(ServerStream, announces_a_burst_once_and_nothing_after_it_was_left) {
  ServerStream stream;
  int announced = 0;
  stream.attach([&] { ++announced; });
  stream.write("a");
  stream.write("b");
  EXPECT_EQ(announced, 1);
  EXPECT_EQ(stream.take().bytes, "ab");
  stream.write("c");
  EXPECT_EQ(announced, 2);
  stream.detach();
  EXPECT_FALSE(stream.write("d"));
  stream.end();
  EXPECT_EQ(announced, 2);
}

TEST(EventText, each_line_of_the_data_is_a_field_and_no_value_begins_another) {
  EXPECT_EQ(event_text({.name = "", .data = "x", .id = ""}), "data: x\n\n");
  EXPECT_EQ(event_text({.name = "changed", .data = "a\nb\r\nc\rd", .id = "7"}),
            "event: changed\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(event_text({.name = "a\ndata: evil", .data = "\n\nevent: evil", .id = "1\r2"}),
            "event: adata: evil\nid: 12\ndata: \ndata: \ndata: event: evil\n\n");
}

}  // namespace
}  // namespace net
