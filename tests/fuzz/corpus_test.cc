// A target without a fuzzer: it goes once through the inputs that have a name for what they are,
// and through the archive of those that a fuzzer found to reach code of their own.
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

void expect_no_broken_promise(const std::filesystem::path& corpus) {
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    EXPECT_THAT(broken_promises(contents(entry.path())), testing::IsEmpty()) << entry.path();
    ++inputs;
  }
  EXPECT_GT(inputs, 0U) << corpus;
}

TEST(Corpus, named_inputs_break_no_promise) {
  expect_no_broken_promise(std::filesystem::path(NAMED_INPUTS) / kTarget);
}

TEST(Corpus, found_inputs_break_no_promise) {
  expect_no_broken_promise(std::filesystem::path(FOUND_INPUTS) / kTarget);
}

}  // namespace
}  // namespace fuzz
