#include "reconcilers/integration/prerequisites.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/integration/messages.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using kube::Condition;
using kube::ConditionStatus;
namespace reason = api::reason;

const api::Integration kIntegration = gen::Integration("crm");
const kube::Namespace kTeam = gen::Namespace("team");

void expect(const Condition& condition, ConditionStatus status, const char* why) {
  EXPECT_EQ(condition.status, status) << condition.message;
  EXPECT_EQ(condition.reason, why) << condition.message;
}
void expect(const Condition& condition, ConditionStatus status, const char* why,
            const std::string& message) {
  expect(condition, status, why);
  EXPECT_EQ(condition.message, message);
}

TEST(OfferingAvailable, a_ready_offering_is_available) {
  const auto offering = gen::Offering("acme");
  const Condition condition = offering_available(kIntegration, &offering, &kTeam);
  EXPECT_EQ(condition.type, "OfferingAvailable");
  expect(condition, ConditionStatus::True, reason::available,
         text_of(IntegrationMessage::OfferingAvailable, {.offering = "acme"}));
}

TEST(OfferingAvailable, one_that_is_not_there_is_named) {
  const Condition condition = offering_available(kIntegration, nullptr, &kTeam);
  expect(condition, ConditionStatus::False, reason::offering_not_found,
         text_of(IntegrationMessage::OfferingNotFound, {.offering = "acme"}));
}

TEST(OfferingAvailable, one_that_nobody_looked_at_yet_is_not_ready) {
  const auto offering = gen::Offering("acme", gen::not_looked_at());
  expect(offering_available(kIntegration, &offering, &kTeam), ConditionStatus::False,
         reason::offering_not_ready,
         text_of(IntegrationMessage::OfferingNotReadyYet, {.offering = "acme"}));
}

TEST(OfferingAvailable, one_that_is_not_ready_says_why) {
  const auto offering = gen::Offering(
      "acme", gen::not_looked_at(),
      gen::condition(gen::Condition(
          "Ready", ConditionStatus::False, reason::metadata_not_found,
          "All of them answered 404. " + text_at(CommonMessage::NextChecks, gen::start))));
  const Condition condition = offering_available(kIntegration, &offering, &kTeam);
  expect(condition, ConditionStatus::False, reason::offering_not_ready,
         text_of(IntegrationMessage::OfferingNotReady, {.offering = "acme",
                                                        .reason = reason::metadata_not_found,
                                                        .answer = "All of them answered 404."}));
}

TEST(OfferingAvailable, a_namespace_without_the_labels_is_not_allowed) {
  const auto offering = gen::Offering("acme", gen::allowed_where("stage", "production"));
  const auto other = gen::Namespace("team", gen::label("stage", "test"));
  const Condition condition = offering_available(kIntegration, &offering, &other);
  expect(condition, ConditionStatus::False, reason::namespace_not_allowed,
         text_of(IntegrationMessage::NamespaceNotAllowed, {.offering = "acme", .ns = "team"}));
  const auto right = gen::Namespace("team", gen::label("stage", "production"));
  expect(offering_available(kIntegration, &offering, &right), ConditionStatus::True,
         reason::available);
}

TEST(OfferingAvailable, a_namespace_that_is_not_known_is_not_allowed_where_labels_decide) {
  const auto choosy = gen::Offering("acme", gen::allowed_where("stage", "production"));
  expect(offering_available(kIntegration, &choosy, nullptr), ConditionStatus::False,
         reason::namespace_not_allowed);
  const auto open = gen::Offering("acme");
  expect(offering_available(kIntegration, &open, nullptr), ConditionStatus::True,
         reason::available);
}

// Not even why it is not ready is the business of a namespace that it is not offered to.
TEST(OfferingAvailable, not_allowed_comes_before_not_ready) {
  const auto offering =
      gen::Offering("acme", gen::allowed_where("stage", "production"), gen::not_looked_at());
  expect(offering_available(kIntegration, &offering, &kTeam), ConditionStatus::False,
         reason::namespace_not_allowed);
}

api::Offering terminating() {
  auto offering = gen::Offering("acme", gen::being_deleted(gen::start + 10s));
  kube::set_condition(offering.status.conditions,
                      gen::Condition("Ready", ConditionStatus::False, reason::in_use), gen::start);
  return offering;
}

