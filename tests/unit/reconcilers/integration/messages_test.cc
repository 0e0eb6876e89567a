#include "reconcilers/integration/messages.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "api/integration.h"
#include "golden.h"

namespace reconcilers {
namespace {

using Id = IntegrationMessage;

IntegrationFacts sample() {
  return {.offering = "<offering>",
          .ns = "<namespace>",
          .secret = "<secret>",
          .key = "<key>",
          .client_id_key = "<client_id_key>",
          .client_secret_key = "<client_secret_key>",
          .wrong = "<is wrong>",
          .number = "<number>",
          .scopes = "<scopes>",
          .offered = "<offered>",
          .condition = "<condition>",
          .reason = "<reason>",
          .answer = "<answer.>",
          .url = "<url>",
          .old_url = "<old url>"};
}

TEST(IntegrationMessages, all_texts_are_those_of_the_golden_file) {
  expect_golden("tests/unit/reconcilers/integration/messages.golden", all_texts<Id>(sample()));
}

TEST(IntegrationMessages, each_has_a_name_of_its_own_and_ends_with_a_full_stop) {
  IntegrationFacts facts = sample();
  facts.answer = "It said no.";
  expect_sentences<Id>(
      facts, {Id::IsTooLong, Id::EndsWithNewline, Id::HasByteOrderMark, Id::HasForbiddenCharacter});
}

// The texts spell these names out, for a reader of the table.
TEST(IntegrationMessages, the_label_and_the_annotations_are_those_of_the_api) {
  const auto names = [](Id id, const std::string& name) {
    EXPECT_NE(text_of(id).find(name), std::string::npos) << text_of(id);
  };
  names(Id::KeyNeedsTheLabel, std::string{api::credentials_label} + "=true");
  names(Id::PausedAnnotationIgnored, api::paused_annotation);
  names(Id::CallbackUrlChanged, api::reconcile_requested_at_annotation);
  const api::CredentialsSecretRef defaults;
  names(Id::KeyNeedsTheLabel, defaults.client_id_key + " and " + defaults.client_secret_key);
}

}  // namespace
}  // namespace reconcilers
