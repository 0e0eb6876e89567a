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
                           .query = mark == std::string::npos ? "" : target.substr(mark + 1)},
                          {});
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
  EXPECT_EQ(refused.headers.get("Allow"), "GET, HEAD, POST");
}

TEST(RouterTest, a_path_that_is_no_text_is_a_bad_request) {
  Router router;
  router.add("GET", "/{x}", named("a", true));
  router.add("GET", "/b/{x}/c", named("b", true));
  for (const char* target : {"/%", "/%2", "/%zz", "/%00", "/%0a", "/%7f", "/%ff", "/%c0%af", "/.",
                             "/%2e%2e", "/b/../c", "/b/%2E./c", "/b/./c"})
    EXPECT_EQ(ask(router, "GET", target).status, 400) << target;
  EXPECT_EQ(ask(router, "GET", "/b/..%2Fc/c").body, "b:../c")
      << "one segment, and no way out of it";
  EXPECT_EQ(ask(router, "GET", "/...").body, "a:...");
  EXPECT_EQ(ask(router, "GET", "/%C3%A4").body, "a:\xC3\xA4");
}

TEST(RouterTest, a_path_with_a_slash_at_its_end_is_another_one) {
  Router router;
  router.add("GET", "/a", named("without"));
  EXPECT_EQ(ask(router, "GET", "/a/").status, 404);
  router.add("GET", "/a/", named("with"));
  EXPECT_EQ(ask(router, "GET", "/a").body, "without");
  EXPECT_EQ(ask(router, "GET", "/a/").body, "with");
  EXPECT_EQ(ask(router, "GET", "/a//").status, 404);
}

TEST(RouterTest, names_the_pattern_and_never_the_path) {
  Router router;
  router.add("GET", "/a/{x}", named("a"));
  router.add("GET", "/", named("root"));
  const auto route = [&](const char* path) { return router.route_of()({.path = path}); };
  EXPECT_EQ(route("/a/secret"), "/a/{x}");
  EXPECT_EQ(route("/"), "/");
  for (const char* path : {"/secret", "/a/%", "*", ""})
    EXPECT_EQ(route(path), path[0] == '\0' ? "/" : "") << path;
}

TEST(RouterTest, a_query_is_read_as_browsers_write_it_and_is_bounded) {
  Router router;
  router.add("GET", "/", [](const RoutedRequest& request) {
    return ServerResponse{.body = request.query().only("once").value_or("none") + "," +
                                  request.query().only("twice").value_or("none") + "," +
                                  std::to_string(request.query().count("twice"))};
  });
  EXPECT_EQ(ask(router, "GET", "/?once=a%26b+c%&twice=1&twice=2").body, "a&b c%,none,2");
  std::string many = "/?";
  for (std::size_t i = 0; i <= net::Form::kMaxFields; ++i) many += "a&";
  EXPECT_EQ(ask(router, "GET", many).status, 400);
}

TEST(RouterTest, a_handler_gets_the_token_of_its_request) {
  Router router;
  router.add("GET", "/", [](const RoutedRequest& request) {
    return ServerResponse{.body = request.stop().stop_requested() ? "stopped" : "going"};
  });
  std::stop_source source;
  const net::ServerRequest request{.method = "GET", .path = "/"};
  EXPECT_EQ(router.handler()(request, source.get_token()).body, "going");
  source.request_stop();
  EXPECT_EQ(router.handler()(request, source.get_token()).body, "stopped");
}

TEST(RouterTest, a_form_is_read_only_by_its_own_media_type) {
  Router router;
  router.add("POST", "/", [](const RoutedRequest& request) {
    return ServerResponse{.body = request.form().only("a").value_or("none")};
  });
  const auto posted = [&](const char* type, const char* body) {
    return router
        .handler()(
            {.method = "POST", .path = "/", .headers = {{"content-type", type}}, .body = body}, {})
        .body;
  };
  EXPECT_EQ(posted("application/x-www-form-urlencoded", "a=1+2"), "1 2");
  EXPECT_EQ(posted("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1"), "1");
  EXPECT_EQ(posted("text/plain", "a=1"), "none") << "a cross-site form may send that";
  EXPECT_EQ(posted("application/x-www-form-urlencoded", "a=%"), "%");
}

TEST(RouterTest, cookies_of_one_name_are_all_there) {
  Router router;
  router.add("GET", "/", [](const RoutedRequest& request) {
    std::string all;
    for (const std::string& value : request.cookies("a")) all += value + ";";
    return ServerResponse{.body = all};
  });
  EXPECT_EQ(
      router.handler()({.method = "GET", .path = "/", .headers = {{"Cookie", "a=1; b=2; a=3"}}}, {})
          .body,
      "1;3;");
}

}  // namespace
