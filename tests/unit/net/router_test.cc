#include "net/router.h"

#include <gtest/gtest.h>

namespace {

using net::RoutedRequest;
using net::Router;
using net::ServerRequest;
using net::ServerResponse;

// Answers with its name, and the parameter `x` where the pattern has one.
Router::Handler named(std::string name, bool has_parameter = false) {
  return [=](const RoutedRequest& request) {
    return ServerResponse{.body = name + (has_parameter ? ":" + request.parameter("x") : "")};
  };
}

ServerResponse ask(const Router& router, std::string method, std::string target) {
  const std::size_t mark = target.find('?');
  return router.handler()({.method = std::move(method),
                           .target = target,
                           .path = target.substr(0, mark),
                           .query = mark == std::string::npos ? "" : target.substr(mark + 1)});
}

TEST(RouterTest, a_parameter_is_one_whole_segment_decoded_once) {
  Router router;
  router.add("GET", "/a/{x}", named("a", true));
  EXPECT_EQ(ask(router, "GET", "/a/b%20c+d").body, "a:b c+d");
  EXPECT_EQ(ask(router, "GET", "/a/b%2Fc").body, "a:b/c") << "an encoded slash makes no segment";
  EXPECT_EQ(ask(router, "GET", "/a/%252e").body, "a:%2e");
  for (const char* path : {"/a", "/a/", "/a/b/c", "/a/b/", "/A/b", "//a/b", "/"})
    EXPECT_EQ(ask(router, "GET", path).status, 404) << path;
}

TEST(RouterTest, a_literal_wins_over_a_parameter_in_whatever_order_they_are_added) {
  Router literal_first, literal_last;
  literal_first.add("GET", "/oauth/create", named("create"));
  literal_first.add("GET", "/oauth/{x}", named("detail", true));
  literal_last.add("GET", "/oauth/{x}", named("detail", true));
  literal_last.add("GET", "/{x}/create", named("other", true));
  literal_last.add("GET", "/oauth/create", named("create"));
  for (const Router* router : {&literal_first, &literal_last}) {
    EXPECT_EQ(ask(*router, "GET", "/oauth/create").body, "create");
    EXPECT_EQ(ask(*router, "GET", "/oauth/shop.crm").body, "detail:shop.crm");
  }
  EXPECT_EQ(ask(literal_last, "GET", "/web/create").body, "other:web");
}

TEST(RouterTest, another_method_is_405_and_says_which_are_allowed) {
  Router router;
  router.add("GET", "/a", named("got"));
  router.add("POST", "/a", named("posted"));
  EXPECT_EQ(ask(router, "POST", "/a").body, "posted");
  EXPECT_EQ(ask(router, "HEAD", "/a").body, "got");
  const ServerResponse refused = ask(router, "DELETE", "/a");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "GET, POST");
}

TEST(RouterTest, broken_percent_encoding_is_a_bad_request) {
  Router router;
  router.add("GET", "/{x}", named("a", true));
  for (const char* target : {"/%", "/%2", "/%zz", "/a?b=%"})
    EXPECT_EQ(ask(router, "GET", target).status, 400) << target;
}

TEST(RouterTest, a_value_that_stands_twice_is_none) {
  Router router;
  router.add("GET", "/", [](const RoutedRequest& request) {
    return ServerResponse{.body = request.query("once") + "," + request.query("twice") + "," +
                                  request.query("none")};
  });
  EXPECT_EQ(ask(router, "GET", "/?once=a%26b+c&twice=1&twice=2").body, "a&b c,,");
}

TEST(RouterTest, a_form_is_read_only_by_its_own_media_type) {
  Router router;
  router.add("POST", "/", [](const RoutedRequest& request) {
    return ServerResponse{.body = request.form("a")};
  });
  const auto posted = [&](const char* type, const char* body) {
    return router
        .handler()(
            {.method = "POST", .path = "/", .headers = {{"content-type", type}}, .body = body})
        .body;
  };
  EXPECT_EQ(posted("application/x-www-form-urlencoded", "a=1+2"), "1 2");
  EXPECT_EQ(posted("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1"), "1");
  EXPECT_EQ(posted("text/plain", "a=1"), "") << "a cross-site form may send that";
  EXPECT_EQ(posted("application/x-www-form-urlencoded", "a=%"), "");
}

TEST(RouterTest, cookies_of_one_name_are_all_there) {
  Router router;
  router.add("GET", "/", [](const RoutedRequest& request) {
    std::string all;
    for (const std::string& value : request.cookies("a")) all += value + ";";
    return ServerResponse{.body = all};
  });
  EXPECT_EQ(
      router.handler()({.method = "GET", .path = "/", .headers = {{"Cookie", "a=1; b=2; a=3"}}})
          .body,
      "1;3;");
}

}  // namespace
