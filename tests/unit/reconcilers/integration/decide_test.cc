#include "reconcilers/integration/decide.h"

#include <gtest/gtest.h>

#include <functional>

#include "api/conditions.h"
#include "net/time_format.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/integration/messages.h"
#include "reconcilers/integration/schedule.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
using api::OnUnverifiable;
using kube::Condition;
using kube::ConditionStatus;
using net::SystemTime;
using oauth::CallbackOutcome;
using oauth::Control;
using oauth::CredentialsOutcome;
using oauth::Method;
using oauth::ScopesOutcome;
using oauth::VerificationReport;
namespace reason = api::reason;

constexpr auto kTrue = ConditionStatus::True;
constexpr auto kFalse = ConditionStatus::False;
constexpr auto kUnknown = ConditionStatus::Unknown;
const std::string kUrl = "https://connect.example/oauth/callback/acme";
const std::string kRequestedAt = "oauth.integrations.dev/reconcile-requested-at";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

int count_of(const std::string& text, CommonMessage id) {
  return count_of(text, std::string{opening_of(id)});
}

std::string unconfirmed(SystemTime since, const std::string& answer) {
  return text_of(CommonMessage::Unconfirmed,
                 {.time = net::format_rfc3339(since), .answer = answer});
}

VerificationReport report(CredentialsOutcome credentials,
                          CallbackOutcome callback = CallbackOutcome::Unknown,
                          ScopesOutcome scopes = ScopesOutcome::Unknown) {
  VerificationReport made;
  made.credentials = credentials;
  made.credentials_message = "Of the credentials.";
  made.callback = callback;
  made.callback_message = "Of the callback.";
  made.scopes = scopes;
  made.scopes_message = "Of the scopes.";
  made.method = Method::AuthorizationCode;
  made.secret_key = "client_secret";
  made.controls_made = credentials == CredentialsOutcome::Verified;
  if (made.controls_made) made.control_answer = "401 invalid_client";
  return made;
}

VerificationReport good() {
  return report(CredentialsOutcome::Verified, CallbackOutcome::Accepted);
}
VerificationReport unreachable() { return report(CredentialsOutcome::Unreachable); }

Assessment ready_to_ask() {
  Assessment assessment;
  assessment.offering_available =
      gen::Condition("OfferingAvailable", kTrue, reason::available, "It is available.");
  assessment.scopes_valid = gen::Condition("ScopesValid", kTrue, reason::valid, "They are right.");
  assessment.credentials_present =
      gen::Condition("CredentialsPresent", kTrue, reason::present, "They are there.");
  assessment.callback_url = kUrl;
  assessment.client_id = "the-client";
  assessment.hash = oauth::InputHash{"base", "one"};
  return assessment;
}

// An Integration through time. It plays the parts of the reconciler and of the API server around
// decide().
class Life {
 public:
  api::Integration integration = gen::Integration("crm");
  Assessment assessment = ready_to_ask();
  Progress progress;
  SystemTime now = gen::start + 437ms;
  int writes = 0;
  std::vector<EventIntent> events;

  Decision look() const { return decide(integration, assessment, progress, now); }

  // Looks, writes, and remembers, as a reconcile does.
  Decision step() {
    const Decision decision = look();
    if (!decision.hold && decision.status != integration.status) {
      ++writes;
      integration.status = stored(decision.status);
      events.insert(events.end(), decision.events.begin(), decision.events.end());
    }
    progress.attempt = decision.attempt;
    progress.report.reset();
    if (decision.verify) {
      progress.running_since = now;
      progress.request = requested_at(integration);
    }
    return decision;
  }

  // The provider's answer comes in.
  Decision answer(VerificationReport its) {
    progress.running_since.reset();
    progress.report = std::move(its);
    return step();
  }

  // The process starts anew, without its memory.
  void restart() { progress = {}; }

  void request(const std::string& when) { integration.metadata.annotations[kRequestedAt] = when; }

  const Condition& condition(const char* type) const {
    static const Condition none;
    const Condition* found = kube::find_condition(integration.status.conditions, type);
    return found == nullptr ? none : *found;
  }
  const Condition& ready() const { return condition("Ready"); }

  // Times come back from the API server in whole seconds.
  static api::IntegrationStatus stored(const api::IntegrationStatus& status) {
    return kube::Json{{"status", status}}.get<api::Integration>().status;
  }
};

void expect(const Condition& condition, ConditionStatus status, const char* why) {
  EXPECT_EQ(condition.status, status) << condition.type << ": " << condition.message;
  EXPECT_EQ(condition.reason, why) << condition.type << ": " << condition.message;
}

Life configured() {
  Life life;
  life.step();
  life.answer(good());
  EXPECT_EQ(life.ready().reason, reason::configured);
  life.writes = 0;
  life.events.clear();
  return life;
}

Life after(VerificationReport first) {
  Life life;
  life.step();
  life.answer(std::move(first));
  return life;
}

// --- Before the provider is asked

TEST(Decide, nothing_is_asked_while_something_before_it_is_missing) {
  Life life;
  life.assessment.hash.reset();
  life.assessment.credentials_present =
      gen::Condition("CredentialsPresent", kFalse, reason::secret_not_found, "Create it.");
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify);
  EXPECT_FALSE(decision.hold);
  EXPECT_FALSE(decision.wake) << "the Secret's arrival wakes";
  expect(life.condition("CredentialsPresent"), kFalse, reason::secret_not_found);
  for (const char* type : {"CredentialsVerified", "CallbackRegistered"}) {
    expect(life.condition(type), kUnknown, reason::pending);
    EXPECT_EQ(life.condition(type).message, text_of(IntegrationMessage::WaitsForConditions));
  }
  expect(life.ready(), kFalse, reason::secret_not_found);
}

TEST(Decide, the_callback_url_is_there_as_soon_as_the_offering_resolves_whatever_else_fails) {
  Life life;
  life.assessment.hash.reset();
  life.assessment.offering_available =
      gen::Condition("OfferingAvailable", kFalse, reason::offering_not_ready);
  life.step();
  EXPECT_EQ(life.integration.status.callback_url, kUrl);
}

TEST(Decide, an_offering_that_goes_leaves_the_callback_url_and_takes_the_rest) {
  Life life = configured();
  life.assessment.callback_url.clear();
  life.assessment.client_id.clear();
  life.assessment.hash.reset();
  life.assessment.offering_available =
      gen::Condition("OfferingAvailable", kFalse, reason::offering_not_found);
  life.assessment.scopes_valid = gen::Condition("ScopesValid", kUnknown, reason::pending);
  life.step();
  EXPECT_EQ(life.integration.status.callback_url, kUrl);
  EXPECT_EQ(life.integration.status.client_id, "");
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
}

TEST(Decide, a_verdict_does_not_outlive_the_secret_it_was_about) {
  Life life = configured();
  life.assessment.hash.reset();
  life.assessment.credentials_present =
      gen::Condition("CredentialsPresent", kFalse, reason::secret_not_found);
  life.step();
  life.assessment = ready_to_ask();
  const Decision decision = life.step();
  EXPECT_TRUE(decision.verify) << "the same values may have come from somebody else";
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
}

// --- The first second

TEST(Decide, the_first_look_asks_at_once_and_writes_nothing_yet) {
  Life life;
  const Decision decision = life.step();
  EXPECT_TRUE(decision.verify);
  EXPECT_TRUE(decision.hold);
  EXPECT_EQ(life.writes, 0);
}

TEST(Decide, a_verdict_within_a_second_is_the_first_write) {
  Life life;
  life.step();
  life.now += 200ms;
  life.step();
  life.answer(good());
  EXPECT_EQ(life.writes, 1);
  expect(life.ready(), kTrue, reason::configured);
}

