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

TEST(ReadFile, what_is_not_there_or_is_a_folder_is_named) {
  const std::string folder = testing::TempDir();
  for (const std::string& path : {folder + "missing", folder}) {
    const auto text = net::read_file(path);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().code, net::ErrorCode::NotFound);
    EXPECT_EQ(text.error().message, path + ": cannot be read");
  }
}

}  // namespace
