#include "reconcilers/common/status_memory.h"

#include <gtest/gtest.h>

#include "api/integration.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

using Memory = StatusMemory<api::Integration>;

api::Integration object(const std::string& version, const std::string& client_id,
                        const std::string& tail = "") {
  api::Integration made = gen::Integration("x", gen::resource_version(version));
  made.status.client_id = client_id;
  made.status.conditions = {
      gen::Condition("Ready", kube::ConditionStatus::True, "Configured", "Fine." + tail)};
  return made;
}
Memory::Pointer cached(const std::string& version, const std::string& client_id) {
  return std::make_shared<const api::Integration>(object(version, client_id));
}

class StatusMemoryTest : public testing::Test {
 protected:
  // The client id that stands for the status to judge by.
  std::string judged(const Memory::Pointer& shown) {
    return memory.judge(shown).object.status.client_id;
  }
  Memory memory;
  net::SteadyTime now{1h};
};

TEST_F(StatusMemoryTest, without_a_write_the_cache_is_right) {
  const auto view = memory.judge(cached("5", "cached"));
  EXPECT_EQ(view.object.status.client_id, "cached");
  EXPECT_FALSE(view.overwritten);
}

TEST_F(StatusMemoryTest, what_was_written_hides_a_cache_from_before_the_write) {
  memory.wrote(object("100", "written"), now);
  for (int i = 0; i < 2; ++i) {
    const auto view = memory.judge(cached("99", "cached"));
    EXPECT_EQ(view.object.status.client_id, "written");
    EXPECT_EQ(view.object.metadata.resource_version, "100") << "what the next write builds on";
    EXPECT_EQ(view.shown->status.client_id, "written");
    EXPECT_FALSE(view.overwritten);
  }
}

TEST_F(StatusMemoryTest, a_cache_that_has_caught_up_is_what_is_remembered) {
  memory.wrote(object("10", "written"), now);
  const auto shown = cached("10", "written");
  EXPECT_FALSE(memory.judge(shown).overwritten);
  EXPECT_EQ(shown.use_count(), 2) << "no copy of it is kept";
}

TEST_F(StatusMemoryTest, an_edit_of_the_spec_is_no_overwriting) {
  memory.wrote(object("10", "written"), now);
  const auto view = memory.judge(cached("11", "written"));
  EXPECT_FALSE(view.overwritten);
  EXPECT_EQ(view.object.metadata.resource_version, "11");
}

TEST_F(StatusMemoryTest, what_somebody_else_wrote_is_noticed_and_not_believed) {
  memory.wrote(object("10", "written"), now);
  for (int i = 0; i < 2; ++i) {
    const auto view = memory.judge(cached("11", "forged"));
    EXPECT_TRUE(view.overwritten);
    EXPECT_EQ(view.object.status.client_id, "written");
    EXPECT_EQ(view.object.metadata.resource_version, "11");
    EXPECT_EQ(view.shown->status.client_id, "forged");
  }
}

TEST_F(StatusMemoryTest, a_status_that_was_found_right_is_as_good_as_written) {
  memory.confirm(cached("10", "right"));
  EXPECT_TRUE(memory.judge(cached("11", "forged")).overwritten);
  EXPECT_EQ(judged(cached("11", "forged")), "right");
}

TEST_F(StatusMemoryTest, the_time_of_the_next_try_alone_is_written_every_five_minutes) {
  const auto early = object("10", "x", " Next check at 1.").status;
  const auto later = object("10", "x", " Next check at 2.").status;
  EXPECT_TRUE(memory.worth_writing(early, later, now)) << "nothing was written yet";
  memory.wrote(object("10", "x"), now);
  EXPECT_FALSE(memory.worth_writing(early, later, now + 299s));
  EXPECT_TRUE(memory.worth_writing(early, later, now + 300s));
  EXPECT_FALSE(memory.worth_writing(early, early, now + 1h));
  EXPECT_TRUE(memory.worth_writing(early, object("10", "y").status, now));
}

TEST_F(StatusMemoryTest, the_first_overwriting_is_healed_at_once_and_the_next_less_and_less_often) {
  EXPECT_EQ(memory.rewrite_in(now), 0s);
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    memory.rewrote(now);
    EXPECT_EQ(memory.rewrite_in(now), pause);
    now += pause;
    EXPECT_EQ(memory.rewrite_in(now), 0s);
  }
  now += 10min;
  memory.rewrote(now);
  EXPECT_EQ(memory.rewrite_in(now), 1s) << "after ten minutes of peace it is the first again";
}

}  // namespace
}  // namespace reconcilers