TEST(Decide, while_it_holds_it_looks_again_when_the_second_is_over) {
  Life life;
  const SystemTime began = life.now;
  life.step();
  life.now += 999ms;
  const Decision early = life.step();
  EXPECT_TRUE(early.hold);
  EXPECT_FALSE(early.verify) << "it is being asked already";
  EXPECT_EQ(early.wake, began + 1s);

  life.now = began + 1s;
  const Decision late = life.step();
  EXPECT_FALSE(late.hold);
  EXPECT_FALSE(late.verify);
  EXPECT_EQ(late.wake, life.now + 10s) << "the answer wakes; but it may wait for its turn";
  expect(life.ready(), kUnknown, reason::pending);
  EXPECT_EQ(life.writes, 1);
  EXPECT_EQ(life.ready().message, text_of(IntegrationMessage::Asking));
  EXPECT_EQ(life.condition("CallbackRegistered").message,
            text_of(IntegrationMessage::CallbackAskedWithCredentials));

  life.progress.silent_until = began + 30s;
  life.step();
  EXPECT_EQ(life.ready().message, text_of(IntegrationMessage::WaitsForProvider) + " " +
                                      text_at(CommonMessage::NextCheck, began + 30s));
}

// Others may have spent the budget of this client: nothing is said of whom.
TEST(Decide, what_waits_since_too_many_sign_ins_failed_says_why_and_until_when) {
  Life life;
  life.step();
  life.now += 1s;
  life.progress.sign_ins_until = life.now + 10min;
  life.step();
  expect(life.ready(), kUnknown, reason::pending);
  EXPECT_EQ(life.ready().message,
            text_of(IntegrationMessage::WaitsForSignIns,
                    {.answer = text_of(IntegrationMessage::TooManyFailedSignIns) + " " +
                               text_at(CommonMessage::NextCheckAtTheEarliest, life.now + 10min)}));
}

TEST(Decide, what_was_verified_stays_so_while_it_waits_for_failed_sign_ins_to_be_over) {
  Life life = configured();
  life.now = *life.step().wake;
  ASSERT_TRUE(life.step().verify);
  const SystemTime began = life.now;
  life.now += 1s;
  life.progress.sign_ins_until = life.now + 9min;
  life.step();
  expect(life.ready(), kTrue, reason::configured);
  const std::string& message = life.condition("CredentialsVerified").message;
  EXPECT_TRUE(
      contains(message, unconfirmed(began, text_of(IntegrationMessage::TooManyFailedSignIns))))
      << message;
  EXPECT_EQ(count_of(message, CommonMessage::NextCheck), 1) << message;
}

// A tool that waits for health would take Stalled for the verdict on the fixed Secret.
TEST(Decide, what_was_stalled_is_reconciling_as_soon_as_a_mended_secret_is_asked_about) {
  Life life = after(report(CredentialsOutcome::Rejected));
  expect(life.condition("Stalled"), kTrue, reason::rejected);
  life.writes = 0;
  life.assessment.hash->full = "two";
  const Decision decision = life.step();
  EXPECT_TRUE(decision.verify);
  EXPECT_FALSE(decision.hold);
  expect(life.condition("Reconciling"), kTrue, reason::pending);
  EXPECT_EQ(life.condition("Stalled").reason, "");
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.writes, 2);
}

// The generation shows a tool that the verdict is still to come.
TEST(Decide, an_edit_of_what_was_stalled_is_answered_by_one_write) {
  Life life = after(report(CredentialsOutcome::Rejected));
  life.writes = 0;
  life.integration.metadata.generation = 2;
  life.assessment.hash->full = "two";
  EXPECT_TRUE(life.step().hold);
  life.answer(good());
  EXPECT_EQ(life.writes, 1);
}

TEST(Decide, an_answer_that_was_cut_off_by_a_stop_says_nothing) {
  Life life;
  life.step();
  VerificationReport cancelled;
  cancelled.cancelled = true;
  const Decision decision = life.answer(cancelled);
  EXPECT_EQ(life.writes, 0);
  EXPECT_FALSE(decision.attempt);
  EXPECT_TRUE(decision.verify);
}

// --- Verdicts

struct Verdict {
  VerificationReport report;
  std::vector<std::pair<const char*, const char*>> reasons;  // by condition type
  api::Phase phase;
};

TEST(Decide, each_answer_becomes_its_conditions) {
  using C = CredentialsOutcome;
  using R = CallbackOutcome;
  const auto configured = api::Phase::Configured;
  const auto draft = api::Phase::Draft;
  const std::vector<Verdict> verdicts = {
      {report(C::Verified, R::Accepted),
       {{"CredentialsVerified", reason::verified},
        {"CallbackRegistered", reason::accepted},
        {"Ready", reason::configured}},
       configured},
      {report(C::Verified, R::NotCheckable),
       {{"CallbackRegistered", reason::not_checkable},
        {"Ready", reason::configured_callback_unproven}},
       configured},
      {report(C::Verified, R::Rejected),
       {{"CredentialsVerified", reason::verified},
        {"CallbackRegistered", reason::rejected},
        {"Ready", reason::rejected}},
       draft},
      {report(C::Verified, R::Accepted, ScopesOutcome::Rejected),
       {{"ScopesValid", reason::scopes_rejected_by_provider},
        {"Ready", reason::scopes_rejected_by_provider}},
       draft},
      {report(C::Verified, R::Unknown, ScopesOutcome::Rejected),
       {{"ScopesValid", reason::scopes_rejected_by_provider},
        {"CallbackRegistered", reason::pending}},
       draft},
      {report(C::Rejected),
       {{"CredentialsVerified", reason::rejected},
        {"CallbackRegistered", reason::pending},
        {"Ready", reason::rejected}},
       draft},
      {report(C::GrantNotAllowed),
       {{"CredentialsVerified", reason::grant_not_allowed}, {"Ready", reason::grant_not_allowed}},
       draft},
      {report(C::Unverifiable, R::NotCheckable),
       {{"CredentialsVerified", reason::unverifiable}, {"Ready", reason::unverifiable}},
       draft},
      {report(C::Unverifiable, R::Unknown),
       {{"CredentialsVerified", reason::unverifiable},
        {"CallbackRegistered", reason::not_checkable}},
       draft},
      {report(C::Unreachable),
       {{"CredentialsVerified", reason::provider_unreachable},
        {"CallbackRegistered", reason::pending},
        {"Ready", reason::provider_unreachable}},
       draft},
      {report(C::Verified, R::Unknown),
       {{"CredentialsVerified", reason::provider_unreachable},
        {"Ready", reason::provider_unreachable}},
       draft},
  };
  for (const Verdict& verdict : verdicts) {
    const Life life = after(verdict.report);
    for (const auto& [type, why] : verdict.reasons)
      EXPECT_EQ(life.condition(type).reason, why)
          << type << " of " << verdict.reasons.back().second;
    EXPECT_EQ(life.integration.status.phase, verdict.phase) << verdict.reasons.back().second;
  }
}

TEST(Decide, a_condition_that_the_provider_has_not_judged_says_why) {
  const Life silent = after(unreachable());
  EXPECT_EQ(silent.condition("CredentialsVerified").message,
            text_of(IntegrationMessage::NoVerdict, {.answer = "Of the credentials."}) + " " +
                text_at(CommonMessage::NextChecks, *silent.look().wake));
  EXPECT_EQ(silent.condition("CallbackRegistered").message,
            text_of(IntegrationMessage::CallbackAskedWithCredentials));
  EXPECT_EQ(after(report(CredentialsOutcome::Rejected)).condition("CallbackRegistered").message,
            text_of(IntegrationMessage::CallbackAskedAfterCredentials));
  VerificationReport open = report(CredentialsOutcome::Unverifiable);
  open.callback_message.clear();
  EXPECT_EQ(after(open).condition("CallbackRegistered").message,
            text_of(IntegrationMessage::CallbackNotChecked));
}