TEST(OfferingAvailable, one_that_is_being_deleted_takes_nobody_new) {
  const auto offering = terminating();
  for (const auto created : {gen::start + 10s, gen::start + 11s})
    expect(offering_available(gen::Integration("crm", gen::created_at(created)), &offering, &kTeam),
           ConditionStatus::False, reason::offering_terminating,
           text_of(IntegrationMessage::OfferingTerminating, {.offering = "acme"}));
}

TEST(OfferingAvailable, one_that_is_being_deleted_goes_on_to_serve_those_who_were_there) {
  const auto offering = terminating();
  expect(offering_available(gen::Integration("crm", gen::created_at(gen::start + 9s)), &offering,
                            &kTeam),
         ConditionStatus::True, reason::available,
         text_of(IntegrationMessage::OfferingServesUntilItGoes, {.offering = "acme"}));
  expect(offering_available(
             gen::Integration("crm", gen::created_at(gen::start + 11s),
                              gen::condition(gen::Condition(
                                  "OfferingAvailable", ConditionStatus::True, reason::available))),
             &offering, &kTeam),
         ConditionStatus::True, reason::available);
}

TEST(OfferingAvailable, one_that_is_being_deleted_and_has_no_endpoints_serves_nobody) {
  auto offering = terminating();
  offering.status.endpoints = {};
  expect(offering_available(kIntegration, &offering, &kTeam), ConditionStatus::False,
         reason::offering_not_ready);
}

TEST(OfferingAvailable, once_served_does_not_help_against_a_changed_selector) {
  auto offering = terminating();
  gen::allowed_where("stage", "production")(offering);
  expect(offering_available(kIntegration, &offering, &kTeam), ConditionStatus::False,
         reason::namespace_not_allowed);
}

TEST(OfferingInTransition, an_edit_that_its_controller_has_not_judged_is_one) {
  EXPECT_FALSE(offering_in_transition(gen::Offering("acme")));
  EXPECT_TRUE(offering_in_transition(gen::Offering("acme", gen::generation(2))));
}

TEST(ScopesValid, the_required_ones_with_or_without_optional_ones_are_valid) {
  const auto offering = gen::Offering("acme");
  expect(scopes_valid(gen::Integration("crm"), offering), ConditionStatus::True, reason::valid,
         text_of(IntegrationMessage::ScopesValid));
  expect(scopes_valid(gen::Integration("crm", gen::scopes({"email", "openid"})), offering),
         ConditionStatus::True, reason::valid);
}

TEST(ScopesValid, an_offering_without_scopes_wants_none) {
  auto offering = gen::Offering("acme");
  offering.spec.scopes = {};
  expect(scopes_valid(gen::Integration("crm", gen::scopes({})), offering), ConditionStatus::True,
         reason::valid);
}

TEST(ScopesValid, required_ones_that_are_missing_are_named) {
  auto offering = gen::Offering("acme");
  offering.spec.scopes.required = {"openid", "offline_access", "api"};
  const Condition condition = scopes_valid(gen::Integration("crm"), offering);
  EXPECT_EQ(condition.type, "ScopesValid");
  expect(condition, ConditionStatus::False, reason::missing_required_scopes,
         text_of(IntegrationMessage::RequiredScopesMissing, {.scopes = "offline_access, api"}));
}

TEST(ScopesValid, ones_that_are_not_offered_are_named_with_what_is_offered) {
  const Condition condition = scopes_valid(
      gen::Integration("crm", gen::scopes({"admin", "openid", "root"})), gen::Offering("acme"));
  expect(condition, ConditionStatus::False, reason::scopes_not_offered,
         text_of(IntegrationMessage::ScopesNotOfferedButOthers,
                 {.scopes = "admin, root", .offered = "email"}));
}

TEST(ScopesValid, ones_that_are_not_offered_are_named_alone_if_nothing_is_optional) {
  auto offering = gen::Offering("acme");
  offering.spec.scopes.optional.clear();
  expect(scopes_valid(gen::Integration("crm", gen::scopes({"admin", "openid"})), offering),
         ConditionStatus::False, reason::scopes_not_offered,
         text_of(IntegrationMessage::ScopesNotOffered, {.scopes = "admin"}));
}

}  // namespace
}  // namespace reconcilers
