#include "oauth/verification/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace oauth {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kGolden = SOURCE_DIR "/tests/unit/oauth/verification/messages.golden";

MessageFacts sample() {
  MessageFacts facts;
  facts.method = Method::Introspection;
  facts.own.summary = "<own>";
  facts.own.message = "<What the own secret was answered.>";
  facts.control.summary = "<control>";
  facts.control.message = "<What the control was answered.>";
  facts.quoted = "<quoted>";
  return facts;
}

std::string all_texts() {
  std::string texts;
  for (const MessageId id : all_of<MessageId>())
    texts += std::string(to_string(id)) + "\n  " + text_of(id, sample()) + "\n";
  return texts;
}

// After an intended change: UPDATE_GOLDEN=1 oauth_test --gtest_filter='Messages.*', and read the
// difference.
TEST(Messages, all_texts_are_those_of_the_golden_file) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden) << all_texts();
  std::ifstream file(kGolden);
  ASSERT_TRUE(file) << kGolden;
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(all_texts(), golden.str());
}

TEST(Messages, each_has_a_name_of_its_own_and_ends_with_a_full_stop) {
  std::set<std::string> names;
  for (const MessageId id : all_of<MessageId>()) {
    EXPECT_TRUE(names.insert(to_string(id)).second) << to_string(id);
    MessageFacts facts = sample();
    facts.own.message = facts.control.message = "Said.";
    EXPECT_THAT(text_of(id, facts), EndsWith(".")) << to_string(id);
    EXPECT_THAT(text_of(id, facts), Not(HasSubstr("{"))) << to_string(id);
  }
}

// A provider's words may look like a placeholder.
TEST(Messages, a_quoted_answer_is_not_expanded) {
  MessageFacts facts = sample();
  facts.own.message = "It answered {control}.";
  EXPECT_EQ(text_of(MessageId::AsRead, facts), "It answered {control}.");
}

}  // namespace
}  // namespace oauth