TEST(Decide, unverifiable_is_configured_where_the_offering_lets_it_pass) {
  Life life;
  life.assessment.on_unverifiable = OnUnverifiable::Allow;
  life.step();
  life.answer(report(CredentialsOutcome::Unverifiable, CallbackOutcome::NotCheckable));
  expect(life.ready(), kTrue, reason::configured_unverified);
  EXPECT_EQ(life.integration.status.client_id, "") << "the provider has not accepted it";

  life.assessment.on_unverifiable = OnUnverifiable::Block;
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify) << "the verdict is the same, only what it counts for is not";
  expect(life.ready(), kFalse, reason::unverifiable);
}

TEST(Decide, the_client_id_is_there_only_once_the_provider_has_accepted_it) {
  EXPECT_EQ(after(good()).integration.status.client_id, "the-client");
  EXPECT_EQ(after(report(CredentialsOutcome::Verified, CallbackOutcome::Rejected))
                .integration.status.client_id,
            "the-client");
  for (const auto outcome : {CredentialsOutcome::Rejected, CredentialsOutcome::GrantNotAllowed,
                             CredentialsOutcome::Unverifiable, CredentialsOutcome::Unreachable})
    EXPECT_EQ(after(report(outcome)).integration.status.client_id, "");
}

TEST(Decide, the_verdict_is_recorded_with_its_method_its_inputs_its_time_and_its_key) {
  const auto verification = after(good()).integration.status.verification;
  EXPECT_EQ(verification.method, "AuthorizationCode");
  EXPECT_EQ(verification.input_hash, "base.one");
  EXPECT_EQ(verification.time, gen::start);
  EXPECT_EQ(verification.since, gen::start);
  EXPECT_EQ(verification.control_time, gen::start);
  EXPECT_EQ(verification.secret_key, "client_secret");
}

TEST(Decide, a_refused_secret_is_not_recorded_as_the_verified_one) {
  EXPECT_EQ(after(report(CredentialsOutcome::Rejected)).integration.status.verification.secret_key,
            "");
}

// --- Rotation

TEST(Decide, new_inputs_are_a_draft_until_answered) {
  Life life = configured();
  life.assessment.hash->full = "two";
  Decision decision = life.step();
  EXPECT_TRUE(decision.verify);
  EXPECT_TRUE(decision.hold);
  life.now += 1s;
  life.step();
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
  EXPECT_EQ(life.integration.status.client_id, "");
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.integration.status.verification.input_hash, "base.two");
}

TEST(Decide, a_wrong_new_secret_takes_it_to_draft_and_the_right_one_back) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kFalse, reason::rejected);
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);

  life.assessment.hash->full = "one";
  EXPECT_TRUE(life.step().verify) << "the verdict on it was replaced";
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
  life.answer(good());
  EXPECT_EQ(life.integration.status.phase, api::Phase::Configured);
}

// The verdict on the first inputs was given up when Draft was written for the second ones.
TEST(Decide, going_back_to_the_former_inputs_after_a_write_asks_again) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  life.now += 1s;
  life.step();
  life.restart();
  life.assessment.hash->full = "one";
  EXPECT_TRUE(life.step().verify);
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
}

TEST(Decide, new_inputs_at_a_provider_that_is_down_are_a_draft) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  life.answer(unreachable());
  expect(life.ready(), kFalse, reason::provider_unreachable);
  EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
  EXPECT_EQ(life.integration.status.client_id, "");
}

TEST(Decide, the_previous_secret_carries_it_over_and_the_message_says_what_to_do) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  VerificationReport carried = good();
  carried.secret_key = "client_secret_previous";
  carried.refused_key_message = "client_secret: 401 invalid_client.";
  life.answer(carried);
  const Condition& verified = life.condition("CredentialsVerified");
  expect(verified, kTrue, reason::verified_with_previous_secret);
  EXPECT_TRUE(contains(verified.message, "client_secret: 401 invalid_client. " +
                                             text_of(IntegrationMessage::KeepsPreviousSecret,
                                                     {.key = "client_secret"})))
      << verified.message;
  EXPECT_EQ(life.integration.status.verification.secret_key, "client_secret_previous");
  EXPECT_EQ(life.integration.status.phase, api::Phase::Configured);
}

TEST(Decide, a_secret_kept_under_the_name_of_the_previous_one_is_no_previous_one) {
  Life life;
  life.integration = gen::Integration("crm", gen::with_keys("client_id", "client_secret_previous"));
  life.step();
  VerificationReport only = good();
  only.secret_key = "client_secret_previous";
  life.answer(only);
  expect(life.condition("CredentialsVerified"), kTrue, reason::verified);
}

// --- Kept verdicts

TEST(Decide, a_kept_verdict_is_looked_at_again_when_it_is_due) {
  Life life = configured();
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify);
  ASSERT_TRUE(decision.wake);
  EXPECT_GT(*decision.wake, life.now + 21h);
  EXPECT_LE(*decision.wake, life.now + 24h);

  life.now = *decision.wake - 1s;
  EXPECT_FALSE(life.step().verify);
  life.now = *decision.wake;
  EXPECT_TRUE(life.step().verify);
  EXPECT_EQ(life.writes, 0);
  EXPECT_EQ(life.integration.status.phase, api::Phase::Configured) << "while it is asked again";
}

TEST(Decide, a_restart_asks_nobody_and_writes_nothing) {
  Life life = configured();
  life.restart();
  life.now += 3h;
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify);
  EXPECT_EQ(life.writes, 0);
  EXPECT_TRUE(decision.wake);
}

TEST(Decide, the_message_says_when_the_next_check_is_and_that_is_when_it_is) {
  for (const auto& verdict :
       {good(), report(CredentialsOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected),
        report(CredentialsOutcome::GrantNotAllowed), report(CredentialsOutcome::Unverifiable),
        unreachable()}) {
    Life life = after(verdict);
    const Decision decision = life.step();
    ASSERT_TRUE(decision.wake);
    const bool unanswered = verdict.credentials == CredentialsOutcome::Unreachable;
    const std::string next =
        " " +
        text_at(unanswered ? CommonMessage::NextChecks : CommonMessage::NextCheck, *decision.wake);
    const Condition& message_of =
        life.ready().status == kTrue ? life.condition("CredentialsVerified") : life.ready();
    EXPECT_TRUE(message_of.message.ends_with(next)) << message_of.message << next;
  }
}

TEST(Decide, an_edit_that_changes_no_input_keeps_the_verdict_for_the_new_generation) {
  for (const auto& verdict :
       {good(), report(CredentialsOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::NotCheckable),
        report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected)}) {
    Life life = after(verdict);
    const auto before = life.integration.status;
    life.integration.metadata.generation = 2;
    EXPECT_FALSE(life.step().verify);
    EXPECT_EQ(life.integration.status.observed_generation, 2);
    for (const Condition& condition : life.integration.status.conditions)
      EXPECT_EQ(condition.observed_generation, 2) << condition.type;
    EXPECT_EQ(life.integration.status.verification, before.verification);
    EXPECT_EQ(life.ready().last_transition_time, before.conditions.back().last_transition_time);
  }
}

