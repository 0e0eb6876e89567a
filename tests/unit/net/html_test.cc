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

// No byte of the input can end the text that it stands in.
TEST(HtmlEscape, no_byte_of_the_output_opens_or_closes_anything) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(net::html_escape(all + all).find_first_of("<>\"'"), std::string::npos);
}

}  // namespace
