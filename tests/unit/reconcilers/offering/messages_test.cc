#include "reconcilers/offering/messages.h"

#include <gtest/gtest.h>

#include "golden.h"

namespace reconcilers {
namespace {

OfferingFacts sample() {
  return {.offering = "<offering>",
          .hosts = "<hosts>",
          .endpoint = "<endpoint>",
          .answer = "<answer.>",
          .users = "<users>"};
}

TEST(OfferingMessages, all_texts_are_those_of_the_golden_file) {
  expect_golden("tests/unit/reconcilers/offering/messages.golden",
                all_texts<OfferingMessage>(sample()));
}

TEST(OfferingMessages, each_has_a_name_of_its_own_and_ends_with_a_full_stop) {
  OfferingFacts facts = sample();
  facts.answer = "It said no.";
  expect_sentences<OfferingMessage>(facts);
}

}  // namespace
}  // namespace reconcilers
