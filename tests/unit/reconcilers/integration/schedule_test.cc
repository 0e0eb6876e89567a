#include "reconcilers/integration/schedule.h"

#include <gtest/gtest.h>

#include <set>

#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using kube::ConditionStatus;
namespace reason = api::reason;

constexpr auto kDay = 24h;

kube::Conditions verdict(ConditionStatus credentials, const char* credentials_reason,
                         ConditionStatus callback, const char* callback_reason,
                         const char* scopes_reason = reason::valid) {
  return {gen::Condition(
              "ScopesValid",
              scopes_reason == reason::valid ? ConditionStatus::True : ConditionStatus::False,
              scopes_reason),
          gen::Condition("CredentialsVerified", credentials, credentials_reason),
          gen::Condition("CallbackRegistered", callback, callback_reason)};
}

// The waits between tries, if each verdict comes `call` after its try began.
std::vector<net::Duration> waits(VerdictKind kind, int count, net::Duration call,
                                 net::Duration interval = kDay) {
  std::vector<net::Duration> all;
  net::Duration age{0};
  for (int i = 0; i < count; ++i) {
    all.push_back(keep_for(kind, age, interval, "uid"));
    age += all.back() + call;
  }
  return all;
}

TEST(VerdictKind, conditions_that_hold_no_verdict_have_no_kind) {
  EXPECT_FALSE(verdict_kind({}));
  for (const char* open : {reason::pending, reason::provider_unreachable})
    EXPECT_FALSE(verdict_kind(
        verdict(ConditionStatus::Unknown, open, ConditionStatus::Unknown, reason::pending)))
        << open;
}

TEST(VerdictKind, verified_with_an_open_callback_is_no_verdict_yet) {
  EXPECT_FALSE(verdict_kind(
      verdict(ConditionStatus::True, reason::verified, ConditionStatus::Unknown, reason::pending)));
}

TEST(VerdictKind, verified_without_a_word_on_the_callback_is_no_verdict_yet) {
  EXPECT_FALSE(verdict_kind(
      {gen::Condition("CredentialsVerified", ConditionStatus::True, reason::verified)}));
}

TEST(VerdictKind, verified_with_a_callback_that_is_known_or_not_checkable_is_good) {
  for (const char* credentials : {reason::verified, reason::verified_with_previous_secret}) {
    EXPECT_EQ(verdict_kind(verdict(ConditionStatus::True, credentials, ConditionStatus::True,
                                   reason::accepted)),
              VerdictKind::Good);
    EXPECT_EQ(verdict_kind(verdict(ConditionStatus::True, credentials, ConditionStatus::Unknown,
                                   reason::not_checkable)),
              VerdictKind::Good);
  }
}

TEST(VerdictKind, refused_and_unverifiable_credentials_are_asked_for_sparingly) {
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::False, reason::rejected, ConditionStatus::Unknown,
                                 reason::pending)),
            VerdictKind::CredentialsRefused);
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::Unknown, reason::unverifiable,
                                 ConditionStatus::Unknown, reason::not_checkable)),
            VerdictKind::CredentialsRefused);
}

TEST(VerdictKind, what_is_mended_in_the_providers_app_settings_is_a_refused_registration) {
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::True, reason::verified, ConditionStatus::False,
                                 reason::rejected)),
            VerdictKind::RegistrationRefused);
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::True, reason::verified, ConditionStatus::False,
                                 reason::callback_url_changed)),
            VerdictKind::RegistrationRefused);
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::True, reason::verified, ConditionStatus::Unknown,
                                 reason::pending, reason::scopes_rejected_by_provider)),
            VerdictKind::RegistrationRefused);
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::False, reason::grant_not_allowed,
                                 ConditionStatus::Unknown, reason::pending)),
            VerdictKind::RegistrationRefused);
}

TEST(KeepFor, a_refused_registration_is_asked_after_15_s_doubling_to_5_min) {
  EXPECT_EQ(waits(VerdictKind::RegistrationRefused, 7, 0s),
            (std::vector<net::Duration>{15s, 30s, 60s, 120s, 240s, 300s, 300s}));
}

TEST(KeepFor, a_refused_registration_is_asked_at_the_interval_after_a_day) {
  EXPECT_EQ(keep_for(VerdictKind::RegistrationRefused, 24h - 1s, kDay, "uid"), 5min);
  EXPECT_EQ(keep_for(VerdictKind::RegistrationRefused, 24h, kDay, "uid"), kDay);
}

TEST(KeepFor, refused_credentials_are_asked_after_30_s_2_min_10_min_and_then_at_the_interval) {
  for (const net::Duration call : {net::Duration{0s}, net::Duration{3s}, net::Duration{20s}})
    EXPECT_EQ(waits(VerdictKind::CredentialsRefused, 5, call),
              (std::vector<net::Duration>{30s, 2min, 10min, kDay, kDay}));
}

// Somebody set the clock back: a wait of less than nothing would ask without end.
TEST(KeepFor, a_verdict_from_the_future_is_kept_like_a_fresh_one) {
  EXPECT_EQ(keep_for(VerdictKind::RegistrationRefused, -1h, kDay, "uid"), 15s);
  EXPECT_EQ(keep_for(VerdictKind::CredentialsRefused, -1h, kDay, "uid"), 30s);
}

TEST(KeepFor, a_good_verdict_is_kept_for_nine_tenths_of_the_interval_at_least) {
  std::set<net::Duration> different;
  for (int i = 0; i < 100; ++i) {
    const net::Duration kept = keep_for(VerdictKind::Good, 0s, 10min, "uid-" + std::to_string(i));
    EXPECT_GT(kept, 9min - 1s);
    EXPECT_LE(kept, 10min);
    different.insert(kept);
  }
  EXPECT_GT(different.size(), 50U) << "what was verified together does not stay together";
}

TEST(KeepFor, the_same_object_is_due_at_the_same_time_after_a_restart) {
  EXPECT_EQ(keep_for(VerdictKind::Good, 0s, kDay, "uid"),
            keep_for(VerdictKind::Good, 5h, kDay, "uid"));
}

// The callback is registered at the provider whether or not the credentials can be verified there.
TEST(VerdictKind,
     a_refused_callback_is_looked_at_again_soon_though_the_credentials_are_unverifiable) {
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::Unknown, reason::unverifiable,
                                 ConditionStatus::False, reason::rejected)),
            VerdictKind::RegistrationRefused);
  EXPECT_EQ(verdict_kind(verdict(ConditionStatus::Unknown, reason::unverifiable,
                                 ConditionStatus::Unknown, reason::not_checkable)),
            VerdictKind::CredentialsRefused);
}

}  // namespace
}  // namespace reconcilers
