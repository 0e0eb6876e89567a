#include "net/secret_string.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <type_traits>

#include "net/log.h"

namespace net {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(Streamable<std::string>);
static_assert(!Streamable<SecretString>);
static_assert(!std::is_convertible_v<SecretString, std::string>);
static_assert(!std::is_convertible_v<std::string, SecretString>);
static_assert(!std::is_constructible_v<LogField, std::string_view, SecretString>);

TEST(SecretString, gives_its_value_only_when_asked) {
  const SecretString secret{"made-up"};
  EXPECT_EQ(secret.reveal(), "made-up");
  EXPECT_EQ(secret.size(), 7u);
  EXPECT_FALSE(secret.empty());
}

TEST(SecretString, compares_by_value) {
  EXPECT_TRUE(SecretString{"a"} == SecretString{"a"});
  EXPECT_FALSE(SecretString{"a"} == SecretString{"b"});
  EXPECT_FALSE(SecretString{"a"} == SecretString{"ab"});
  EXPECT_TRUE(SecretString{} == SecretString{""});
}

TEST(SecretString, is_empty_after_a_move) {
  SecretString from{"a value that is too long to be stored in place"};
  const SecretString to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(to.size(), 46u);
}

TEST(SecretString, is_overwritten_by_an_assignment) {
  SecretString secret{"old"};
  secret = SecretString{"new"};
  EXPECT_EQ(secret.reveal(), "new");
  const SecretString other{"other"};
  secret = other;
  EXPECT_EQ(secret.reveal(), "other");
}

TEST(Wipe, leaves_no_byte_behind) {
  std::string text = "a value that is too long to be stored in place";
  const char* bytes = text.data();
  const std::size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), bytes);  // the memory still belongs to the string
  EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));
}

}  // namespace
}  // namespace net
