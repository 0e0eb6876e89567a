#include "net/request_log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace net {
namespace {

using namespace std::chrono_literals;

AnsweredRequest answered(int status) {
  return {.method = "GET", .route = "/a/{b}", .status = status, .took = 1500ms};
}

std::string written(const std::function<void()>& action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

TEST(RequestLog, a_5xx_is_a_line_with_method_route_status_and_duration) {
  ManualClock clock;
  RequestLog log(clock);
  const std::string line = written([&] { log.answered(answered(500), "the handler threw int"); });
  for (const char* part :
       {"\"level\":\"error\"", "\"method\":\"GET\"", "\"route\":\"/a/{b}\"", "\"status\":500",
        "\"seconds\":1.5", "\"why\":\"the handler threw int\""})
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  EXPECT_NE(written([&] { log.answered(answered(503)); }).find("\"level\":\"warn\""),
            std::string::npos);
  EXPECT_EQ(written([&] { log.answered(answered(404)); }), "") << "at level debug only";
}

TEST(RequestLog, a_second_has_few_lines_and_the_next_one_counts_those_left_out) {
  ManualClock clock;
  RequestLog log(clock);
  const std::string lines = written([&] {
    for (int i = 0; i < RequestLog::kMostLines + 7; ++i) log.answered(answered(503));
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), RequestLog::kMostLines);
  EXPECT_EQ(lines.find("\"linesLeftOut\":7"), std::string::npos);
  clock.advance(1s);
  const std::string next = written([&] { log.answered(answered(503)); });
  EXPECT_NE(next.find("\"linesLeftOut\":7"), std::string::npos) << next;
}

}  // namespace
}  // namespace net
