#include "oauth/answer.h"

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
