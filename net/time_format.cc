#include "net/time_format.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

namespace net {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The whole years within the range of std::chrono::system_clock, which counts nanoseconds.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

std::string date_and_time(SystemTime time) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// Reads a text from front to back; each step says whether what it asked for was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }

  bool skip(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // Exactly `digits` digits, at most `max`.
  std::optional<int> number(std::size_t digits, int max) {
    const std::string_view run = digit_run(digits);
    if (run.size() != digits) return std::nullopt;
    int value = 0;
    for (const char c : run) value = value * 10 + (c - '0');
    if (value > max) return std::nullopt;
    return value;
  }
  // All digits that come next, at most `limit`.
  std::string_view digit_run(std::size_t limit = std::string_view::npos) {
    std::size_t length = 0;
    while (length < rest_.size() && length < limit && rest_[length] >= '0' &&
           rest_[length] <= '9') {
      ++length;
    }
    const std::string_view run = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return run;
  }

 private:
  std::string_view rest_;
};

// "123" after the point is 123 ms; digits beyond the nanosecond are dropped.
nanoseconds fraction_of_second(std::string_view digits) {
  std::int64_t value = 0;
  std::int64_t unit = 1'000'000'000;
  for (const char c : digits) {
    if (unit == 1) break;
    unit /= 10;
    value += (c - '0') * unit;
  }
  return nanoseconds{value};
}

std::optional<minutes> read_offset(Reader& in) {
  if (in.skip("Zz")) return minutes{0};
  const bool west = in.skip("-");
  if (!west && !in.skip("+")) return std::nullopt;
  const auto hour = in.number(2, 23);
  if (!hour || !in.skip(":")) return std::nullopt;
  const auto minute = in.number(2, 59);
  if (!minute) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return west ? -offset : offset;
}

std::optional<SystemTime> read_rfc3339(std::string_view text) {
  Reader in(text);
  const auto year = in.number(4, kLastYear);
  if (!year || *year < kFirstYear || !in.skip("-")) return std::nullopt;
  const auto month = in.number(2, 12);
  if (!month || !in.skip("-")) return std::nullopt;
  const auto day = in.number(2, 31);
  if (!day || !in.skip("Tt")) return std::nullopt;
  const auto hour = in.number(2, 23);
  if (!hour || !in.skip(":")) return std::nullopt;
  const auto minute = in.number(2, 59);
  if (!minute || !in.skip(":")) return std::nullopt;
  const auto second = in.number(2, 60);  // 60: a leap second, read as the next one
  if (!second) return std::nullopt;
  nanoseconds fraction{0};
  if (in.skip(".")) {
    const std::string_view digits = in.digit_run();
    if (digits.empty()) return std::nullopt;
    fraction = fraction_of_second(digits);
  }
  const auto offset = read_offset(in);
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!offset || !in.done() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} +
         fraction - *offset;
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// Longer names before those that they begin with.
constexpr Unit kUnits[] = {
    {"ns", 1},         {"us", 1'000},        {"µs", 1'000},         {"μs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

std::optional<std::int64_t> read_unit(Reader& in) {
  for (const Unit& unit : kUnits) {
    if (in.skip_word(unit.name)) return unit.nanoseconds;
  }
  return std::nullopt;
}

// `whole` and `fraction` of `unit`, added to `total`; nothing where that is more than int64 holds.
std::optional<std::int64_t> add_part(std::int64_t total, std::string_view whole,
                                     std::string_view fraction, std::int64_t unit) {
  std::int64_t value = 0;
  for (const char c : whole) {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  if (__builtin_mul_overflow(value, unit, &value)) return std::nullopt;
  std::int64_t scale = unit;
  for (const char c : fraction) {
    scale /= 10;  // every unit but ns is a multiple of 60 or a power of ten; what is left over is
                  // below a nanosecond
    if (__builtin_add_overflow(value, (c - '0') * scale, &value)) return std::nullopt;
  }
  if (__builtin_add_overflow(value, total, &value)) return std::nullopt;
  return value;
}

std::optional<Duration> read_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  Reader in(text);
  std::int64_t total = 0;
  do {
    const std::string_view whole = in.digit_run();
    const std::string_view fraction = in.skip(".") ? in.digit_run() : std::string_view{};
    if (whole.empty() && fraction.empty()) return std::nullopt;
    const auto unit = read_unit(in);
    if (!unit) return std::nullopt;
    const auto sum = add_part(total, whole, fraction, *unit);
    if (!sum) return std::nullopt;
    total = *sum;
  } while (!in.done());
  return Duration{total};
}

}  // namespace

std::string format_rfc3339(SystemTime time) { return date_and_time(time) + "Z"; }

std::string format_rfc3339_micro(SystemTime time) {
  const auto fraction = floor<microseconds>(time - floor<seconds>(time));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), ".%06dZ", static_cast<int>(fraction.count()));
  return date_and_time(time) + text.data();
}

Result<SystemTime> parse_rfc3339(std::string_view text) {
  if (const auto time = read_rfc3339(text)) return *time;
  return Error{ErrorCode::Invalid,
               "not a time as RFC 3339 has it, from 1678 to 2261 (example: 2026-11-24T09:50:16Z)"};
}

Result<Duration> parse_duration(std::string_view text) {
  if (const auto duration = read_duration(text)) return *duration;
  return Error{
      ErrorCode::Invalid,
      "not a duration: write numbers with the units h, m, s, ms, us or ns (example: 1h30m)"};
}

std::string format_duration(Duration duration) {
  auto left = std::chrono::duration_cast<milliseconds>(duration).count();
  std::string text;
  const auto take = [&](std::int64_t unit, const char* name) {
    if (left / unit != 0) text += std::to_string(left / unit) + name;
    left %= unit;
  };
  if (left < 0) {
    text = "-";
    left = -left;
  }
  take(3'600'000, "h");
  take(60'000, "m");
  take(1'000, "s");
  take(1, "ms");
  return text.empty() ? "0s" : text;
}

}  // namespace net
