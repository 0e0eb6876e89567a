#include "net/line_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace net {
namespace {

struct Lines {
  std::vector<std::string> seen;
  Status operator()(std::string_view line) {
    seen.emplace_back(line);
    return {};
  }
};

TEST(LineSplitter, finds_the_same_lines_wherever_the_chunks_end) {
  const std::string text = "one\n\ntwo \xc3\xa9\r\n\xf0\x9f\x94\x91\nlast";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter(100);
    Lines lines;
    for (std::size_t at = 0; at < text.size(); at += size) {
      ASSERT_TRUE(splitter.feed(std::string_view(text).substr(at, size), std::ref(lines)).ok());
    }
    EXPECT_EQ(lines.seen,
              (std::vector<std::string>{"one", "", "two \xc3\xa9\r", "\xf0\x9f\x94\x91"}))
        << "chunks of " << size;
  }
}

TEST(LineSplitter, allows_a_line_of_its_bound_and_refuses_a_longer_one) {
  Lines lines;
  LineSplitter exact(4);
  EXPECT_TRUE(exact.feed("ab", std::ref(lines)).ok());
  EXPECT_TRUE(exact.feed("cd\n", std::ref(lines)).ok());
  LineSplitter over(4);
  EXPECT_TRUE(over.feed("abcd", std::ref(lines)).ok());
  const Status refused = over.feed("e", std::ref(lines));  // before its line feed is there
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(lines.seen, std::vector<std::string>{"abcd"});
}

TEST(LineSplitter, stops_at_the_handlers_error) {
  int calls = 0;
  LineSplitter splitter(10);
  const Status status = splitter.feed("a\nb\nc\n", [&](std::string_view line) -> Status {
    ++calls;
    if (line == "b") return Error{ErrorCode::Gone, "enough"};
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::Gone);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace net
