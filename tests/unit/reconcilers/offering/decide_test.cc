#include "reconcilers/offering/decide.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/offering/messages.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using kube::Condition;
using kube::ConditionStatus;
using net::ErrorCode;
namespace reason = api::reason;

constexpr auto kTrue = ConditionStatus::True;
constexpr auto kFalse = ConditionStatus::False;
const std::string kIssuer = "https://login.acme.example";
const net::SystemTime kNow = gen::start + 1h;

oauth::Metadata metadata(const std::string& host = "login.acme.example") {
  oauth::Metadata made;
  made.issuer = kIssuer;
  made.endpoints.authorization = "https://login.acme.example/authorize";
  made.endpoints.token = "https://" + host + "/token";
  return made;
}

OfferingView view_of(std::optional<net::Result<oauth::Metadata>> discovered = std::nullopt) {
  return {.callback_url = "https://connect.example/oauth/callback/acme",
          .discovered = std::move(discovered),
          .users = 0,
          .next_try = std::nullopt};
}

OfferingView failing(ErrorCode code, const std::string& message = "It said no.") {
  OfferingView view = view_of(net::Error{code, message});
  view.next_try = kNow + 6s;
  return view;
}

// Decided, and written.
api::Offering decided(api::Offering offering, const OfferingView& view,
                      net::SystemTime now = kNow) {
  const api::OfferingStatus status = decide(offering, view, now).status;
  offering.status = kube::Json{{"status", status}}.get<api::Offering>().status;
  return offering;
}

const Condition& condition(const api::Offering& offering, const char* type) {
  static const Condition none;
  const Condition* found = kube::find_condition(offering.status.conditions, type);
  return found == nullptr ? none : *found;
}

void expect(const Condition& condition, ConditionStatus status, const char* why) {
  EXPECT_EQ(condition.status, status) << condition.type << ": " << condition.message;
  EXPECT_EQ(condition.reason, why) << condition.type << ": " << condition.message;
}

bool has(const api::Offering& offering, const char* type) {
  return kube::find_condition(offering.status.conditions, type) != nullptr;
}

api::Offering discovered_offering() {
  return decided(gen::Offering("acme", gen::issuer(kIssuer)), view_of(metadata()));
}

TEST(OfferingDecide, endpoints_that_are_given_are_used_as_they_are) {
  const auto offering = decided(gen::Offering("acme", gen::not_looked_at()), view_of());
  EXPECT_EQ(offering.status.endpoints, offering.spec.endpoints);
  expect(condition(offering, "Discovered"), kTrue, reason::endpoints_given);
  EXPECT_EQ(condition(offering, "Discovered").message, text_of(OfferingMessage::EndpointsGiven));
  expect(condition(offering, "Ready"), kTrue, reason::available);
  EXPECT_EQ(offering.status.callback_url, "https://connect.example/oauth/callback/acme");
  EXPECT_EQ(offering.status.observed_generation, 1);
  EXPECT_FALSE(offering.status.discovery_time);
}

TEST(OfferingDecide, endpoints_that_are_discovered_are_used_under_those_that_are_given) {
  auto offering = gen::Offering("acme", gen::issuer(kIssuer));
  offering.spec.endpoints.token = "https://api.acme.example/token";
  offering = decided(offering, view_of(metadata()));
  EXPECT_EQ(offering.status.endpoints.token, "https://api.acme.example/token");
  EXPECT_EQ(offering.status.endpoints.authorization, "https://login.acme.example/authorize");
  expect(condition(offering, "Discovered"), kTrue, reason::discovered);
  expect(condition(offering, "Ready"), kTrue, reason::available);
  EXPECT_EQ(offering.status.discovery_time, kNow);
  EXPECT_EQ(condition(offering, "Discovered").message, text_of(OfferingMessage::Discovered));
  EXPECT_EQ(condition(offering, "Ready").message, text_of(OfferingMessage::Available));
}

