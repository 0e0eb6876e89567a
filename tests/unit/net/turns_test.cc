#include "net/turns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace net {
namespace {

std::vector<std::string> order(Turns<int>& turns) {
  std::vector<std::string> names;
  for (const auto& [name, value] : turns) names.push_back(name);
  return names;
}
using Names = std::vector<std::string>;

TEST(Turns, the_first_that_came_is_the_first_to_have_a_turn) {
  Turns<int> turns;
  for (const char* name : {"b", "c", "a"}) turns[name] = 1;
  EXPECT_EQ(order(turns), (Names{"b", "c", "a"}));
}

TEST(Turns, one_whose_turn_is_over_is_the_last_and_keeps_its_value) {
  Turns<int> turns;
  for (const char* name : {"a", "b", "c"}) turns[name] = 1;
  turns["a"] = 7;
  turns.end_turn("a");
  turns.end_turn("unknown");
  EXPECT_EQ(order(turns), (Names{"b", "c", "a"}));
  ASSERT_NE(turns.find("a"), nullptr);
  EXPECT_EQ(*turns.find("a"), 7);
}

TEST(Turns, one_that_is_erased_and_comes_back_is_the_last) {
  Turns<int> turns;
  for (const char* name : {"a", "b"}) turns[name] = 1;
  turns.erase("a");
  turns.erase("unknown");
  EXPECT_EQ(turns.find("a"), nullptr);
  EXPECT_EQ(turns["a"], 0);
  EXPECT_EQ(order(turns), (Names{"b", "a"}));
}

TEST(Turns, references_stay_valid_while_others_come_and_go) {
  Turns<int> turns;
  int& a = turns["a"];
  for (int i = 0; i < 1000; ++i) turns[std::to_string(i)] = i;
  turns.end_turn("a");
  for (int i = 0; i < 1000; ++i) turns.erase(std::to_string(i));
  a = 5;
  EXPECT_EQ(*turns.find("a"), 5);
  EXPECT_FALSE(turns.empty());
}

}  // namespace
}  // namespace net
