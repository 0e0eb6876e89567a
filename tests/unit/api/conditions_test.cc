// docs/conditions.md has a heading for every condition and every reason of api/conditions.h, and no
// other heading.
#include "api/conditions.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "support/source_text.h"

namespace {

// The text in the first `backquotes` of each heading that begins with `mark`.
std::set<std::string> headings_of(const std::string& page, const std::string& mark) {
  std::istringstream lines(page);
  std::set<std::string> values;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t open = line.find('`');
    if (line.starts_with(mark + " ") && open != std::string::npos) {
      values.insert(line.substr(open + 1, line.find('`', open + 1) - open - 1));
    }
  }
  return values;
}

TEST(Conditions, the_page_explains_every_reason_and_nothing_else) {
  const auto reasons =
      support::constants_of(support::read_source("api/conditions.h"), "api::reason");
  EXPECT_TRUE(reasons.contains(api::reason::callback_url_changed));
  EXPECT_EQ(headings_of(support::read_source("docs/conditions.md"), "###"), reasons);
}

TEST(Conditions, the_page_explains_every_condition_and_nothing_else) {
  const auto conditions =
      support::constants_of(support::read_source("api/conditions.h"), "api::condition");
  EXPECT_TRUE(conditions.contains(api::condition::callback_registered));
  EXPECT_EQ(headings_of(support::read_source("docs/conditions.md"), "##"), conditions);
}

}  // namespace