TEST(OfferingDecide, each_failure_of_a_first_discovery_has_its_reason_its_message_and_its_kstatus) {
  struct Row {
    ErrorCode code;
    const char* reason;
    bool stalled;
  };
  for (const Row& row : {Row{ErrorCode::NotFound, reason::metadata_not_found, true},
                         Row{ErrorCode::Invalid, reason::metadata_invalid, true},
                         Row{ErrorCode::TooLarge, reason::metadata_invalid, true},
                         Row{ErrorCode::Unavailable, reason::provider_unreachable, false},
                         Row{ErrorCode::Timeout, reason::provider_unreachable, false},
                         Row{ErrorCode::Tls, reason::provider_unreachable, false},
                         Row{ErrorCode::TooManyRequests, reason::provider_unreachable, false}}) {
    const auto offering = decided(gen::Offering("acme", gen::issuer(kIssuer)), failing(row.code));
    for (const char* type : {"Discovered", "Ready"}) {
      expect(condition(offering, type), kFalse, row.reason);
      EXPECT_EQ(condition(offering, type).message,
                text_of(OfferingMessage::DiscoveryFailed, {.answer = "It said no."}) + " " +
                    text_at(CommonMessage::NextChecks, kNow + 6s));
    }
    EXPECT_EQ(has(offering, "Stalled"), row.stalled) << row.reason;
    EXPECT_EQ(has(offering, "Reconciling"), !row.stalled) << row.reason;
  }
}

TEST(OfferingDecide, an_issuer_that_is_down_takes_nothing_away_from_what_was_found_before) {
  const auto offering = decided(discovered_offering(), failing(ErrorCode::Unavailable));
  EXPECT_EQ(offering.status.endpoints, metadata().endpoints);
  expect(condition(offering, "Discovered"), kFalse, reason::provider_unreachable);
  expect(condition(offering, "Ready"), kTrue, reason::available);
  EXPECT_FALSE(has(offering, "Stalled"));
  EXPECT_FALSE(has(offering, "Reconciling"));
}

TEST(OfferingDecide,
     an_override_that_was_taken_out_gets_no_more_secrets_though_the_issuer_is_down) {
  api::Offering offering = gen::Offering("acme", gen::issuer(kIssuer));
  offering.spec.endpoints.token = "https://override.example/token";
  offering = decided(offering, view_of(metadata()));
  ASSERT_EQ(offering.status.endpoints.token, "https://override.example/token");
  offering.spec.endpoints.token.clear();
  ++offering.metadata.generation;
  offering = decided(offering, failing(ErrorCode::Unavailable));
  EXPECT_EQ(offering.status.endpoints.token, "");
  EXPECT_EQ(offering.status.endpoints.authorization, metadata().endpoints.authorization);
  expect(condition(offering, "Ready"), kFalse, reason::provider_unreachable);
}

TEST(OfferingDecide, a_host_that_an_override_replaces_is_no_objection) {
  api::Offering offering = gen::Offering("acme", gen::issuer(kIssuer));
  offering.spec.endpoints.token = "https://override.example/token";
  offering = decided(offering, view_of(metadata("elsewhere.example")));
  expect(condition(offering, "Discovered"), kTrue, reason::discovered);
  EXPECT_EQ(offering.status.endpoints.token, "https://override.example/token");
}

TEST(OfferingDecide, an_endpoint_that_moves_to_another_host_is_not_followed) {
  const auto offering = decided(discovered_offering(), view_of(metadata("evil.example")));
  EXPECT_EQ(offering.status.endpoints, metadata().endpoints) << "the old ones go on";
  expect(condition(offering, "Discovered"), kFalse, reason::endpoint_host_changed);
  EXPECT_EQ(condition(offering, "Discovered").message,
            text_of(OfferingMessage::OtherHosts, {.hosts = "token: evil.example"}));
  expect(condition(offering, "Ready"), kTrue, reason::available);
}

