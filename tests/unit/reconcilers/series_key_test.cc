#include "reconcilers/series_key.h"

#include <gtest/gtest.h>

namespace reconcilers {
namespace {

TEST(SeriesKey, leaves_out_the_times_that_a_note_ends_with) {
  for (const char* tail : {"", " Next check at 2026-01-31T12:00:00Z.", " Next try at 12:00.",
                           " Unconfirmed since 12:00. Next check at 12:05."})
    EXPECT_EQ(series_key(std::string{"No answer."} + tail), "No answer.") << tail;
}

TEST(SeriesKey, keeps_apart_notes_that_say_different_things) {
  EXPECT_NE(series_key("No answer from a.example. Next check at 12:00."),
            series_key("No answer from b.example. Next check at 12:00."));
}

}  // namespace
}  // namespace reconcilers