TEST(Decide, scopes_that_the_provider_rejected_stay_rejected_from_look_to_look) {
  Life life = after(
      report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected));
  const auto before = life.integration.status;
  for (int i = 0; i < 3; ++i) {
    life.now += 1s;
    life.step();
    EXPECT_EQ(life.integration.status, before);
  }
}

TEST(Decide, what_the_offering_says_of_the_scopes_comes_before_what_the_provider_said) {
  Life life = after(
      report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected));
  life.assessment.scopes_valid =
      gen::Condition("ScopesValid", kFalse, reason::missing_required_scopes);
  life.assessment.hash.reset();
  life.step();
  expect(life.ready(), kFalse, reason::missing_required_scopes);
}

TEST(Decide, other_scopes_are_a_new_question) {
  Life life = after(
      report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected));
  life.assessment.hash = oauth::InputHash{"other", "two"};
  life.step();
  life.now += 1s;
  life.step();
  expect(life.condition("ScopesValid"), kTrue, reason::valid);
  expect(life.ready(), kUnknown, reason::pending);
}

// Somebody wrote to the status, or an older version did.
TEST(Decide, a_status_that_lacks_part_of_a_verdict_is_no_verdict) {
  const std::vector<std::function<void(api::IntegrationStatus&)>> gaps = {
      [](auto& status) { status.verification.time.reset(); },
      [](auto& status) { status.verification.input_hash.clear(); },
      [](auto& status) { status.verification.input_hash = "nonsense"; },
      [](auto& status) { kube::remove_condition(status.conditions, "CredentialsVerified"); },
      [](auto& status) { kube::remove_condition(status.conditions, "CallbackRegistered"); }};
  for (const auto& make_gap : gaps) {
    Life life = configured();
    make_gap(life.integration.status);
    EXPECT_TRUE(life.step().verify);
    life.now += 1s;
    life.step();
    EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
  }
}

// --- A provider that does not answer

TEST(Decide, a_provider_that_is_down_leaves_configured_what_was_and_the_message_says_since_when) {
  Life life = configured();
  life.now = *life.step().wake + 300ms;
  EXPECT_TRUE(life.step().verify);
  const SystemTime since = life.now;
  life.answer(unreachable());
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.integration.status.client_id, "the-client");
  EXPECT_EQ(life.condition("CredentialsVerified").message,
            "Of the credentials. " +
                unconfirmed(since, "Of the credentials. " +
                                       text_at(CommonMessage::NextChecks, *life.step().wake)));

  for (int i = 0; i < 5; ++i) {
    life.now = *life.step().wake;
    ASSERT_TRUE(life.step().verify);
    life.answer(unreachable());
  }
  const std::string& message = life.condition("CredentialsVerified").message;
  EXPECT_TRUE(contains(message, unconfirmed(since, "Of the credentials."))) << message;
  EXPECT_EQ(count_of(message, CommonMessage::Unconfirmed), 1) << message;
  EXPECT_EQ(count_of(message, CommonMessage::NextCheck), 1) << message;
  EXPECT_EQ(life.integration.status.phase, api::Phase::Configured);
  EXPECT_TRUE(life.events.empty());

  life.now = *life.step().wake;
  ASSERT_TRUE(life.step().verify);
  life.answer(good());
  EXPECT_EQ(count_of(life.condition("CredentialsVerified").message, CommonMessage::Unconfirmed), 0);
}

TEST(Decide, an_authorization_endpoint_that_is_down_leaves_configured_what_was) {
  Life life = configured();
  life.now = *life.step().wake;
  life.step();
  life.answer(report(CredentialsOutcome::Verified, CallbackOutcome::Unknown));
  expect(life.ready(), kTrue, reason::configured);
  expect(life.condition("CallbackRegistered"), kTrue, reason::accepted);
  EXPECT_TRUE(contains(life.condition("CredentialsVerified").message, "Of the callback."));
}

// A maintenance page in the place of the token endpoint, for example.
TEST(Decide, an_answer_that_proves_nothing_leaves_configured_what_was_and_is_asked_again_soon) {
  Life life = configured();
  life.now = *life.step().wake;
  life.step();
  const Decision decision = life.answer(report(CredentialsOutcome::Unverifiable));
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_TRUE(contains(life.condition("CredentialsVerified").message,
                       unconfirmed(life.now, "Of the credentials.")));
  ASSERT_TRUE(decision.wake);
  EXPECT_LT(*decision.wake, life.now + 10s);
  life.now = *decision.wake;
  ASSERT_TRUE(life.step().verify);
  life.answer(report(CredentialsOutcome::Rejected));
  life.now = *life.step().wake;
  ASSERT_TRUE(life.step().verify);
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kFalse, reason::rejected);
}

// --- A refusal of what was verified: somebody may have locked the client out.

// Configured, and refused at the next check.
Life refused_once() {
  Life life = configured();
  life.now = *life.step().wake;
  life.step();
  life.now += 120ms;
  life.answer(report(CredentialsOutcome::Rejected));
  return life;
}

TEST(Decide, the_first_refusal_of_what_was_verified_is_said_and_not_believed) {
  const Life life = refused_once();
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.integration.status.client_id, "the-client");
  const std::string& message = life.condition("CredentialsVerified").message;
  EXPECT_TRUE(contains(
      message,
      unconfirmed(life.now, "Of the credentials. " + text_of(IntegrationMessage::NotBelievedYet))))
      << message;
}

TEST(Decide, a_refusal_that_is_repeated_a_minute_later_is_believed) {
  Life life = refused_once();
  const SystemTime refused = life.now;
  life.now = *life.step().wake;
  EXPECT_GE(life.now, refused + 1min);
  EXPECT_LE(life.now, refused + 1min + 1s);
  ASSERT_TRUE(life.step().verify);
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kFalse, reason::rejected);
  EXPECT_EQ(life.integration.status.client_id, "");
}

TEST(Decide, a_refusal_that_is_not_repeated_leaves_no_trace) {
  Life life = refused_once();
  life.now = *life.step().wake;
  life.step();
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(count_of(life.condition("CredentialsVerified").message, CommonMessage::Unconfirmed), 0);
  life.now = *life.step().wake;
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kTrue, reason::configured);
}

TEST(Decide, an_outage_between_two_refusals_does_not_undo_the_first) {
  Life life = refused_once();
  life.now = *life.step().wake;
  life.step();
  life.answer(unreachable());
  expect(life.ready(), kTrue, reason::configured);
  life.now = *life.step().wake;
  ASSERT_TRUE(life.step().verify);
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kFalse, reason::rejected);
}

TEST(Decide, a_request_does_not_bring_the_second_refusal_sooner) {
  Life life = refused_once();
  const SystemTime refused = life.now;
  life.now += 15s;
  life.request("1");
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify);
  ASSERT_TRUE(decision.wake);
  EXPECT_GE(*decision.wake, refused + 1min);
}

TEST(Decide, a_refusal_of_new_inputs_is_believed_at_once) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  expect(life.ready(), kFalse, reason::rejected);
}

TEST(Decide, a_refusal_of_callback_scopes_or_grant_is_believed_at_once) {
  for (const VerificationReport& refusal :
       {report(CredentialsOutcome::GrantNotAllowed),
        report(CredentialsOutcome::Verified, CallbackOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::Unknown, ScopesOutcome::Rejected)}) {
    Life life = configured();
    life.now = *life.step().wake;
    life.step();
    life.answer(refusal);
    EXPECT_EQ(life.integration.status.phase, api::Phase::Draft);
  }
}

TEST(Decide, an_answer_that_proves_nothing_about_new_inputs_is_unverifiable) {
  Life life = configured();
  life.assessment.hash->full = "two";
  life.step();
  life.answer(report(CredentialsOutcome::Unverifiable));
  expect(life.ready(), kFalse, reason::unverifiable);
}

