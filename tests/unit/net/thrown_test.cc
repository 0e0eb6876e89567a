#include "net/thrown.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

template <class Exception>
std::string type_of(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return net::thrown_type();
  }
}

TEST(ThrownType, names_whatever_was_thrown_without_its_text) {
  EXPECT_EQ(type_of(std::out_of_range("the s3cr3t")), "std::out_of_range");
  EXPECT_EQ(type_of(42), "int");
}

TEST(ThrownType, names_nothing_where_nothing_is_handled) {
  EXPECT_EQ(net::thrown_type(), "nothing");
}

}  // namespace
