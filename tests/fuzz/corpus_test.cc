// A target without a fuzzer: what was found interesting once, and what once broke a promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "promises.h"

namespace fuzz {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Corpus, breaks_no_promise) {
  std::size_t inputs = 0;
  const std::filesystem::path corpus = std::filesystem::path(CORPORA) / kTarget;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    EXPECT_THAT(broken_promises(contents(entry.path())), testing::IsEmpty()) << entry.path();
    ++inputs;
  }
  EXPECT_GT(inputs, 0U);
}

}  // namespace
}  // namespace fuzz
