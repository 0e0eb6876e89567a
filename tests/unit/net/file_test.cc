#include "net/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

std::string file_with(const std::string& text) {
  const std::string path = testing::TempDir() + "net_file_test";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(ReadFile, a_file_is_read_byte_for_byte) {
  const std::string bytes("a\0\r\n\xff", 5);
  EXPECT_EQ(*net::read_file(file_with(bytes)), bytes);
}

TEST(ReadFile, an_empty_file_is_empty_text) { EXPECT_EQ(*net::read_file(file_with("")), ""); }

TEST(ReadFile, a_file_of_many_blocks_is_read_to_its_end) {
  const std::string bytes(100'001, 'x');
  EXPECT_EQ(*net::read_file(file_with(bytes)), bytes);
}

TEST(ReadFile, a_missing_file_or_a_folder_is_named_with_the_reason) {
  const std::string folder = testing::TempDir();
  for (const auto& [path, reason] :
       {std::pair(folder + "missing", "No such file or directory"),
        std::pair(folder, "Is a directory"), std::pair(file_with("x") + "/y", "Not a directory")}) {
    const auto text = net::read_file(path);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().code, net::ErrorCode::NotFound);
    EXPECT_EQ(text.error().message, path + ": cannot be read: " + reason);
  }
}

}  // namespace
