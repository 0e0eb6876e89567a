#include "net/time_format.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using namespace std::chrono_literals;

const SystemTime kTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 9h + 50min + 16s};

TEST(Rfc3339, is_written_in_whole_seconds) {
  EXPECT_EQ(format_rfc3339(kTime + 999ms), "2026-11-24T09:50:16Z");
}

TEST(Rfc3339, is_written_in_microseconds) {
  EXPECT_EQ(format_rfc3339_micro(kTime + 1234us), "2026-11-24T09:50:16.001234Z");
}

TEST(Rfc3339, is_right_before_1970) {
  EXPECT_EQ(format_rfc3339(SystemTime{-1s}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339_micro(SystemTime{-1us}), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, is_read_with_fractions_and_offsets) {
  EXPECT_EQ(*parse_rfc3339("2026-11-24T09:50:16Z"), kTime);
  EXPECT_EQ(*parse_rfc3339("2026-11-24t09:50:16.5z"), kTime + 500ms);
  EXPECT_EQ(*parse_rfc3339("2026-11-24T09:50:16.123456789123Z"), kTime + 123456789ns);
  EXPECT_EQ(*parse_rfc3339("2026-11-24T11:20:16+01:30"), kTime);
  EXPECT_EQ(*parse_rfc3339("2026-11-24T01:50:16-08:00"), kTime);
  EXPECT_EQ(*parse_rfc3339("2016-12-31T23:59:60Z"), *parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, refuses_what_is_not_one) {
  for (const char* text :
       {"", "2026-11-24", "2026-11-24 09:50:16Z", "2026-11-24T09:50:16", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T09:50:16.Z",
        "2026-11-24T09:50:16Z ", "2026-11-24T09:50:16+0130", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "+026-11-24T09:50:16Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).ok()) << text;
  }
}

TEST(ParseDuration, reads_what_go_reads) {
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("1.5h"), 90min);
  EXPECT_EQ(*parse_duration(".5s"), 500ms);
  EXPECT_EQ(*parse_duration("0"), 0s);
  EXPECT_EQ(*parse_duration("10us"), 10us);
  EXPECT_EQ(*parse_duration("10µs"), 10us);
  EXPECT_EQ(*parse_duration("7ns"), 7ns);
}

TEST(ParseDuration, refuses_what_go_refuses_and_signs) {
  for (const char* text : {"", "10", "h", "1d", "-1s", "+1s", "1s ", "1h30", ".s", "1 h",
                           "9999999999h", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(FormatDuration, is_the_shortest_in_whole_units) {
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(1h + 5ms), "1h5ms");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
}

TEST(FormatDuration, is_read_back_as_what_it_was) {
  for (const Duration duration : {Duration{0}, Duration{1ms}, Duration{25h + 61s}}) {
    EXPECT_EQ(*parse_duration(format_duration(duration)), duration);
  }
}

}  // namespace
}  // namespace net
