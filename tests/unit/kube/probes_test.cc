#include "kube/probes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

namespace kube {
namespace {

net::ServerRequest get(const std::string& path, const std::string& method = "GET") {
  return {.method = method,
          .target = path,
          .path = path,
          .query = "",
          .headers = {},
          .body = "",
          .remote_address = "127.0.0.1",
          .received = {}};
}

// Routes, as the server calls them.
class Routes {
 public:
  explicit Routes(Probes probes) : handler_(probe_routes(std::move(probes)).handler()) {}
  net::ServerResponse operator()(const net::ServerRequest& request) const {
    return handler_(request, {});
  }

 private:
  net::HttpServer::Handler handler_;
};

Routes handler(bool ready = true, const std::string& message = {}) {
  return Routes({.ready =
                     [=] {
                       return Readiness{ready, message};
                     },
                 .metrics = [] { return "up 1\n"; }});
}

TEST(Probes, healthz_is_ok_as_long_as_it_answers) {
  EXPECT_EQ(handler(true)(get("/healthz")).status, 200);
  EXPECT_EQ(handler(false)(get("/healthz")).status, 200) << "no reason to kill it";
}

TEST(Probes, readyz_says_whether_it_is_ready) {
  EXPECT_EQ(handler(true)(get("/readyz")).status, 200);
  const auto not_ready = handler(false)(get("/readyz"));
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_NE(not_ready.body.find("not ready"), std::string::npos);
}

TEST(Probes, readyz_says_what_is_not_served_whether_it_is_ready_or_not) {
  const std::string trouble = "widgets in shop: refused\n";
  EXPECT_EQ(handler(true, trouble)(get("/readyz")).body, "ok\n" + trouble);
  EXPECT_EQ(handler(false, trouble)(get("/readyz")).body, "not ready: " + trouble);
}

TEST(Probes, readiness_is_asked_for_each_time) {
  bool ready = false;
  const Routes handle({.ready = [&] { return Readiness{ready}; }, .metrics = [] { return ""; }});
  EXPECT_EQ(handle(get("/readyz")).status, 503);
  ready = true;
  EXPECT_EQ(handle(get("/readyz")).status, 200);
}

TEST(Probes, metrics_are_served_in_the_text_format) {
  const auto response = handler()(get("/metrics"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "up 1\n");
}

TEST(Probes, scrapes_that_come_together_share_a_collection) {
  std::atomic<int> collections = 0;
  const Routes handle({.ready = [] { return Readiness{true}; },
                       .metrics = [&] { return "n " + std::to_string(++collections); }});
  net::ServerRequest early = get("/metrics");
  early.received = std::chrono::steady_clock::now();
  EXPECT_EQ(handle(early).body, "n 1");
  EXPECT_EQ(handle(early).body, "n 1") << "that collection began after the request had come";
  net::ServerRequest late = get("/metrics");
  late.received = std::chrono::steady_clock::now() + std::chrono::milliseconds{1};
  EXPECT_EQ(handle(late).body, "n 2");
}

TEST(Probes, healthz_and_readyz_are_answered_at_once_and_metrics_are_not) {
  EXPECT_TRUE(is_probe(get("/healthz")) && is_probe(get("/readyz")));
  EXPECT_FALSE(is_probe(get("/metrics")) || is_probe(get("/healthz/x")));
}

TEST(Probes, only_what_is_served_is_there_and_only_to_be_read) {
  EXPECT_EQ(handler()(get("/")).status, 404);
  EXPECT_EQ(handler()(get("/healthz/")).status, 404);
  EXPECT_EQ(handler()(get("/metrics", "POST")).status, 405);
  EXPECT_EQ(handler()(get("/metrics", "POST")).headers.get("Allow"), "GET, HEAD");
  EXPECT_EQ(handler()(get("/readyz", "HEAD")).status, 200);
}

}  // namespace
}  // namespace kube
