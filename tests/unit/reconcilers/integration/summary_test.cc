#include "reconcilers/integration/summary.h"

#include <gtest/gtest.h>

#include <map>

#include "api/conditions.h"
#include "reconcilers/integration/messages.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using api::OnUnverifiable;
using kube::Condition;
using kube::ConditionStatus;
namespace reason = api::reason;

constexpr auto kTrue = ConditionStatus::True;
constexpr auto kFalse = ConditionStatus::False;
constexpr auto kUnknown = ConditionStatus::Unknown;

// All is well, but for `others`.
api::IntegrationStatus status_with(const std::vector<Condition>& others = {}) {
  api::IntegrationStatus status;
  status.observed_generation = 7;
  status.conditions = {gen::Condition("OfferingAvailable", kTrue, reason::available),
                       gen::Condition("ScopesValid", kTrue, reason::valid),
                       gen::Condition("CredentialsPresent", kTrue, reason::present),
                       gen::Condition("CredentialsVerified", kTrue, reason::verified),
                       gen::Condition("CallbackRegistered", kTrue, reason::accepted)};
  for (const Condition& other : others) kube::set_condition(status.conditions, other, gen::start);
  return status;
}

api::IntegrationStatus summed_up(api::IntegrationStatus status,
                                 OnUnverifiable on_unverifiable = OnUnverifiable::Block) {
  summarize(status, on_unverifiable, gen::start + 1h);
  return status;
}

const Condition& ready_of(const api::IntegrationStatus& status) {
  return *kube::find_condition(status.conditions, "Ready");
}

enum class Kstatus { Current, Reconciling, Stalled };
Kstatus kstatus_of(const api::IntegrationStatus& status) {
  const bool stalled = kube::find_condition(status.conditions, "Stalled") != nullptr;
  const bool reconciling = kube::find_condition(status.conditions, "Reconciling") != nullptr;
  EXPECT_FALSE(stalled && reconciling);
  return stalled ? Kstatus::Stalled : reconciling ? Kstatus::Reconciling : Kstatus::Current;
}

struct Row {
  const char* type;
  ConditionStatus status;
  const char* reason;
  ConditionStatus ready;
  Kstatus kstatus;
};

// The API's table: Ready and kstatus for each reason.
const std::vector<Row> kTable = {
    {"OfferingAvailable", kFalse, reason::offering_not_found, kFalse, Kstatus::Reconciling},
    {"OfferingAvailable", kFalse, reason::offering_not_ready, kFalse, Kstatus::Reconciling},
    {"OfferingAvailable", kFalse, reason::offering_terminating, kFalse, Kstatus::Reconciling},
    {"OfferingAvailable", kFalse, reason::namespace_not_allowed, kFalse, Kstatus::Stalled},
    {"ScopesValid", kFalse, reason::missing_required_scopes, kFalse, Kstatus::Stalled},
    {"ScopesValid", kFalse, reason::scopes_not_offered, kFalse, Kstatus::Stalled},
    {"ScopesValid", kFalse, reason::scopes_rejected_by_provider, kFalse, Kstatus::Stalled},
    {"ScopesValid", kUnknown, reason::pending, kUnknown, Kstatus::Reconciling},
    {"CredentialsPresent", kFalse, reason::secret_not_found, kFalse, Kstatus::Reconciling},
    {"CredentialsPresent", kFalse, reason::key_not_found, kFalse, Kstatus::Reconciling},
    {"CredentialsPresent", kFalse, reason::key_not_allowed, kFalse, Kstatus::Stalled},
    {"CredentialsPresent", kFalse, reason::invalid_characters, kFalse, Kstatus::Stalled},
    {"CredentialsVerified", kFalse, reason::rejected, kFalse, Kstatus::Stalled},
    {"CredentialsVerified", kFalse, reason::grant_not_allowed, kFalse, Kstatus::Stalled},
    {"CredentialsVerified", kUnknown, reason::unverifiable, kFalse, Kstatus::Stalled},
    {"CredentialsVerified", kUnknown, reason::provider_unreachable, kFalse, Kstatus::Reconciling},
    {"CredentialsVerified", kUnknown, reason::pending, kUnknown, Kstatus::Reconciling},
    {"CallbackRegistered", kFalse, reason::rejected, kFalse, Kstatus::Stalled},
    {"CallbackRegistered", kFalse, reason::callback_url_changed, kFalse, Kstatus::Stalled},
    {"CallbackRegistered", kUnknown, reason::pending, kUnknown, Kstatus::Reconciling},
};

