// All texts of an enumeration of messages, as a file of the tests holds them. After a change on
// purpose, UPDATE_GOLDEN=1 reconcilers_test --gtest_filter='*Messages.*' writes the files anew:
// read the difference.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "net/enums.h"

namespace reconcilers {

// `sample` gives each fact its own name, so that the file shows where each fact is quoted.
template <class Id, class Facts>
std::string all_texts(const Facts& sample) {
  std::string texts;
  for (const Id id : net::all_of<Id>())
    texts += std::string{to_string(id)} + "\n  " + text_of(id, sample) + "\n";
  return texts;
}

// `file`: its path in the repository.
inline void expect_golden(const std::string& file, const std::string& texts) {
  const std::string path = SOURCE_DIR "/" + file;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream{path} << texts;
  std::ifstream stored{path};
  ASSERT_TRUE(stored) << path;
  std::ostringstream golden;
  golden << stored.rdbuf();
  EXPECT_EQ(texts, golden.str()) << file << ": see golden.h";
}

// Each id has a name of its own, and its text ends with a full stop, but for those in `open`, which
// end before one.
template <class Id, class Facts>
void expect_sentences(const Facts& sample, const std::set<Id>& open = {}) {
  std::set<std::string> names;
  for (const Id id : net::all_of<Id>()) {
    EXPECT_TRUE(names.insert(to_string(id)).second) << to_string(id);
    EXPECT_EQ(text_of(id, sample).ends_with('.'), !open.contains(id)) << text_of(id, sample);
  }
}

}  // namespace reconcilers
