#include "oauth/protocol/answer.h"

#include <gtest/gtest.h>

#include "scripted_http.h"

namespace oauth {
namespace {

const net::SystemTime kNow{std::chrono::seconds{1'700'000'000}};

TEST(Answer, error_and_description_are_read_from_a_json_object) {
  const Answer answer = read_answer(error_response(400, "invalid_grant", "too old"), kNow);
  EXPECT_TRUE(answer.is_json);
  EXPECT_EQ(answer.error, "invalid_grant");
  EXPECT_EQ(answer.error_description, "too old");
  EXPECT_EQ(answer.summary(), "400 invalid_grant");
}

TEST(Answer, json_that_is_no_object_is_text) {
  const Answer answer = read_answer(json_response(200, R"(["error"])"), kNow);
  EXPECT_FALSE(answer.is_json);
  EXPECT_EQ(answer.text, R"(["error"])");
}

TEST(Answer, an_error_that_is_no_string_is_none) {
  EXPECT_EQ(read_answer(json_response(400, R"({"error":{"code":1}})"), kNow).error, "");
}

TEST(Answer, the_summary_of_a_page_names_its_media_type) {
  EXPECT_EQ(read_answer(html_response(404, "<html>"), kNow).summary(), "404 (text/html)");
}

TEST(Answer, text_is_cut_at_16_kib) {
  EXPECT_EQ(read_answer(html_response(200, std::string(100'000, 'x')), kNow).text.size(), 16384U);
}

TEST(Answer, retry_after_is_read) {
  net::HttpResponse response = error_response(429, "slow_down");
  response.headers.add("Retry-After", "7");
  EXPECT_EQ(read_answer(response, kNow).retry_after, std::chrono::seconds{7});
}

TEST(Answer, what_must_never_be_shown_is_left_out_of_a_description_that_quotes_it) {
  const Answer answer =
      read_answer(error_response(401, "invalid_client", "s3cr3t-value is wrong, s3cr3t-value!"),
                  kNow, {"s3cr3t-value"});
  EXPECT_EQ(answer.error_description, "[left out] is wrong, [left out]!");
}

TEST(Answer, an_error_that_is_the_secret_is_left_out) {
  const Answer answer = read_answer(error_response(401, "s3cr3t-value"), kNow, {"s3cr3t-value"});
  EXPECT_EQ(answer.summary(), "401 [left out]");
}

std::vector<std::string_view> revealed(const std::vector<net::SecretString>& ways) {
  std::vector<std::string_view> texts;
  for (const net::SecretString& way : ways) texts.push_back(way.reveal());
  return texts;
}

TEST(WaysToWrite, a_secret_is_left_out_in_whatever_form_the_provider_repeats_it) {
  const std::string id = "an app";
  const net::SecretString secret("s3+cr/3t v\xC3\xA4lue=");
  const auto ways = ways_to_write(id, secret);
  const std::vector<std::string> forms = {
      secret.reveal(),
      "s3%2Bcr%2F3t%20v%C3%A4lue%3D",
      "s3%2bcr%2f3t%20v%c3%a4lue%3d",
      "s3%2Bcr%2F3t+v%C3%A4lue%3D",
      "s3%2bcr%2f3t+v%c3%a4lue%3d",
      "czMrY3IvM3QgdsOkbHVlPQ==",
      "czMrY3IvM3QgdsOkbHVlPQ",
      "YW4gYXBwOnMzK2NyLzN0IHbDpGx1ZT0=",
      "YW4rYXBwOnMzJTJCY3IlMkYzdCt2JUMzJUE0bHVlJTNE",
  };
  for (const std::string& form : forms) {
    const Answer answer =
        read_answer(json_response(400, net::Json{{"error", "x " + form},
                                                 {"error_description", "<" + form + ">"},
                                                 {"reason", {{"inner", "is " + form}}},
                                                 {"hint", form}}
                                           .dump()),
                    kNow, revealed(ways));
    EXPECT_EQ(answer.error, "x [left out]") << form;
    EXPECT_EQ(answer.error_description, "<[left out]>") << form;
    EXPECT_EQ(answer.json.dump().find(form), std::string::npos) << form;
    EXPECT_EQ(answer.details().find(form), std::string::npos) << form;
  }
}

TEST(Answer, a_secret_is_left_out_in_any_case_and_with_any_spaces) {
  const Answer answer =
      read_answer(error_response(401, "x", "S3CR3T VALUE, s3cr3t\nvalue, S3cr3t\tValue"), kNow,
                  {"S3cr3t Value"});
  EXPECT_EQ(answer.error_description, "[left out], [left out], [left out]");
}

TEST(Answer, a_member_that_is_named_like_the_secret_is_not_told) {
  const Answer answer = read_answer(
      json_response(400, R"({"code":7,"no s3cr3t-value":1,"more":{"s3cr3t-value":{"a":"b"}}})"),
      kNow, {"s3cr3t-value"});
  EXPECT_EQ(answer.details(), R"(400 {"code": 7, "more": (object), "no [left out]": 1})");
  EXPECT_EQ(answer.json["more"].dump(), R"({"[left out]":{"a":"b"}})");
}

TEST(WaysToWrite, a_short_secret_makes_no_holes_in_words_but_its_header_is_left_out) {
  const auto ways = ways_to_write("app", net::SecretString("in"));
  ASSERT_EQ(ways.size(), 1U);
  EXPECT_EQ(ways[0].reveal(), "YXBwOmlu");
}

TEST(Answer, a_media_type_that_quotes_the_secret_does_not_show_it) {
  for (const char* quoted : {"text/S3cr3t-Value", "text/s3cr3t-value"}) {
    const net::HttpResponse response{400, net::Headers{{"Content-Type", quoted}}, "no"};
    EXPECT_EQ(read_answer(response, kNow, {"S3cr3t-Value"}).summary(), "400 (text/[left out])");
  }
}

TEST(Answer, details_show_what_a_rule_can_be_written_for) {
  EXPECT_EQ(read_answer(json_response(400, R"({"status":"BAD_AUTH_CODE","code":7,"ok":false,)"
                                           R"("more":{"a":1},"message":"no\u0007"})"),
                        kNow)
                .details(),
            "400 {\"code\": 7, \"message\": \"no\xEF\xBF\xBD\", \"more\": (object), "
            "\"ok\": false, \"status\": \"BAD_AUTH_CODE\"}");
  EXPECT_EQ(read_answer(html_response(404, "<p>"), kNow).details(), "404 (text/html)");
}

TEST(Answer, details_never_show_what_may_be_a_token) {
  const std::string details =
      read_answer(json_response(200, R"({"access_token":"t0k3n","id":"s0m3thing","expires_in":5})"),
                  kNow)
          .details();
  EXPECT_EQ(details, R"(200 {"access_token": (left out), "expires_in": 5, "id": (string)})");
  EXPECT_EQ(
      read_answer(json_response(400, R"({"error":"x","refresh_token":"t0k3n"})"), kNow).details(),
      R"(400 {"error": "x", "refresh_token": (left out)})");
}

TEST(Answer, a_wiped_answer_holds_no_values) {
  Answer answer = read_answer(json_response(200, R"({"access_token":"t","a":[{"b":"u"}]})"), kNow);
  wipe(answer);
  EXPECT_EQ(answer.json.dump(), R"({"a":[{"b":""}],"access_token":""})");
}

TEST(Printable, controls_become_replacement_characters_and_line_ends_spaces) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\xEF\xBF\xBD[31mb c\xEF\xBF\xBD");
}

TEST(Printable, what_turns_the_text_around_is_replaced) {
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Printable, invalid_utf8_is_replaced_byte_by_byte) {
  const std::string replacement = "\xEF\xBF\xBD";
  for (const std::string bad : {"\x80", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                "\xE2\x82", "\xF0\x8F\xBF\xBF"}) {
    std::string expected;
    for (std::size_t i = 0; i < bad.size(); ++i) expected += replacement;
    EXPECT_EQ(printable(bad), expected);
  }
}

TEST(Printable, valid_utf8_is_kept) {
  const std::string text = "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x94\x91";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, long_text_is_cut_at_characters_with_an_ellipsis) {
  EXPECT_EQ(printable("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 3), "\xC3\xBC\xC3\xBC\xE2\x80\xA6");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abc", 0), "");
}

}  // namespace
}  // namespace oauth