TEST(Summary, each_reason_that_blocks_is_readys_own_with_its_message) {
  for (const Row& row : kTable) {
    SCOPED_TRACE(std::string{row.type} + " " + row.reason);
    const auto status =
        summed_up(status_with({gen::Condition(row.type, row.status, row.reason, "Do this.")}));
    EXPECT_EQ(ready_of(status).status, row.ready);
    EXPECT_EQ(ready_of(status).reason, row.reason);
    EXPECT_EQ(ready_of(status).message, "Do this.");
    EXPECT_EQ(status.phase, api::Phase::Draft);
    EXPECT_EQ(kstatus_of(status), row.kstatus);
  }
}

TEST(Summary, what_does_not_block_is_configured_by_a_reason_that_says_how_far_it_is_proven) {
  const auto configured = summed_up(status_with());
  EXPECT_EQ(ready_of(configured).reason, reason::configured);
  EXPECT_EQ(ready_of(configured).message, text_of(IntegrationMessage::Configured));

  const auto observed =
      summed_up(status_with({gen::Condition("CallbackRegistered", kTrue, reason::observed)}));
  EXPECT_EQ(ready_of(observed).reason, reason::configured);

  const auto previous = summed_up(status_with(
      {gen::Condition("CredentialsVerified", kTrue, reason::verified_with_previous_secret)}));
  EXPECT_EQ(ready_of(previous).reason, reason::configured);

  const auto unproven = summed_up(
      status_with({gen::Condition("CallbackRegistered", kUnknown, reason::not_checkable)}));
  EXPECT_EQ(ready_of(unproven).reason, reason::configured_callback_unproven);
  EXPECT_EQ(ready_of(unproven).message, text_of(IntegrationMessage::ConfiguredCallbackUnproven));

  const auto unverified = summed_up(
      status_with({gen::Condition("CredentialsVerified", kUnknown, reason::unverifiable)}),
      OnUnverifiable::Allow);
  EXPECT_EQ(ready_of(unverified).reason, reason::configured_unverified);
  EXPECT_EQ(ready_of(unverified).message, text_of(IntegrationMessage::ConfiguredUnverified));

  for (const auto& status : {configured, observed, previous, unproven, unverified}) {
    EXPECT_EQ(ready_of(status).status, kTrue);
    EXPECT_EQ(status.phase, api::Phase::Configured);
    EXPECT_EQ(kstatus_of(status), Kstatus::Current);
  }
}

// Of a Secret that the operator may not read nothing is known: a verdict stands, whatever it was.
TEST(Summary, a_secret_that_may_not_be_read_leaves_the_verdict_and_blocks_where_there_is_none) {
  const auto unread = gen::Condition("CredentialsPresent", kUnknown, reason::not_permitted);
  const auto verdict = [&](kube::Condition credentials) {
    return summed_up(status_with({unread, std::move(credentials)}));
  };
  const auto good = summed_up(status_with({unread}));
  EXPECT_EQ(ready_of(good).reason, reason::configured);
  EXPECT_EQ(kstatus_of(good), Kstatus::Current);
  const auto refused = verdict(gen::Condition("CredentialsVerified", kFalse, reason::rejected));
  EXPECT_EQ(ready_of(refused).reason, reason::rejected);
  const auto none = verdict(gen::Condition("CredentialsVerified", kUnknown, reason::pending));
  EXPECT_EQ(ready_of(none).status, kFalse);
  EXPECT_EQ(ready_of(none).reason, reason::not_permitted);
  EXPECT_EQ(kstatus_of(none), Kstatus::Reconciling);
}

