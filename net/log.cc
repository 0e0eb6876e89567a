#include "net/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "net/clock.h"
#include "net/time_format.h"

namespace net {
namespace {

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
  }
  return "error";
}

// Synchronous: the last lines before an exit are the ones that matter.
spdlog::logger& standard_error() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("stderr",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::string encoded(const LogField& field) {
  std::string text = ",";
  text += json_string(field.key);
  text += ':';
  text += field.json;
  return text;
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return LogLevel::Debug;
  if (text == "info") return LogLevel::Info;
  if (text == "warn") return LogLevel::Warn;
  if (text == "error") return LogLevel::Error;
  return Error{ErrorCode::Invalid,
               "log level " + json_string(text) + ": use debug, info, warn or error"};
}

LogField::LogField(std::string_view k, std::string_view text) : key(k), json(json_string(text)) {}

LogField::LogField(std::string_view k, const Error& error)
    : key(k), json(json_string(std::string(to_string(error.code)) + ": " + error.message)) {}

Logger Logger::with(std::initializer_list<LogField> fields) const {
  Logger narrower = *this;
  for (const LogField& field : fields) narrower.fields_ += encoded(field);
  return narrower;
}

void Logger::write(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) const {
  spdlog::logger& out = standard_error();
  if (!out.should_log(spdlog_level(level))) return;
  std::string line = R"({"ts":")" + format_rfc3339_micro(system_clock().now()) + R"(","level":")" +
                     level_name(level) + '"';
  if (!name_.empty()) line += ",\"logger\":" + json_string(name_);
  line += ",\"msg\":" + json_string(message);
  line += fields_;
  for (const LogField& field : fields) line += encoded(field);
  line += '}';
  out.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void set_log_level(LogLevel level) { standard_error().set_level(spdlog_level(level)); }

}  // namespace net