TEST(Decide, failures_are_followed_by_longer_and_longer_waits) {
  Life life;
  life.step();
  net::Duration before{0};
  for (int i = 1; i <= 6; ++i) {
    const SystemTime failed = life.now;
    const Decision decision = life.answer(unreachable());
    ASSERT_TRUE(decision.attempt);
    EXPECT_EQ(decision.attempt->failures, i);
    const net::Duration wait = decision.attempt->next - failed;
    EXPECT_GT(wait, before);
    before = wait;
    life.now = *life.step().wake;
    EXPECT_EQ(life.now, decision.attempt->next);
    ASSERT_TRUE(life.step().verify);
  }
}

TEST(Decide, retry_after_is_kept_where_it_is_longer_than_our_own_wait) {
  for (const auto& [told, least] : {std::pair{600s, 600s}, std::pair{1s, 5s}}) {
    VerificationReport busy = unreachable();
    busy.retry_after = told;
    Life life;
    life.step();
    const Decision decision = life.answer(busy);
    ASSERT_TRUE(decision.wake);
    EXPECT_GE(*decision.wake - life.now, least);
    EXPECT_LE(*decision.wake - life.now, least + 3s);
  }
}

TEST(Decide, an_attempt_under_way_again_is_not_held_back_from_the_status) {
  Life life;
  life.step();
  life.now = *life.answer(unreachable()).wake;
  const Decision again = life.step();
  EXPECT_TRUE(again.verify);
  EXPECT_FALSE(again.hold);
  expect(life.ready(), kFalse, reason::provider_unreachable);
}

TEST(Decide, a_refusal_that_cannot_be_confirmed_stays_a_refusal) {
  Life life = after(report(CredentialsOutcome::Rejected));
  life.now = *life.step().wake;
  life.step();
  life.answer(unreachable());
  expect(life.ready(), kFalse, reason::rejected);
  EXPECT_TRUE(contains(life.ready().message, unconfirmed(life.now, "Of the credentials.")))
      << life.ready().message;
}

// It may follow from another tenant's doing.
TEST(Decide, a_retry_after_is_obeyed_for_ten_minutes_at_most) {
  VerificationReport busy = unreachable();
  busy.retry_after = 24h;
  Life life;
  life.step();
  const Decision decision = life.answer(busy);
  ASSERT_TRUE(decision.wake);
  EXPECT_GE(*decision.wake - life.now, 10min);
  EXPECT_LE(*decision.wake - life.now, 10min + 3s);
}

// --- On request

TEST(Decide, a_request_starts_anew_what_waits_for_the_end_of_a_silence) {
  Life life;
  life.step();
  life.now += 1s;
  life.progress.silent_until = life.now + 5min;
  EXPECT_FALSE(life.step().verify);
  life.request("1");
  const Decision decision = life.step();
  EXPECT_TRUE(decision.verify);
  EXPECT_TRUE(decision.on_request);
  EXPECT_FALSE(life.step().verify) << "once for each request";
}

TEST(Decide, a_verification_is_on_request_where_a_person_asked_for_it) {
  Life life = configured();
  life.request("1");
  life.now += 10s;
  EXPECT_TRUE(life.step().on_request);
  Life due = configured();
  due.now = *due.step().wake;
  const Decision decision = due.step();
  EXPECT_TRUE(decision.verify);
  EXPECT_FALSE(decision.on_request);
}

TEST(Decide, a_request_asks_now) {
  Life life = configured();
  life.now += 1h;
  life.request("1");
  EXPECT_TRUE(life.step().verify);
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "") << "not before the answer";
  life.answer(good());
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "1");
  EXPECT_FALSE(life.step().verify);
  EXPECT_EQ(life.integration.status.verification.time, gen::start + 1h);
}

TEST(Decide, requests_are_answered_once_in_10_s) {
  Life life = configured();
  life.now += 1h;
  const SystemTime first = std::chrono::floor<std::chrono::seconds>(life.now);
  life.request("1");
  life.step();
  life.answer(good());
  life.now += 2s;
  life.request("2");
  const Decision waits = life.step();
  EXPECT_FALSE(waits.verify);
  EXPECT_EQ(waits.wake, first + 10s);
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "1");
  life.now = *waits.wake;
  EXPECT_TRUE(life.step().verify);
  life.answer(good());
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "2");
}

// The person's fix may have come too late for that answer.
TEST(Decide, a_request_during_a_verification_is_answered_by_the_next_one) {
  for (const VerificationReport& first : {report(CredentialsOutcome::Rejected), unreachable()}) {
    Life life;
    ASSERT_TRUE(life.step().verify);
    life.request("1");
    EXPECT_FALSE(life.step().verify) << "one at a time";
    const Decision answered = life.answer(first);
    EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "");
    ASSERT_TRUE(answered.wake);
    EXPECT_LE(*answered.wake, life.now + 10s);
    life.now = *answered.wake;
    EXPECT_TRUE(life.step().verify);
    life.answer(good());
    EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "1");
    EXPECT_EQ(life.ready().reason, reason::configured);
  }
}

TEST(Decide, a_request_shortens_the_wait_for_a_provider_that_is_down) {
  Life life;
  life.step();
  VerificationReport busy = unreachable();
  busy.retry_after = 3600s;
  life.answer(busy);
  const SystemTime failed = life.now;
  life.now += 1s;
  life.request("1");
  EXPECT_EQ(life.step().wake, failed + 10s);
  life.now = failed + 10s;
  EXPECT_TRUE(life.step().verify);
  const Decision again = life.answer(busy);
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "1");
  EXPECT_GE(*again.wake, life.now + 10min) << "it is spent";
}

TEST(Decide, a_request_while_nothing_can_be_asked_is_spent) {
  Life life;
  life.assessment.hash.reset();
  life.assessment.offering_available =
      gen::Condition("OfferingAvailable", kFalse, reason::offering_not_found);
  life.request("1");
  life.step();
  EXPECT_EQ(life.integration.status.last_handled_reconcile_at, "1");
}

TEST(Decide, a_removed_annotation_is_no_request) {
  Life life = configured();
  life.request("1");
  life.now += 1h;
  life.step();
  life.answer(good());
  life.integration.metadata.annotations.clear();
  EXPECT_FALSE(life.step().verify);
}

// The status has 256 characters for it: a longer one must not make every write of it fail.
TEST(Decide, an_endless_request_is_answered_once_and_fits_into_the_status) {
  const std::string umlauts = [] {
    std::string text = "x";
    for (int i = 0; i < 400; ++i) text += "\xc3\xa4";
    return text;
  }();
  for (const std::string& value : {std::string(5000, 'a'), umlauts}) {
    Life life = configured();
    life.now += 1h;
    life.request(value);
    EXPECT_TRUE(life.step().verify);
    life.answer(good());
    EXPECT_LE(life.integration.status.last_handled_reconcile_at.size(), 256U);
    EXPECT_FALSE(life.integration.status.last_handled_reconcile_at.empty());
    EXPECT_NO_THROW(static_cast<void>(kube::Json(life.integration.status).dump()));
    life.now += 1h;
    EXPECT_FALSE(life.step().verify);
  }
}

// --- Early expiry

// When the provider is asked, from the first answer on, if it always answers the same.
std::vector<net::Duration> tries(const VerificationReport& always, net::Duration during) {
  Life life = after(always);
  const SystemTime first = life.now;
  std::vector<net::Duration> all;
  for (;;) {
    const Decision decision = life.step();
    if (!decision.wake || *decision.wake > first + during) return all;
    life.now = *decision.wake;
    EXPECT_TRUE(life.step().verify);
    all.push_back(std::chrono::floor<std::chrono::seconds>(life.now) -
                  std::chrono::floor<std::chrono::seconds>(first));
    life.answer(always);
  }
}