TEST(Summary, unverifiable_that_is_allowed_lets_nothing_else_pass) {
  for (const Row& row : kTable) {
    if (row.reason == std::string{reason::unverifiable}) continue;
    auto status =
        status_with({gen::Condition("CredentialsVerified", kUnknown, reason::unverifiable),
                     gen::Condition(row.type, row.status, row.reason)});
    EXPECT_EQ(summed_up(std::move(status), OnUnverifiable::Allow).phase, api::Phase::Draft)
        << row.reason;
  }
}

TEST(Summary, the_first_that_fails_is_told_in_the_order_in_which_people_mend_things) {
  std::vector<Condition> failures = {
      gen::Condition("OfferingAvailable", kFalse, reason::offering_not_ready),
      gen::Condition("ScopesValid", kFalse, reason::missing_required_scopes),
      gen::Condition("CredentialsPresent", kFalse, reason::secret_not_found),
      gen::Condition("CredentialsVerified", kFalse, reason::rejected),
      gen::Condition("CallbackRegistered", kFalse, reason::callback_url_changed)};
  for (; !failures.empty(); failures.erase(failures.begin()))
    EXPECT_EQ(ready_of(summed_up(status_with(failures))).reason, failures.front().reason);
}

TEST(Summary, a_condition_that_nobody_has_judged_is_not_taken_for_true) {
  for (const char* type : {"OfferingAvailable", "ScopesValid", "CredentialsPresent",
                           "CredentialsVerified", "CallbackRegistered"}) {
    auto status = status_with();
    kube::remove_condition(status.conditions, type);
    status = summed_up(std::move(status), OnUnverifiable::Allow);
    EXPECT_EQ(status.phase, api::Phase::Draft) << type;
    EXPECT_EQ(ready_of(status).status, kUnknown) << type;
    EXPECT_EQ(ready_of(status).reason, reason::pending) << type;
    EXPECT_EQ(ready_of(status).message,
              text_of(IntegrationMessage::NotJudged, {.condition = type}));
  }
}

TEST(Summary, ready_is_about_the_generation_that_the_status_is_about) {
  for (const auto& status :
       {summed_up(status_with()), summed_up(status_with({gen::Condition(
                                      "CredentialsVerified", kFalse, reason::rejected)}))}) {
    for (const Condition& condition : status.conditions)
      if (condition.type == "Ready" || condition.type == "Stalled") {
        EXPECT_EQ(condition.observed_generation, 7) << condition.type;
      }
  }
}

TEST(Summary, stalled_and_reconciling_go_when_they_no_longer_hold) {
  auto status = summed_up(
      status_with({gen::Condition("CredentialsVerified", kUnknown, reason::provider_unreachable)}));
  EXPECT_EQ(kstatus_of(status), Kstatus::Reconciling);
  kube::set_condition(status.conditions,
                      gen::Condition("CredentialsVerified", kFalse, reason::rejected), gen::start);
  status = summed_up(std::move(status));
  EXPECT_EQ(kstatus_of(status), Kstatus::Stalled);
  kube::set_condition(status.conditions,
                      gen::Condition("CredentialsVerified", kTrue, reason::verified), gen::start);
  EXPECT_EQ(kstatus_of(summed_up(std::move(status))), Kstatus::Current);
}

TEST(Summary, the_time_of_the_last_transition_is_that_of_the_status_alone) {
  auto status = status_with({gen::Condition("CredentialsVerified", kFalse, reason::rejected)});
  summarize(status, OnUnverifiable::Block, gen::start);
  kube::set_condition(status.conditions,
                      gen::Condition("CredentialsVerified", kFalse, reason::grant_not_allowed),
                      gen::start);
  summarize(status, OnUnverifiable::Block, gen::start + 1h);
  EXPECT_EQ(ready_of(status).reason, reason::grant_not_allowed);
  EXPECT_EQ(ready_of(status).last_transition_time, gen::start);
}

TEST(Summary, summing_up_twice_changes_nothing) {
  for (const Row& row : kTable) {
    const auto once = summed_up(status_with({gen::Condition(row.type, row.status, row.reason)}));
    auto twice = once;
    summarize(twice, OnUnverifiable::Block, gen::start + 2h);
    EXPECT_EQ(once, twice) << row.reason;
  }
}

}  // namespace
}  // namespace reconcilers
