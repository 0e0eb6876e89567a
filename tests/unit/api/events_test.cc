// docs/events.md places every reason of api/conditions.h, and no other: as an Event's or as none.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(SOURCE_DIR "/" + path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> reasons_of_the_api() {
  const std::string header = read_file("api/conditions.h");
  std::istringstream lines(header.substr(header.find("namespace api::reason {")));
  std::set<std::string> reasons;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t open = line.find('"');
    if (line.starts_with("inline constexpr"))
      reasons.insert(line.substr(open + 1, line.find('"', open + 1) - open - 1));
  }
  return reasons;
}

// What stands in backquotes at the beginning of a table's row, or after the last heading.
std::set<std::string> reasons_of_the_page() {
  std::istringstream lines(read_file("docs/events.md"));
  std::set<std::string> reasons;
  bool last = false;
  for (std::string line; std::getline(lines, line);) {
    last = last || line == "## Reasons that make no Event";
    if (!line.starts_with("| `") && !last) continue;
    std::size_t close = 0;
    for (std::size_t open = line.find('`'); open != std::string::npos;
         open = line.find('`', close + 1)) {
      close = line.find('`', open + 1);
      if (const auto name = line.substr(open + 1, close - open - 1); name != "Ready")
        reasons.insert(name);
      if (!last) break;
    }
  }
  return reasons;
}

TEST(Events, the_page_lists_every_reason_and_nothing_else) {
  EXPECT_EQ(reasons_of_the_page(), reasons_of_the_api());
}

}  // namespace