TEST(OfferingDecide, an_endpoint_on_another_host_from_the_first_is_not_followed_either) {
  const auto offering =
      decided(gen::Offering("acme", gen::issuer(kIssuer)), view_of(metadata("evil.example")));
  EXPECT_EQ(offering.status.endpoints, oauth::Endpoints{});
  expect(condition(offering, "Ready"), kFalse, reason::endpoint_host_changed);
  EXPECT_TRUE(has(offering, "Stalled"));
}

TEST(OfferingDecide, a_host_that_is_allowed_is_followed) {
  auto offering = gen::Offering("acme", gen::issuer(kIssuer));
  offering.spec.allowed_hosts = {"api.acme.example"};
  offering = decided(offering, view_of(metadata("api.acme.example")));
  EXPECT_EQ(offering.status.endpoints.token, "https://api.acme.example/token");
}

TEST(OfferingDecide, metadata_without_an_endpoint_that_is_needed_says_which) {
  auto lacking = metadata();
  lacking.endpoints.token.clear();
  const auto offering = decided(gen::Offering("acme", gen::issuer(kIssuer)), view_of(lacking));
  expect(condition(offering, "Discovered"), kFalse, reason::metadata_invalid);
  EXPECT_EQ(condition(offering, "Discovered").message,
            text_of(OfferingMessage::EndpointMissing, {.endpoint = "token_endpoint"}));
  expect(condition(offering, "Ready"), kFalse, reason::metadata_invalid);

  auto helped = gen::Offering("acme", gen::issuer(kIssuer));
  helped.spec.endpoints.token = "https://login.acme.example/token";
  expect(condition(decided(helped, view_of(lacking)), "Ready"), kTrue, reason::available);
}

TEST(OfferingDecide, one_that_was_never_looked_at_is_pending_until_it_is) {
  const auto offering = decided(gen::Offering("acme", gen::issuer(kIssuer)), view_of());
  expect(condition(offering, "Ready"), kFalse, reason::pending);
  EXPECT_EQ(condition(offering, "Ready").message, text_of(OfferingMessage::NotReadYet));
  EXPECT_TRUE(has(offering, "Reconciling"));
}

TEST(OfferingDecide, one_in_use_that_is_being_deleted_says_how_many_use_it_and_how_to_find_them) {
  auto offering = discovered_offering();
  gen::being_deleted(kNow)(offering);
  OfferingView view = view_of();
  view.users = 2;
  offering = decided(offering, view);
  expect(condition(offering, "Ready"), kFalse, reason::in_use);
  EXPECT_EQ(condition(offering, "Ready").message,
            text_of(OfferingMessage::InUse, {.offering = "acme", .users = "2 Integrations"}));
  EXPECT_TRUE(has(offering, "Reconciling"));
  EXPECT_EQ(offering.status.endpoints, metadata().endpoints) << "its users go on";
}

TEST(OfferingDecide, many_users_are_counted_roughly) {
  for (const auto& [users, said] :
       std::vector<std::pair<std::size_t, std::string>>{{1, "1 Integration"},
                                                        {10, "10 Integrations"},
                                                        {11, "more than 10 Integrations"},
                                                        {101, "more than 100 Integrations"},
                                                        {5000, "more than 1000 Integrations"}}) {
    auto offering = discovered_offering();
    gen::being_deleted(kNow)(offering);
    OfferingView view = view_of();
    view.users = users;
    EXPECT_EQ(condition(decided(offering, view), "Ready").message,
              text_of(OfferingMessage::InUse, {.offering = "acme", .users = said}));
  }
}

TEST(OfferingDecide, every_condition_is_about_the_generation_that_was_looked_at) {
  auto offering = discovered_offering();
  gen::being_deleted(kNow)(offering);
  gen::generation(2)(offering);
  OfferingView view = view_of();
  view.users = 1;
  offering = decided(offering, view);
  EXPECT_EQ(offering.status.observed_generation, 2);
  for (const Condition& each : offering.status.conditions)
    EXPECT_EQ(each.observed_generation, 2) << each.type;
}

