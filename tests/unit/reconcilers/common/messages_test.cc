#include "reconcilers/common/messages.h"

#include <gtest/gtest.h>

#include "golden.h"

namespace reconcilers {
namespace {

TEST(CommonMessages, all_texts_are_those_of_the_golden_file) {
  expect_golden("tests/unit/reconcilers/common/messages.golden",
                all_texts<CommonMessage>(
                    CommonFacts{.time = "<time>", .answer = "<answer>", .command = "<command>"}));
}

TEST(CommonMessages, each_has_a_name_of_its_own_and_ends_with_a_full_stop) {
  expect_sentences<CommonMessage>(CommonFacts{.answer = "It said no."});
}

TEST(CommonMessages, a_fact_that_looks_like_a_placeholder_is_not_expanded) {
  EXPECT_EQ(text_of(CommonMessage::Unconfirmed, {.time = "{answer}", .answer = "{time} {"}),
            "Unconfirmed since {answer}: {time} {");
}

TEST(CommonMessages, the_opening_of_a_text_is_the_part_before_its_first_fact) {
  EXPECT_EQ(opening_of(CommonMessage::NextCheck), "Next check at ");
  EXPECT_EQ(opening_of(CommonMessage::Unconfirmed), "Unconfirmed since ");
}

TEST(CommonMessages, a_sentence_gets_a_full_stop_unless_it_has_one) {
  EXPECT_EQ(as_sentence("It said no"), "It said no.");
  EXPECT_EQ(as_sentence("It said no."), "It said no.");
}

}  // namespace
}  // namespace reconcilers
