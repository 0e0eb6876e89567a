#include "oauth/protocol/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "scripted_http.h"

namespace oauth {
namespace {

using net::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kIssuer = "https://login.example/tenant";
const std::string kOpenId = "https://login.example/tenant/.well-known/openid-configuration";
const std::string kOAuth = "https://login.example/.well-known/oauth-authorization-server/tenant";

net::Json document() {
  return {{"issuer", kIssuer},
          {"authorization_endpoint", "https://login.example/authorize"},
          {"token_endpoint", "https://login.example/token"},
          {"revocation_endpoint", "https://login.example/revoke"},
          {"introspection_endpoint", "https://login.example/introspect"},
          {"pushed_authorization_request_endpoint", "https://login.example/par"},
          {"userinfo_endpoint", "https://login.example/me"},
          {"code_challenge_methods_supported", {"plain", "S256", 7}},
          {"authorization_response_iss_parameter_supported", true}};
}

std::string error_of(const net::Json& json, bool allow_http = false) {
  const auto metadata = parse_metadata(json.dump(), kIssuer, allow_http);
  if (metadata.ok()) return "";
  EXPECT_EQ(metadata.error().code, ErrorCode::Invalid);
  return metadata.error().message;
}

TEST(MetadataUrls, are_openid_connects_and_then_rfc_8414s) {
  EXPECT_THAT(metadata_urls(kIssuer), ElementsAre(kOpenId, kOAuth));
  EXPECT_THAT(metadata_urls("https://login.example"),
              ElementsAre("https://login.example/.well-known/openid-configuration",
                          "https://login.example/.well-known/oauth-authorization-server"));
}

TEST(MetadataUrls, a_slash_at_the_end_is_removed_first) {
  EXPECT_EQ(metadata_urls(kIssuer + "/"), metadata_urls(kIssuer));
  EXPECT_EQ(metadata_urls("https://login.example/"), metadata_urls("https://login.example"));
}

TEST(ParseMetadata, all_that_is_used_is_read) {
  const auto metadata = parse_metadata(document().dump(), kIssuer, false);
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->issuer, kIssuer);
  const Endpoints expected = {"https://login.example/authorize", "https://login.example/token",
                              "https://login.example/revoke",    "https://login.example/introspect",
                              "https://login.example/par",       "https://login.example/me"};
  EXPECT_EQ(metadata->endpoints, expected);
  EXPECT_THAT(metadata->code_challenge_methods, ElementsAre("plain", "S256"));
  EXPECT_TRUE(metadata->iss_parameter_supported);
}

TEST(ParseMetadata, what_is_not_there_is_empty) {
  const auto metadata = parse_metadata(
      net::Json{{"issuer", kIssuer}, {"token_endpoint", nullptr}}.dump(), kIssuer, false);
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->endpoints, Endpoints{});
  EXPECT_FALSE(metadata->iss_parameter_supported);
}

TEST(ParseMetadata, the_issuer_must_be_the_one_asked_to_the_letter) {
  for (const char* issuer : {"https://login.example/tenant/", "https://login.example/Tenant",
                             "https://evil.example", "http://login.example/tenant"}) {
    net::Json json = document();
    json["issuer"] = issuer;
    EXPECT_THAT(error_of(json), HasSubstr(issuer));
    EXPECT_THAT(error_of(json), HasSubstr("RFC 8414 3.3"));
  }
  net::Json json = document();
  json.erase("issuer");
  EXPECT_THAT(error_of(json), HasSubstr("names no issuer"));
}

TEST(ParseMetadata, an_endpoint_that_is_no_https_url_is_named) {
  const std::vector<std::pair<net::Json, const char*>> cases = {
      {"http://login.example/token", "must be https"},
      {"ftp://login.example/token", "https://"},
      {"/token", "https://"},
      {"https://user@login.example/token", "user names"},
      {7, "not a string"}};
  for (const auto& [value, why] : cases) {
    net::Json json = document();
    json["token_endpoint"] = value;
    EXPECT_THAT(error_of(json), HasSubstr("token_endpoint"));
    EXPECT_THAT(error_of(json), HasSubstr(why));
  }
}