TEST(Decide, a_refused_callback_is_asked_for_soon_and_ever_more_seldom) {
  EXPECT_EQ(tries(report(CredentialsOutcome::Verified, CallbackOutcome::Rejected), 20min),
            (std::vector<net::Duration>{15s, 45s, 105s, 225s, 465s, 765s, 1065s}));
}

TEST(Decide, refused_credentials_are_asked_for_so_seldom_that_nobody_is_locked_out) {
  EXPECT_EQ(tries(report(CredentialsOutcome::Rejected), 23h),
            (std::vector<net::Duration>{30s, 150s, 750s}));
}

TEST(Decide, after_a_day_a_refused_callback_is_asked_for_at_the_interval) {
  const auto all = tries(report(CredentialsOutcome::Verified, CallbackOutcome::Rejected), 72h);
  ASSERT_GT(all.size(), 280U);
  EXPECT_GE(all.back() - all[all.size() - 2], 24h);
}

TEST(Decide, a_refused_callback_that_is_mended_is_configured_without_another_touch) {
  Life life = after(report(CredentialsOutcome::Verified, CallbackOutcome::Rejected));
  life.now = *life.step().wake;
  life.step();
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
}

TEST(Decide, since_is_when_this_verdict_on_these_inputs_was_first_given) {
  Life life = after(report(CredentialsOutcome::Rejected));
  const auto since = life.integration.status.verification.since;
  life.now = *life.step().wake;
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  EXPECT_EQ(life.integration.status.verification.since, since);
  EXPECT_GT(life.integration.status.verification.time, since);

  life.assessment.hash->full = "two";
  life.now += 7s;
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  EXPECT_EQ(life.integration.status.verification.since,
            std::chrono::floor<std::chrono::seconds>(life.now))
      << "another wrong secret is another verdict";
}

TEST(Decide, another_verdict_on_the_same_inputs_begins_anew) {
  Life life = after(report(CredentialsOutcome::Verified, CallbackOutcome::Rejected));
  life.now += 10min;
  life.step();
  life.answer(report(CredentialsOutcome::GrantNotAllowed));
  EXPECT_EQ(life.integration.status.verification.since,
            std::chrono::floor<std::chrono::seconds>(life.now));
}

// The clock was an hour ahead when the verdict was given.
TEST(Decide, a_clock_that_was_set_back_does_not_make_it_ask_without_end) {
  for (const auto& verdict : {report(CredentialsOutcome::Verified, CallbackOutcome::Rejected),
                              report(CredentialsOutcome::Rejected), good()}) {
    Life life = after(verdict);
    life.now -= 1h;
    life.request("1");
    life.step();
    const Decision decision = life.answer(verdict);
    ASSERT_TRUE(decision.wake);
    EXPECT_GT(*decision.wake, life.now + 10s);
    EXPECT_FALSE(life.step().verify);
  }
}

TEST(Decide, a_verdict_from_the_future_is_made_again_at_once) {
  Life life = configured();
  life.integration.status.verification.time = life.now + 24h * 365;
  EXPECT_TRUE(life.step().verify);
}

// The clock was three hours ahead while the network was not up yet.
TEST(Decide, a_try_from_the_future_is_repeated_at_once_with_or_without_a_request) {
  for (const bool requested : {false, true}) {
    Life life = after(unreachable());
    life.now -= 3h;
    if (requested) life.request("now");
    EXPECT_TRUE(life.step().verify);
    const Decision decision = life.answer(unreachable());
    ASSERT_TRUE(decision.attempt && decision.wake);
    EXPECT_LE(decision.attempt->since, life.now);
    EXPECT_LT(*decision.wake, life.now + 30s);
  }
}

TEST(Decide, a_verification_that_began_in_the_future_does_not_hold_the_status_back) {
  Life life;
  life.step();
  life.now -= 3h;
  const Decision decision = life.look();
  EXPECT_FALSE(decision.hold);
}

// --- A Secret that the operator may not read

void forbid(Life& life) {
  life.assessment.credentials_present =
      gen::Condition("CredentialsPresent", kUnknown, reason::not_permitted, "Forbidden.");
  life.assessment.hash.reset();
}

TEST(Decide, what_was_configured_stays_so_while_its_secret_may_not_be_read) {
  Life life = configured();
  const auto before = life.integration.status;
  forbid(life);
  const Decision decision = life.step();
  EXPECT_FALSE(decision.verify);
  expect(life.condition("CredentialsPresent"), kUnknown, reason::not_permitted);
  expect(life.condition("CredentialsVerified"), kTrue, reason::verified);
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.integration.status.client_id, before.client_id);
  EXPECT_EQ(life.integration.status.verification, before.verification);
  EXPECT_TRUE(life.events.empty());
  life.assessment = ready_to_ask();
  EXPECT_FALSE(life.step().verify) << "the verdict was kept";
  EXPECT_EQ(life.integration.status.conditions.size(), before.conditions.size());
}

TEST(Decide, scopes_that_the_provider_rejected_stay_so_while_the_secret_may_not_be_read) {
  Life life = after(
      report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected));
  forbid(life);
  life.step();
  expect(life.ready(), kFalse, reason::scopes_rejected_by_provider);
}

TEST(Decide, one_that_was_never_verified_says_that_its_secret_may_not_be_read) {
  Life life;
  forbid(life);
  life.step();
  expect(life.ready(), kFalse, reason::not_permitted);
  EXPECT_EQ(life.ready().message, "Forbidden.");
}

TEST(Decide, another_condition_that_fails_comes_before_a_right_that_is_missing) {
  Life life = configured();
  forbid(life);
  life.assessment.offering_available =
      gen::Condition("OfferingAvailable", kFalse, reason::offering_not_found);
  life.step();
  expect(life.ready(), kFalse, reason::offering_not_found);
  expect(life.condition("CredentialsVerified"), kUnknown, reason::pending);
}

// --- Controls

TEST(Decide, controls_that_were_made_hold_for_other_secrets_of_the_same_inputs) {
  Life life = configured();
  EXPECT_EQ(known_control(life.integration.status, {"base", "two"}, std::nullopt),
            (Control{Method::AuthorizationCode, "401 invalid_client"}));
  EXPECT_FALSE(known_control(life.integration.status, {"other", "two"}, std::nullopt));

  life.assessment.hash->full = "two";
  life.now += 1h;
  life.step();
  VerificationReport without_controls = good();
  without_controls.controls_made = false;
  life.answer(without_controls);
  EXPECT_EQ(life.integration.status.verification.control_time, gen::start);
  EXPECT_EQ(known_control(life.integration.status, {"base", "two"}, std::nullopt),
            (Control{Method::AuthorizationCode, "401 invalid_client"}));
}

TEST(Decide, controls_hold_for_whichever_method_they_were_made) {
  for (const Method method :
       {Method::PushedAuthorizationRequest, Method::AuthorizationCode, Method::RefreshToken,
        Method::Introspection, Method::Revocation, Method::ClientCredentials}) {
    VerificationReport report = good();
    report.method = method;
    Life life = after(report);
    EXPECT_EQ(known_control(life.integration.status, {"base", "two"}, std::nullopt),
              (Control{method, "401 invalid_client"}));
  }
}

