#include "net/html.h"

#include <gtest/gtest.h>

namespace {

TEST(HtmlEscape, markup_becomes_text) {
  EXPECT_EQ(net::html_escape("<script>alert('a' & \"b\")</script>"),
            "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;");
}

TEST(HtmlEscape, other_text_stays_as_it_is) {
  EXPECT_EQ(net::html_escape("Zürich, 東京\n\t100 %"), "Zürich, 東京\n\t100 %");
}

TEST(HtmlEscape, control_characters_are_replaced) {
  EXPECT_EQ(net::html_escape(std::string_view{"a\0b\x1b\x7f", 5}),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(HtmlEscape, bytes_that_are_not_utf8_are_replaced) {
  EXPECT_EQ(net::html_escape("a\xC3<\xff"), "a\xEF\xBF\xBD&lt;\xEF\xBF\xBD");
}

TEST(HtmlAttribute, a_value_cannot_leave_its_quotes) {
  EXPECT_EQ(net::html_attribute("value", "a\" onfocus='x' <b>"),
            " value=\"a&quot; onfocus=&#39;x&#39; &lt;b&gt;\"");
  EXPECT_EQ(net::html_attribute("value", ""), " value=\"\"");
}

TEST(HtmlUrlAttribute, leads_to_the_web_or_to_a_path_of_ours) {
  EXPECT_EQ(net::html_url_attribute("href", "https://a.example/x?a=1&b=2"),
            " href=\"https://a.example/x?a=1&amp;b=2\"");
  EXPECT_EQ(net::html_url_attribute("href", "https://a.example/#top"),
            " href=\"https://a.example/#top\"");
  EXPECT_EQ(net::html_url_attribute("action", "/oauth/connect?a=1"),
            " action=\"/oauth/connect?a=1\"");
}

TEST(HtmlUrlAttribute, is_left_out_for_every_other_address) {
  for (const char* url :
       {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
        "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example",
        "/\\evil.example", "/\t/evil.example", "\\\\evil.example", "https:evil.example",
        "https:/evil.example", "http://u:p@evil.example/", "https://a.example/\" onclick=\"x",
        "relative", "", "#", "\x01javascript:alert(1)", "https://a.example/\xc3\xa4"})
    EXPECT_EQ(net::html_url_attribute("href", url), "") << url;
}

// No byte of the input can end the text that it stands in.
TEST(HtmlEscape, no_byte_of_the_output_opens_or_closes_anything) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(net::html_escape(all + all).find_first_of("<>\"'"), std::string::npos);
}

}  // namespace
