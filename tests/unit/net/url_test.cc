#include "net/url.h"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

TEST(ParseUrl, takes_a_url_apart) {
  const auto url = parse_url("HTTPS://Login.Example:8443/a%2Fb/c?x=1&y=%20");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "login.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a%2Fb/c");
  EXPECT_EQ(url->query, "x=1&y=%20");
  EXPECT_EQ(url->authority(), "login.example:8443");
  EXPECT_EQ(url->to_string(), "https://login.example:8443/a%2Fb/c?x=1&y=%20");
}

TEST(ParseUrl, fills_in_port_and_path) {
  EXPECT_EQ(parse_url("https://a.example")->port, 443);
  EXPECT_EQ(parse_url("http://a.example")->port, 80);
  EXPECT_EQ(parse_url("https://a.example:443")->authority(), "a.example");
  EXPECT_EQ(parse_url("https://a.example?x")->to_string(), "https://a.example/?x");
}

TEST(ParseUrl, reads_ipv6_literals) {
  const auto url = parse_url("http://[::1]:8080/");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
  EXPECT_TRUE(url->is_loopback());
}

TEST(ParseUrl, refuses_bad_ones_and_says_why) {
  const auto why = [](const char* text) {
    const auto url = parse_url(text);
    return url.ok() ? std::string("accepted") : url.error().message;
  };
  EXPECT_NE(why("https://user:pw@a.example/").find("user names"), std::string::npos);
  EXPECT_NE(why("https://a.example/#x").find("fragment"), std::string::npos);
  EXPECT_NE(why("https://a.example/a b").find("space"), std::string::npos);
  EXPECT_NE(why("https://a.example/\r\nX: y").find("control character"), std::string::npos);
  EXPECT_NE(why("https://a.example/\xc3\xa9").find("ASCII"), std::string::npos);
  EXPECT_NE(why("ftp://a.example/").find("https://"), std::string::npos);
  EXPECT_NE(why("a.example").find("https://"), std::string::npos);
  EXPECT_NE(why("https:///x").find("host is missing"), std::string::npos);
  EXPECT_NE(why("https://a.example:/").find("port"), std::string::npos);
  EXPECT_NE(why("https://a.example:0/").find("port"), std::string::npos);
  EXPECT_NE(why("https://a.example:65536/").find("port"), std::string::npos);
  EXPECT_NE(why("https://a.example:+1/").find("port"), std::string::npos);
  EXPECT_NE(why("https://[::1/").find("without ']'"), std::string::npos);
  EXPECT_NE(why("https://[1.2.3.4]/").find("IPv6"), std::string::npos);
  EXPECT_NE(why("https://a.example/%zz").find("hexadecimal"), std::string::npos);
  EXPECT_NE(why("https://a.example/%4").find("hexadecimal"), std::string::npos);
  EXPECT_NE(why("https://a.example/<x>").find("percent-encoded"), std::string::npos);
  EXPECT_NE(why("https://a.ex\\ample/").find("host names"), std::string::npos);
}

TEST(ParseUrl, never_quotes_what_it_refuses) {
  const auto url = parse_url("https://user:hunter2@a.example/?code=s3cret");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  EXPECT_EQ(url.error().message.find("s3cret"), std::string::npos);
}

TEST(Url, knows_loopback_by_name_and_by_number) {
  for (const char* text : {"http://localhost/", "http://x.localhost/", "http://127.0.0.1/",
                           "http://127.255.0.9/", "http://[::1]/"}) {
    EXPECT_TRUE(parse_url(text)->is_loopback()) << text;
  }
  for (const char* text : {"http://localhost.example/", "http://10.0.0.1/", "http://128.0.0.1/"}) {
    EXPECT_FALSE(parse_url(text)->is_loopback()) << text;
  }
}

TEST(PercentEncode, leaves_only_unreserved_characters) {
  EXPECT_EQ(percent_encode("aZ9-._~ +/?&=\xc3\xa9"), "aZ9-._~%20%2B%2F%3F%26%3D%C3%A9");
}

TEST(PercentDecode, undoes_one_encoding_and_refuses_a_broken_one) {
  EXPECT_EQ(*percent_decode("a%2Fb+c%2541%C3%a9"), "a/b+c%41\xc3\xa9");
  EXPECT_EQ(*percent_decode(""), "");
  EXPECT_EQ(percent_decode("%00")->size(), 1U);
  for (const char* text : {"%", "a%", "%4", "%4g", "%g4", "% 41", "%%41"}) {
    const auto decoded = percent_decode(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.error().code, ErrorCode::Invalid);
  }
}

TEST(PercentDecode, leniently_leaves_what_is_no_escape) {
  EXPECT_EQ(percent_decode_leniently("%41%%4%zz%42+"), "A%%4%zzB+");
  EXPECT_EQ(percent_decode_leniently("%%41"), "%A");
}

// RFC 6749 Appendix B's example.
TEST(FormEncode, matches_rfc_6749) {
  EXPECT_EQ(form_encode(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(FormEncode, joins_fields_in_order) {
  EXPECT_EQ(form_encode(FormFields{{"b", "1 2"}, {"a", "=&"}, {"c", ""}}), "b=1+2&a=%3D%26&c=");
}

TEST(ParseForm, reads_back_what_was_encoded) {
  const FormFields fields = {{"a b", "1&2"}, {"c", ""}, {"d", "\xc3\xa9+%"}};
  EXPECT_EQ(*parse_form(form_encode(fields)), fields);
}

TEST(ParseForm, takes_a_name_without_a_value_and_refuses_a_broken_escape) {
  EXPECT_EQ(*parse_form("a&&b="), (FormFields{{"a", ""}, {"b", ""}}));
  EXPECT_FALSE(parse_form("a=%4").ok());
  EXPECT_FALSE(parse_form("a=%g0").ok());
}

TEST(WithQuery, appends_to_what_is_there) {
  EXPECT_EQ(with_query("https://a.example/x", {{"k", "v w"}}), "https://a.example/x?k=v+w");
  EXPECT_EQ(with_query("https://a.example/x?a=1", {{"k", "v"}}), "https://a.example/x?a=1&k=v");
  EXPECT_EQ(with_query("https://a.example/x?", {{"k", "v"}}), "https://a.example/x?k=v");
  EXPECT_EQ(with_query("https://a.example/x", {}), "https://a.example/x");
}

}  // namespace
}  // namespace net
