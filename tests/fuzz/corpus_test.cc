// Runs a target without a fuzzer: once over the inputs with a name, and over the archive of inputs
// that reached new code in a fuzzer.
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
