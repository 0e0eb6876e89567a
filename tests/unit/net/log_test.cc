#include "net/log.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "net/json.h"

namespace net {
namespace {

// The lines that `act` writes, decoded; a line that is not JSON fails the test.
std::vector<Json> logged(const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  act();
  std::istringstream out(testing::internal::GetCapturedStderr());
  std::vector<Json> lines;
  for (std::string line; std::getline(out, line);) {
    auto parsed = parse_json(line);
    EXPECT_TRUE(parsed.ok()) << line;
    if (parsed.ok()) lines.push_back(std::move(*parsed));
  }
  return lines;
}

TEST(Logger, writes_one_object_a_line_with_its_own_fields_and_those_of_the_call) {
  const Logger logger = Logger("web").with({{"port", 8081}});
  const auto lines = logged([&] {
    logger.info("listening", {{"address", "127.0.0.1"}, {"tls", false}});
    logger.error("failed", {{"err", Error{ErrorCode::Timeout, "no answer"}}});
  });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["logger"], "web");
  EXPECT_EQ(lines[0]["msg"], "listening");
  EXPECT_EQ(lines[0]["port"], 8081);
  EXPECT_EQ(lines[0]["address"], "127.0.0.1");
  EXPECT_EQ(lines[0]["tls"], false);
  EXPECT_EQ(lines[0]["ts"].get<std::string>().size(), 27u);
  EXPECT_EQ(lines[1]["err"], "Timeout: no answer");
}

TEST(Logger, a_newline_or_a_quote_cannot_begin_another_record) {
  const std::string hostile = "x\n{\"level\":\"error\"}\r\t\"\\ \x01";
  const auto lines = logged([&] { Logger("l").info(hostile, {{"key\"\n", hostile}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["msg"], hostile);
  EXPECT_EQ(lines[0]["key\"\n"], hostile);
}

TEST(Logger, braces_are_text_and_no_format) {
  const auto lines = logged([] { Logger("l").info("{} {0} %v", {{"a", "{}"}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["msg"], "{} {0} %v");
}

TEST(Logger, invalid_utf_8_is_replaced) {
  const auto lines = logged([] { Logger("l").info("a\xff z", {{"k", "\xc3"}}); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["msg"], "a\xef\xbf\xbd z");
  EXPECT_EQ(lines[0]["k"], "\xef\xbf\xbd");
}

TEST(Logger, numbers_that_json_does_not_have_are_null) {
  const auto lines = logged([] {
    Logger("l").info("m", {{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", 1.5}});
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0]["a"].is_null());
  EXPECT_EQ(lines[0]["b"], 1.5);
}

TEST(Logger, writes_nothing_below_the_level) {
  const auto lines = logged([] {
    Logger("l").debug("hidden");
    set_log_level(LogLevel::Warn);
    Logger("l").info("hidden");
    Logger("l").warn("seen");
    set_log_level(LogLevel::Info);
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["msg"], "seen");
}

TEST(ParseLogLevel, knows_four_and_names_what_it_does_not_know) {
  EXPECT_EQ(*parse_log_level("debug"), LogLevel::Debug);
  EXPECT_EQ(*parse_log_level("error"), LogLevel::Error);
  const auto unknown = parse_log_level("loud");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("\"loud\""), std::string::npos);
}

}  // namespace
}  // namespace net
