// docs/events.md places every reason of api/conditions.h, and no other: as an Event's or as none;
// and every Event without a condition.
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "support/source_text.h"

namespace {

// Returns the texts in backquotes at the beginning of a table's row, or after the last heading.
std::set<std::string> reasons_of_the_page() {
  std::istringstream lines(support::read_source("docs/events.md"));
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
  const std::string header = support::read_source("api/conditions.h");
  auto reasons = support::constants_of(header, "api::reason");
  reasons.merge(support::constants_of(header, "api::event"));
  EXPECT_EQ(reasons_of_the_page(), reasons);
}

}  // namespace
