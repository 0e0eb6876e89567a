// Structured logs: one JSON object a line, a constant message and key/value pairs
// (controller-runtime's TMP-LOGGING.md). spdlog writes them; the escaping is ours because spdlog
// has none.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/result.h"

namespace net {

enum class LogLevel { Debug, Info, Warn, Error };
Result<LogLevel> parse_log_level(std::string_view text);  // debug, info, warn, error

// A key and an already encoded JSON value. Secrets have no constructor here, on purpose.
struct LogField {
  std::string key;
  std::string json;
  LogField(std::string_view k, std::string_view text);
  LogField(std::string_view k, const char* text) : LogField(k, std::string_view{text}) {}
  LogField(std::string_view k, const std::string& text) : LogField(k, std::string_view{text}) {}
  LogField(std::string_view k, bool value) : key(k), json(value ? "true" : "false") {}
  template <class N>
  requires(std::is_arithmetic_v<N> && !std::is_same_v<N, bool>)
      LogField(std::string_view k, N value)
      : key(k), json(std::to_string(value)) {
    if constexpr (std::is_floating_point_v<N>) {
      if (!std::isfinite(value)) json = "null";  // JSON has no such number
    }
  }
  LogField(std::string_view k, const Error& error);
};

// A logger is a name and the fields that each of its lines carries. Cheap to copy; thread-safe.
class Logger {
 public:
  Logger() = default;
  explicit Logger(std::string name) : name_(std::move(name)) {}
  Logger with(std::initializer_list<LogField> fields) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Error, message, fields);
  }

 private:
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) const;
  std::string name_;
  std::string fields_;  // encoded: ,"key":value,…
};

// Process-wide: the least level that is written (to stderr). Call before threads start.
void set_log_level(LogLevel level);

}  // namespace net