TEST(Decide, controls_do_not_hold_for_other_inputs_or_another_method) {
  VerificationReport without_controls = good();
  without_controls.controls_made = false;
  {
    Life life = configured();
    life.assessment.hash = oauth::InputHash{"other", "one"};
    life.step();
    life.answer(without_controls);
    EXPECT_FALSE(life.integration.status.verification.control_time);
    EXPECT_EQ(life.integration.status.verification.control_answer, "");
    EXPECT_FALSE(known_control(life.integration.status, {"other", "one"}, std::nullopt));
  }
  {
    Life life = configured();
    life.now = *life.step().wake;
    life.step();
    without_controls.method = Method::PushedAuthorizationRequest;
    life.answer(without_controls);
    EXPECT_FALSE(known_control(life.integration.status, {"base", "one"}, std::nullopt));
  }
}

// The authorization endpoint is down, the token endpoint is not: each control is a failed sign-in.
TEST(Decide, a_control_that_was_made_is_not_made_again_while_the_rest_gets_no_answer) {
  VerificationReport half = good();
  half.callback = CallbackOutcome::Unknown;
  Life life = after(half);
  const auto attempt = life.step().attempt;
  ASSERT_TRUE(attempt);
  const Control control{half.method, half.control_answer};
  EXPECT_EQ(known_control(life.integration.status, {"base", "one"}, attempt), control);

  life.now = attempt->next;
  life.step();
  VerificationReport whole = good();
  whole.controls_made = false;
  life.answer(whole);
  EXPECT_EQ(life.integration.status.phase, api::Phase::Configured);
  EXPECT_TRUE(life.integration.status.verification.control_time);
  EXPECT_EQ(known_control(life.integration.status, {"base", "one"}, std::nullopt), control);
}

TEST(Decide, a_verdict_without_a_control_vouches_for_no_other) {
  const Life life = after(report(CredentialsOutcome::Rejected));
  EXPECT_FALSE(known_control(life.integration.status, {"base", "one"}, std::nullopt));
  EXPECT_FALSE(known_control(api::IntegrationStatus{}, {"", ""}, std::nullopt));
}

// --- The callback URL moves

Life moved() {
  Life life = configured();
  life.now += 1h;
  life.assessment.callback_url = "https://new.example/oauth/callback/acme";
  life.assessment.hash = oauth::InputHash{"newbase", "new"};
  return life;
}

VerificationReport not_checkable() {
  return report(CredentialsOutcome::Verified, CallbackOutcome::NotCheckable);
}

TEST(Decide, a_callback_in_a_status_of_a_later_generation_was_somebody_elses) {
  Life life = moved();
  life.integration.status.observed_generation = 7;
  life.step();
  life.answer(not_checkable());
  expect(life.ready(), kTrue, reason::configured_callback_unproven);
}

TEST(Decide, a_moved_callback_that_the_provider_accepts_is_accepted) {
  Life life = moved();
  life.step();
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
  EXPECT_EQ(life.integration.status.callback_url, "https://new.example/oauth/callback/acme");
}

TEST(Decide, a_moved_callback_that_cannot_be_checked_blocks_and_names_both_and_the_way_out) {
  Life life = moved();
  life.step();
  life.answer(not_checkable());
  expect(life.condition("CallbackRegistered"), kFalse, reason::callback_url_changed);
  expect(life.ready(), kFalse, reason::callback_url_changed);
  EXPECT_EQ(life.ready().message,
            text_of(IntegrationMessage::CallbackUrlChanged,
                    {.url = "https://new.example/oauth/callback/acme", .old_url = kUrl}) +
                " " + text_at(CommonMessage::NextCheck, *life.step().wake));
}

TEST(Decide, a_moved_callback_blocks_from_check_to_check_and_over_a_restart) {
  Life life = moved();
  life.step();
  life.now += 1s;
  life.step();
  life.answer(not_checkable());
  const SystemTime since = life.condition("CallbackRegistered").last_transition_time;
  for (int i = 0; i < 4; ++i) {
    life.now = *life.step().wake;
    if (i == 2) life.restart();
    ASSERT_TRUE(life.step().verify);
    life.answer(not_checkable());
    const Condition& callback = life.condition("CallbackRegistered");
    expect(callback, kFalse, reason::callback_url_changed);
    EXPECT_EQ(callback.last_transition_time, since);
    EXPECT_EQ(count_of(callback.message, CommonMessage::NextCheck), 1) << callback.message;
    EXPECT_TRUE(contains(callback.message, kUrl)) << "the old one: " << callback.message;
  }
}

TEST(Decide, a_request_says_that_the_moved_callback_is_registered) {
  Life life = moved();
  life.step();
  life.answer(not_checkable());
  life.now += 11s;
  life.request("registered");
  ASSERT_TRUE(life.step().verify);
  life.answer(not_checkable());
  expect(life.condition("CallbackRegistered"), kUnknown, reason::not_checkable);
  expect(life.ready(), kTrue, reason::configured_callback_unproven);
  life.now = *life.step().wake;
  life.step();
  life.answer(not_checkable());
  expect(life.ready(), kTrue, reason::configured_callback_unproven);
}

TEST(Decide, a_request_from_before_the_move_does_not_say_that_it_is_registered) {
  Life life = configured();
  life.now += 1h;
  life.request("1");
  life.step();
  life.answer(good());
  life.now += 1h;
  life.assessment.callback_url = "https://new.example/oauth/callback/acme";
  life.assessment.hash = oauth::InputHash{"newbase", "new"};
  life.step();
  life.answer(not_checkable());
  expect(life.ready(), kFalse, reason::callback_url_changed);
}

TEST(Decide, a_moved_callback_that_the_provider_sees_at_last_is_accepted_without_a_request) {
  Life life = moved();
  life.step();
  life.answer(not_checkable());
  life.now = *life.step().wake;
  life.step();
  life.answer(good());
  expect(life.ready(), kTrue, reason::configured);
}

TEST(Decide, a_moved_callback_is_not_forgotten_while_something_else_is_missing) {
  Life life = moved();
  life.step();
  life.answer(not_checkable());
  const auto asking = life.assessment;
  life.assessment.hash.reset();
  life.assessment.credentials_present =
      gen::Condition("CredentialsPresent", kFalse, reason::secret_not_found);
  life.now += 1h;
  life.step();
  const Condition& callback = life.condition("CallbackRegistered");
  expect(callback, kFalse, reason::callback_url_changed);
  EXPECT_EQ(count_of(callback.message, CommonMessage::NextCheck), 0)
      << "nothing is checked for now: " << callback.message;
  life.assessment = asking;
  life.step();
  life.answer(not_checkable());
  expect(life.ready(), kFalse, reason::callback_url_changed);
}

TEST(Decide, a_callback_url_that_comes_for_the_first_time_has_not_moved) {
  Life life = after(not_checkable());
  expect(life.ready(), kTrue, reason::configured_callback_unproven);
}

// --- Times and words

TEST(Decide, the_time_of_the_last_transition_stays_while_the_status_does) {
  for (const auto& verdict :
       {good(), report(CredentialsOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::Rejected),
        report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected)}) {
    Life life = after(verdict);
    const auto before = life.integration.status.conditions;
    life.now = *life.step().wake;
    life.step();
    life.answer(verdict);
    for (const Condition& condition : before)
      EXPECT_EQ(life.condition(condition.type.c_str()).last_transition_time,
                condition.last_transition_time)
          << condition.type;
  }
}

// From False to False, though the Offering's own look at them lies in between.
TEST(Decide, scopes_rejected_again_after_an_edit_have_made_no_transition) {
  const auto verdict =
      report(CredentialsOutcome::Verified, CallbackOutcome::Accepted, ScopesOutcome::Rejected);
  Life life = after(verdict);
  const SystemTime since = life.condition("ScopesValid").last_transition_time;
  life.now += 1h;
  life.integration.metadata.generation = 2;
  life.assessment.hash->full = "two";
  life.step();
  life.answer(verdict);
  EXPECT_EQ(life.condition("ScopesValid").last_transition_time, since);
}

