#include "support/fault_report.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace support {
namespace {

constexpr const char* kHeading =
    "| fault | injected | changes meanwhile | lost |\n| --- | ---: | ---: | ---: |\n";

void append(const std::string& path, const std::vector<std::string>& rows) {
  std::error_code none;
  const bool fresh = !std::filesystem::exists(path, none) || std::filesystem::is_empty(path, none);
  std::ofstream file(path, std::ios::app);
  if (fresh) file << kHeading;
  for (const std::string& row : rows) file << row;
  if (!file.flush()) std::fprintf(stderr, "FAULT_REPORT: cannot write %s\n", path.c_str());
}

}  // namespace

FaultReport& FaultReport::instance() {
  static FaultReport report;
  return report;
}

void FaultReport::row(const std::string& fault, long injections, long changes, long lost) {
  EXPECT_GT(injections, 0) << fault << ": it never happened";
  EXPECT_GT(changes, 0) << fault << ": nothing was changed meanwhile";
  EXPECT_EQ(lost, 0) << fault;
  const std::lock_guard lock(mutex_);
  rows_.push_back("| " + fault + " | " + std::to_string(injections) + " | " +
                  std::to_string(changes) + " | " + std::to_string(lost) + " |\n");
}

FaultReport::~FaultReport() {
  if (rows_.empty()) return;
  std::fputs(kHeading, stdout);
  for (const std::string& row : rows_) std::fputs(row.c_str(), stdout);
  if (const char* path = std::getenv("FAULT_REPORT"); path != nullptr && *path != '\0')
    append(path, rows_);
}

}  // namespace support
