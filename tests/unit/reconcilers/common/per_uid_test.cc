#include "reconcilers/common/per_uid.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace reconcilers {
namespace {

const kube::NamespacedName kKey{"team", "crm"};

class PerUidTest : public testing::Test {
 protected:
  std::vector<std::string> forgotten;
  PerUid<int> memory{[this](const std::string& uid) { forgotten.push_back(uid); }};
};

TEST_F(PerUidTest, what_is_noted_of_an_object_is_there_the_next_time) {
  EXPECT_EQ(memory.of(kKey, "first"), 0);
  memory.of(kKey, "first") = 7;
  memory.of({"team", "other"}, "other") = 8;
  EXPECT_EQ(memory.of(kKey, "first"), 7);
  EXPECT_TRUE(forgotten.empty());
}

TEST_F(PerUidTest, a_namesake_inherits_nothing) {
  memory.of(kKey, "first") = 7;
  EXPECT_EQ(memory.of(kKey, "second"), 0);
  EXPECT_EQ(forgotten, std::vector<std::string>{"first"});
  EXPECT_EQ(memory.of(kKey, "first"), 0) << "and its former is not remembered beside it";
}

TEST_F(PerUidTest, forgetting_is_reported_once) {
  memory.of(kKey, "first") = 7;
  memory.forget(kKey);
  memory.forget(kKey);
  EXPECT_EQ(forgotten, std::vector<std::string>{"first"});
  EXPECT_EQ(memory.of(kKey, "first"), 0);
}

// A listener may use the memory, because no lock is held.
TEST(PerUid, a_listener_may_use_the_memory) {
  PerUid<int>* self = nullptr;
  PerUid<int> memory{[&](const std::string&) { self->of({"team", "noted"}, "x") = 1; }};
  self = &memory;
  memory.of(kKey, "first");
  memory.forget(kKey);
  EXPECT_EQ(memory.of({"team", "noted"}, "x"), 1);
}

}  // namespace
}  // namespace reconcilers
