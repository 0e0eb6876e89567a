// The sources and pages of this project, for tests that compare them. The including target defines
// SOURCE_DIR.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "net/file.h"

namespace support {

// A file of the source tree, by its path there.
inline std::string read_source(const std::string& path) {
  const auto text = net::read_file(SOURCE_DIR "/" + path);
  EXPECT_TRUE(text.ok()) << text.error().message;
  return text.ok() ? *text : "";
}

// Returns the text between the quotes of each constant that `header` has after `ns`, up to the end
// of the namespace.
inline std::set<std::string> constants_of(const std::string& header, const std::string& ns) {
  const std::size_t begin = header.find("namespace " + ns + " {");
  std::istringstream lines(header.substr(begin, header.find("}  // namespace " + ns) - begin));
  std::set<std::string> values;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t open = line.find('"');
    if (line.starts_with("inline constexpr")) {
      values.insert(line.substr(open + 1, line.find('"', open + 1) - open - 1));
    }
  }
  return values;
}

}  // namespace support
