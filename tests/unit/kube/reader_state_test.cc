#include "kube/reader_state.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "support/exposition.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;
using namespace std::chrono_literals;

class ReaderStateTest : public testing::Test {
 protected:
  std::string exposed() { return expose(registry_); }

  net::ManualClock clock_;
  prometheus::Registry registry_;
  ReflectorMetrics metrics_{registry_};
  ReaderState state_{clock_, &metrics_, "widgets", "shop"};
};

TEST_F(ReaderStateTest, a_cache_is_stale_until_a_watch_is_open) {
  const auto made = clock_.steady();
  EXPECT_EQ(state_.stale_since(), made);
  clock_.advance(1s);
  const auto asked = clock_.steady();
  clock_.advance(1s);
  state_.listed(asked);
  EXPECT_EQ(state_.stale_since(), asked) << "as of when the list was asked for";
  state_.watch_opened();
  EXPECT_EQ(state_.stale_since(), std::nullopt);
}

TEST_F(ReaderStateTest, after_a_watch_it_is_stale_since_the_last_word_of_it) {
  state_.watch_opened();
  clock_.advance(10s);
  state_.heard();
  const auto heard = clock_.steady();
  clock_.advance(75s);
  state_.watch_ended();
  EXPECT_EQ(state_.stale_since(), heard) << "it may have been dead since then";
  state_.watch_opened();
  EXPECT_EQ(state_.stale_since(), std::nullopt);
}

TEST_F(ReaderStateTest, a_line_that_was_lost_makes_it_stale_until_the_next_list) {
  state_.listed(clock_.steady());
  state_.watch_opened();
  clock_.advance(10s);
  const auto lost = clock_.steady();
  state_.line_lost();
  clock_.advance(10s);
  state_.line_lost();
  state_.heard();
  EXPECT_EQ(state_.stale_since(), lost);
  state_.watch_ended();
  EXPECT_EQ(state_.stale_since(), lost);
  state_.listed(clock_.steady());
  state_.watch_opened();
  EXPECT_EQ(state_.stale_since(), std::nullopt);
}

TEST_F(ReaderStateTest, a_refusal_is_news_once_and_stands_until_what_was_refused_is_answered) {
  const Error forbidden{ErrorCode::Forbidden, "no"};
  EXPECT_TRUE(state_.refused("watch", forbidden));
  EXPECT_FALSE(state_.refused("watch", forbidden));
  EXPECT_FALSE(state_.answered("list")) << "the watch is still refused";
  ASSERT_TRUE(state_.refusal());
  EXPECT_EQ(state_.refusal()->code, ErrorCode::Forbidden);
  EXPECT_FALSE(state_.refused("watch", forbidden));
  EXPECT_TRUE(state_.refused("list", forbidden));
  EXPECT_TRUE(state_.refused("list", Error{ErrorCode::NotFound, "gone"}));
  EXPECT_TRUE(state_.answered("watch"));
  EXPECT_FALSE(state_.answered("watch"));
  EXPECT_FALSE(state_.refusal());
  EXPECT_TRUE(state_.refused("watch", forbidden));
}

TEST_F(ReaderStateTest, its_metrics_say_whether_it_reads_since_when_not_and_what_is_left_out) {
  const std::string labels = "{namespace=\"shop\",resource=\"widgets\"}";
  EXPECT_NE(exposed().find("kube_reflector_up" + labels + " 0"), std::string::npos) << exposed();
  state_.answered("list");
  EXPECT_NE(exposed().find("kube_reflector_up" + labels + " 1"), std::string::npos) << exposed();
  state_.refused("list", Error{ErrorCode::Forbidden, "no"});
  EXPECT_NE(exposed().find("kube_reflector_up" + labels + " 0"), std::string::npos) << exposed();
  state_.skipped_object();
  EXPECT_NE(exposed().find("kube_reflector_skipped_objects_total{resource=\"widgets\"} 1"),
            std::string::npos)
      << exposed();
  const auto progress = [&] { return metrics_.of("widgets", "shop").last_progress.Value(); };
  const double before = progress();
  clock_.advance(60s);
  EXPECT_EQ(progress(), before);
  state_.heard();
  EXPECT_DOUBLE_EQ(progress(), before + 60);
}

}  // namespace
}  // namespace kube