TEST(ParseMetadata, http_is_for_loopback_where_it_is_allowed) {
  net::Json json = document();
  json["token_endpoint"] = "http://127.0.0.1:3000/token";
  EXPECT_THAT(error_of(json, false), HasSubstr("must be https"));
  EXPECT_EQ(error_of(json, true), "");
  json["token_endpoint"] = "http://login.example/token";
  EXPECT_THAT(error_of(json, true), HasSubstr("loopback"));
}

TEST(ParseMetadata, what_is_no_json_object_is_refused) {
  EXPECT_FALSE(parse_metadata("<html>", kIssuer, false).ok());
  EXPECT_FALSE(parse_metadata("[]", kIssuer, false).ok());
  EXPECT_FALSE(parse_metadata("", kIssuer, false).ok());
}

class Discover : public testing::Test {
 protected:
  net::Result<Metadata> run(const std::string& issuer = kIssuer, bool allow_http = false) {
    return discover(issuer, "a bundle", allow_http, http, clock, stop.get_token());
  }
  net::ManualClock clock;
  std::map<std::string, net::Result<net::HttpResponse>> answers;
  ScriptedHttp http{[this](const net::HttpRequest& asked) -> net::Result<net::HttpResponse> {
    const auto answer = answers.find(asked.url);
    return answer == answers.end() ? html_response(404, "") : answer->second;
  }};
  std::stop_source stop;
};

TEST_F(Discover, the_openid_document_is_taken_first) {
  answers.emplace(kOpenId, json_response(200, document().dump()));
  const auto metadata = run();
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->endpoints.token, "https://login.example/token");
  ASSERT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(http.requests[0].ca_bundle_pem, "a bundle");
  EXPECT_EQ(http.requests[0].max_response_bytes, 256U << 10);
}

TEST_F(Discover, the_oauth_document_is_taken_where_the_first_is_missing_or_useless) {
  answers.emplace(kOAuth, json_response(200, document().dump()));
  EXPECT_TRUE(run().ok());
  answers.emplace(kOpenId, html_response(200, "<html>an application"));
  EXPECT_TRUE(run().ok());
}

TEST_F(Discover, nothing_at_either_address_is_not_found_and_names_both) {
  const auto metadata = run();
  ASSERT_FALSE(metadata.ok());
  EXPECT_EQ(metadata.error().code, ErrorCode::NotFound);
  EXPECT_THAT(metadata.error().message, HasSubstr(kOpenId + " answered 404"));
  EXPECT_THAT(metadata.error().message, HasSubstr(kOAuth + " answered 404"));
}

TEST_F(Discover, a_wrong_issuer_is_invalid_and_names_the_document) {
  net::Json json = document();
  json["issuer"] = "https://other.example";
  answers.emplace(kOpenId, json_response(200, json.dump()));
  const auto metadata = run();
  ASSERT_FALSE(metadata.ok());
  EXPECT_EQ(metadata.error().code, ErrorCode::Invalid);
  EXPECT_THAT(metadata.error().message, HasSubstr(kOpenId));
  EXPECT_THAT(metadata.error().message, HasSubstr("https://other.example"));
}

TEST_F(Discover, a_redirect_is_not_followed_and_says_where_it_leads) {
  answers.emplace(kOpenId, redirect_response("https://other.example/path?x=y"));
  const auto metadata = run();
  ASSERT_FALSE(metadata.ok());
  EXPECT_EQ(metadata.error().code, ErrorCode::Invalid);
  EXPECT_THAT(metadata.error().message, HasSubstr("redirect to https://other.example,"));
  EXPECT_THAT(metadata.error().message, HasSubstr("not followed"));
  EXPECT_EQ(http.requests.size(), 2U);
}

