#include "reconcilers/status_memory.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace reconcilers {
namespace {

using Memory = StatusMemory<std::string>;

kube::ObjectMeta at_version(const std::string& version, const std::string& uid = "a") {
  return gen::Integration("x", gen::uid(uid), gen::resource_version(version)).metadata;
}

TEST(StatusMemory, without_a_write_the_cache_is_right) {
  Memory memory;
  EXPECT_EQ(memory.latest(at_version("5"), "cached"), "cached");
}

TEST(StatusMemory, what_was_written_hides_a_cache_from_before_the_write) {
  Memory memory;
  memory.wrote(at_version("10"), "written");
  EXPECT_EQ(memory.latest(at_version("9"), "cached"), "written");
  EXPECT_EQ(memory.latest(at_version("9"), "cached"), "written") << "as often as it is asked";
}

TEST(StatusMemory, versions_are_compared_as_numbers) {
  Memory memory;
  memory.wrote(at_version("100"), "written");
  EXPECT_EQ(memory.latest(at_version("99"), "cached"), "written");
}

TEST(StatusMemory, a_cache_that_has_caught_up_is_right_again) {
  Memory memory;
  memory.wrote(at_version("10"), "written");
  EXPECT_EQ(memory.latest(at_version("10"), "cached"), "cached");
  EXPECT_EQ(memory.latest(at_version("9"), "older"), "older") << "the entry is gone";
}

TEST(StatusMemory, the_last_of_several_writes_counts) {
  Memory memory;
  memory.wrote(at_version("10"), "first");
  memory.wrote(at_version("12"), "second");
  EXPECT_EQ(memory.latest(at_version("11"), "cached"), "second");
}

TEST(StatusMemory, a_namesake_with_another_uid_is_another_object) {
  Memory memory;
  memory.wrote(at_version("10", "a"), "written");
  EXPECT_EQ(memory.latest(at_version("9", "b"), "cached"), "cached");
}

TEST(StatusMemory, what_is_forgotten_hides_nothing) {
  Memory memory;
  memory.wrote(at_version("10"), "written");
  memory.forget("a");
  EXPECT_EQ(memory.latest(at_version("9"), "cached"), "cached");
}

}  // namespace
}  // namespace reconcilers