TEST(Decide, an_event_is_recorded_only_when_ready_turns) {
  Life life;
  life.step();
  life.now += 1s;
  life.step();
  EXPECT_TRUE(life.events.empty()) << "Pending is no turn";
  life.answer(report(CredentialsOutcome::Rejected));
  ASSERT_EQ(life.events.size(), 1U);
  EXPECT_EQ(life.events[0].type, kube::EventType::Warning);
  EXPECT_EQ(life.events[0].reason, reason::rejected);
  EXPECT_EQ(life.events[0].note, life.ready().message);

  life.now = *life.step().wake;
  life.step();
  life.answer(report(CredentialsOutcome::Rejected));
  EXPECT_EQ(life.events.size(), 1U) << "the same again is no turn";

  life.now = *life.step().wake;
  life.step();
  life.answer(good());
  ASSERT_EQ(life.events.size(), 2U);
  EXPECT_EQ(life.events[1].type, kube::EventType::Normal);
  EXPECT_EQ(life.events[1].reason, reason::configured);

  life.now = *life.step().wake;
  life.step();
  life.answer(good());
  EXPECT_EQ(life.events.size(), 2U);
}

TEST(Decide, another_reason_with_the_same_status_is_an_event) {
  Life life = after(good());
  life.now = *life.step().wake;
  life.step();
  life.answer(not_checkable());
  EXPECT_EQ(life.events.back().reason, reason::configured_callback_unproven);
}

TEST(Decide, a_verdict_is_dated_when_the_provider_gave_it_not_when_it_could_be_written) {
  Life life;
  life.step();
  life.progress.answered = life.now;
  life.now += 2h;
  life.answer(good());
  EXPECT_EQ(life.integration.status.verification.time, gen::start);
}

// --- Everything at once: each answer, given for ever, at each kind of Offering.

struct Always {
  VerificationReport report;
  OnUnverifiable on_unverifiable;
  std::string name;
};

std::vector<Always> every_answer() {
  std::vector<Always> all;
  for (int credentials = 0; credentials < 5; ++credentials)
    for (int callback = 0; callback < 4; ++callback)
      for (int scopes = 0; scopes < 3; ++scopes)
        for (const auto on : {OnUnverifiable::Block, OnUnverifiable::Allow})
          all.push_back(
              {report(static_cast<CredentialsOutcome>(credentials),
                      static_cast<CallbackOutcome>(callback), static_cast<ScopesOutcome>(scopes)),
               on,
               std::to_string(credentials) + "/" + std::to_string(callback) + "/" +
                   std::to_string(scopes) + (on == OnUnverifiable::Allow ? " Allow" : " Block")});
  return all;
}

// Messages speak of the future.
void expect_no_time_in_the_past(const Life& life) {
  for (const Condition& condition : life.integration.status.conditions) {
    const std::string mark{opening_of(CommonMessage::NextCheck)};
    const auto at = condition.message.find(mark);
    if (at == std::string::npos) continue;
    const auto time = net::parse_rfc3339(condition.message.substr(at + mark.size(), 20));
    ASSERT_TRUE(time.ok()) << condition.message;
    EXPECT_GT(*time, life.now) << condition.type << ": " << condition.message;
  }
}

void expect_truth(const Life& life, const Always& always) {
  const auto& status = life.integration.status;
  const bool proven = always.report.credentials == CredentialsOutcome::Verified ||
                      (always.report.credentials == CredentialsOutcome::Unverifiable &&
                       always.on_unverifiable == OnUnverifiable::Allow);
  const bool refused = always.report.callback == CallbackOutcome::Rejected ||
                       always.report.scopes == ScopesOutcome::Rejected;
  EXPECT_FALSE((!proven || refused) && status.phase == api::Phase::Configured);
  EXPECT_EQ(status.phase == api::Phase::Configured, kube::is_true(status.conditions, "Ready"));
  EXPECT_EQ(!status.client_id.empty(), kube::is_true(status.conditions, "CredentialsVerified"));
  EXPECT_EQ(kube::find_condition(status.conditions, "Stalled") != nullptr &&
                kube::find_condition(status.conditions, "Reconciling") != nullptr,
            false);
  EXPECT_EQ(status.observed_generation, life.integration.metadata.generation);
}

void expect_a_second_look_to_change_nothing(const Life& life) {
  const Decision again = life.look();
  EXPECT_EQ(again.status, life.integration.status);
  EXPECT_FALSE(again.verify);
  EXPECT_FALSE(again.hold);
  ASSERT_TRUE(again.wake);
  EXPECT_GT(*again.wake, life.now);
}

TEST(Decide, whatever_a_provider_answers_for_ever_it_is_asked_in_measure_and_the_truth_is_told) {
  for (const Always& always : every_answer()) {
    SCOPED_TRACE(always.name);
    Life life;
    life.assessment.on_unverifiable = always.on_unverifiable;
    life.step();
    std::size_t longest = 0;
    int asked = 0;
    for (const SystemTime end = life.now + 1h; life.now < end;) {
      life.now += 120ms;
      life.answer(always.report);
      expect_truth(life, always);
      expect_no_time_in_the_past(life);
      expect_a_second_look_to_change_nothing(life);
      if (testing::Test::HasFailure()) return;
      for (const Condition& condition : life.integration.status.conditions)
        longest = std::max(longest, condition.message.size());
      life.now = *life.step().wake;
      ASSERT_TRUE(life.step().verify);
      ASSERT_LE(++asked, 12 + 10) << "more often than every 5 minutes";
    }
    EXPECT_LT(longest, 500U);
    EXPECT_LE(life.events.size(), 1U);
  }
}

// Does this answer decide anything?
bool is_verdict(const VerificationReport& its) {
  if (its.credentials == CredentialsOutcome::Unreachable) return false;
  return its.credentials != CredentialsOutcome::Verified ||
         its.callback != CallbackOutcome::Unknown || its.scopes == ScopesOutcome::Rejected;
}

// Each answer after each other: no trace of the first is left.
TEST(Decide, the_last_answer_alone_decides) {
  const auto all = every_answer();
  std::vector<Life> lives;
  for (const Always& first : all) {
    if (first.on_unverifiable == OnUnverifiable::Allow) continue;
    lives.push_back(after(first.report));
    lives.back().now = *lives.back().step().wake;
    lives.back().step();
  }
  for (const Always& last : all) {
    if (!is_verdict(last.report)) continue;
    SCOPED_TRACE(last.name);
    Life fresh;
    fresh.assessment.on_unverifiable = last.on_unverifiable;
    fresh.step();
    fresh.answer(last.report);
    for (Life life : lives) {
      // The two exceptions have tests of their own: neither an answer that proves nothing nor one
      // refusal undoes a proof of the same inputs.
      const bool undoes_nothing = last.report.credentials == CredentialsOutcome::Unverifiable ||
                                  last.report.credentials == CredentialsOutcome::Rejected;
      if (undoes_nothing && life.condition("CredentialsVerified").status == kTrue) continue;
      life.assessment.on_unverifiable = last.on_unverifiable;
      life.answer(last.report);
      for (const char* type : {"Ready", "ScopesValid", "CredentialsVerified", "CallbackRegistered"})
        ASSERT_EQ(life.condition(type).reason, fresh.condition(type).reason) << type;
      ASSERT_EQ(life.integration.status.phase, fresh.integration.status.phase);
      ASSERT_EQ(life.integration.status.client_id, fresh.integration.status.client_id);
    }
  }
}

}  // namespace
}  // namespace reconcilers