TEST_F(Discover, a_date_in_retry_after_is_read_by_the_clock_that_is_given) {
  net::HttpResponse later = html_response(429, "");
  later.headers.add("Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT");  // its start, and 30 s
  answers.insert_or_assign(metadata_urls(kIssuer).front(), later);
  EXPECT_EQ(run().error().retry_after, std::chrono::seconds{30});
  clock.advance(std::chrono::seconds{20});
  EXPECT_EQ(run().error().retry_after, std::chrono::seconds{10});
}

TEST_F(Discover, an_outage_ends_it_at_once_with_its_own_code) {
  net::HttpResponse later = html_response(429, "");
  later.headers.add("Retry-After", "5");
  const std::vector<std::pair<net::Result<net::HttpResponse>, ErrorCode>> cases = {
      {html_response(503, ""), ErrorCode::Unavailable},
      {html_response(408, ""), ErrorCode::Unavailable},
      {later, ErrorCode::TooManyRequests},
      {net::Error{ErrorCode::Timeout, "t"}, ErrorCode::Timeout},
      {net::Error{ErrorCode::Tls, "t"}, ErrorCode::Tls},
      {net::Error{ErrorCode::TooLarge, "t"}, ErrorCode::TooLarge}};
  for (const auto& [answer, code] : cases) {
    answers.clear();
    http.requests.clear();
    answers.emplace(kOpenId, answer);
    const auto metadata = run();
    ASSERT_FALSE(metadata.ok());
    EXPECT_EQ(metadata.error().code, code);
    EXPECT_THAT(metadata.error().message, HasSubstr(kOpenId));
    EXPECT_EQ(http.requests.size(), 1U);
    if (code == ErrorCode::TooManyRequests) {
      EXPECT_EQ(metadata.error().retry_after, std::chrono::seconds{5});
    }
  }
}

TEST_F(Discover, an_issuer_that_must_not_be_asked_is_not) {
  for (const char* issuer : {"http://login.example", "http://127.0.0.1:3000", "login.example",
                             "https://a.example?x=1", "https://a.example#x", ""}) {
    const auto metadata = run(issuer);
    ASSERT_FALSE(metadata.ok()) << issuer;
    EXPECT_EQ(metadata.error().code, ErrorCode::Invalid) << issuer;
  }
  EXPECT_FALSE(run("http://login.example", true).ok());
  EXPECT_THAT(http.requests, IsEmpty());
}

TEST_F(Discover, http_on_loopback_is_asked_where_it_is_allowed) {
  answers.emplace("http://127.0.0.1:3000/.well-known/openid-configuration",
                  json_response(200, R"({"issuer":"http://127.0.0.1:3000"})"));
  EXPECT_TRUE(run("http://127.0.0.1:3000", true).ok());
}

TEST_F(Discover, a_stop_is_cancelled) {
  stop.request_stop();
  const auto metadata = run();
  ASSERT_FALSE(metadata.ok());
  EXPECT_EQ(metadata.error().code, ErrorCode::Cancelled);
}

TEST(EndpointsElsewhere, are_those_on_hosts_that_nobody_allowed) {
  Endpoints endpoints;
  endpoints.authorization = "https://login.example/authorize";
  endpoints.token = "https://api.example/token";
  endpoints.revocation = "https://login.example:8443/revoke";
  EXPECT_THAT(endpoints_elsewhere(endpoints, kIssuer, {}),
              ElementsAre("token: api.example", "revocation: login.example:8443"));
  EXPECT_THAT(endpoints_elsewhere(endpoints, kIssuer, {"API.example", "login.example"}),
              ElementsAre("revocation: login.example:8443"));
  EXPECT_THAT(endpoints_elsewhere(endpoints, kIssuer, {"api.example:443", "login.example:8443"}),
              IsEmpty());
}

TEST(EndpointsElsewhere, a_host_that_only_ends_alike_is_elsewhere) {
  Endpoints endpoints;
  endpoints.token = "https://evil-login.example/token";
  EXPECT_THAT(endpoints_elsewhere(endpoints, "https://login.example", {"login.example"}),
              ElementsAre("token: evil-login.example"));
}

}  // namespace
}  // namespace oauth