TEST(OfferingDecide, a_decision_on_its_own_outcome_changes_nothing_and_tells_nothing) {
  auto deleted = discovered_offering();
  gen::being_deleted(kNow)(deleted);
  OfferingView in_use = view_of();
  in_use.users = 1;
  const std::vector<std::pair<api::Offering, OfferingView>> cases = {
      {gen::Offering("acme", gen::not_looked_at()), view_of()},
      {gen::Offering("acme", gen::issuer(kIssuer)), view_of()},
      {gen::Offering("acme", gen::issuer(kIssuer)), view_of(metadata())},
      {gen::Offering("acme", gen::issuer(kIssuer)), failing(ErrorCode::NotFound)},
      {discovered_offering(), failing(ErrorCode::Unavailable)},
      {discovered_offering(), view_of(metadata("evil.example"))},
      {deleted, in_use}};
  for (const auto& [offering, view] : cases) {
    const auto once = decided(offering, view);
    OfferingView later = view;
    later.discovered.reset();  // it is not due again
    const OfferingDecision again = decide(once, later, kNow + 3s);
    EXPECT_EQ(again.status, once.status);
    EXPECT_TRUE(again.events.empty());
  }
}

TEST(OfferingDecide, events_are_recorded_when_a_condition_turns) {
  const auto offering = gen::Offering("acme", gen::issuer(kIssuer));
  const auto failed = decide(offering, failing(ErrorCode::NotFound), kNow);
  ASSERT_EQ(failed.events.size(), 1U) << "Ready would say the same again";
  EXPECT_EQ(failed.events[0].type, kube::EventType::Warning);
  EXPECT_EQ(failed.events[0].reason, reason::metadata_not_found);

  const auto found =
      decide(decided(offering, failing(ErrorCode::NotFound)), view_of(metadata()), kNow + 1min);
  ASSERT_EQ(found.events.size(), 2U);
  EXPECT_EQ(found.events[1].type, kube::EventType::Normal);
  EXPECT_EQ(found.events[1].reason, reason::available);

  auto same = decided(offering, failing(ErrorCode::NotFound));
  EXPECT_TRUE(decide(same, failing(ErrorCode::NotFound, "It said no again."), kNow).events.empty());
}

TEST(OfferingDecide, the_time_of_the_last_transition_stays_while_the_status_does) {
  const auto first =
      decided(gen::Offering("acme", gen::issuer(kIssuer)), failing(ErrorCode::Unavailable));
  const auto second = decided(first, failing(ErrorCode::NotFound), kNow + 1h);
  for (const char* type : {"Discovered", "Ready"})
    EXPECT_EQ(condition(second, type).last_transition_time, kNow) << type;
}

// --- When it is due

TEST(DiscoveryDue, where_there_is_no_issuer_never) {
  EXPECT_FALSE(discovery_due(gen::Offering("acme", gen::not_looked_at()), kNow));
}

TEST(DiscoveryDue, a_new_one_and_an_edited_one_at_once) {
  EXPECT_TRUE(discovery_due(gen::Offering("acme", gen::issuer(kIssuer)), kNow));
  auto edited = discovered_offering();
  gen::generation(2)(edited);
  EXPECT_TRUE(discovery_due(edited, kNow));
}

TEST(DiscoveryDue, what_was_found_holds_for_the_interval_also_after_a_restart) {
  const auto offering = discovered_offering();
  EXPECT_FALSE(discovery_due(offering, kNow));
  EXPECT_FALSE(discovery_due(offering, kNow + 24h - 1s));
  EXPECT_TRUE(discovery_due(offering, kNow + 24h));
  EXPECT_EQ(next_discovery(offering, kNow + 1h), kNow + 24h);
}

TEST(DiscoveryDue, what_failed_is_due) {
  EXPECT_TRUE(discovery_due(decided(discovered_offering(), failing(ErrorCode::Unavailable)), kNow));
}

TEST(DiscoveryDue, what_is_being_deleted_is_not_looked_at_again) {
  auto offering = discovered_offering();
  gen::being_deleted(kNow)(offering);
  EXPECT_FALSE(discovery_due(offering, kNow + 48h));
}

}  // namespace
}  // namespace reconcilers
