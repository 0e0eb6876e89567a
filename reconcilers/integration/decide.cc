#include "reconcilers/integration/decide.h"

#include <algorithm>

#include "api/conditions.h"
#include "net/time_format.h"
#include "reconcilers/common/backoff.h"
#include "reconcilers/common/condition_writer.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/common/status_text.h"
#include "reconcilers/integration/messages.h"
#include "reconcilers/integration/schedule.h"
#include "reconcilers/integration/summary.h"

namespace reconcilers {

namespace {

using kube::Condition;
using kube::ConditionStatus;
using oauth::CallbackOutcome;
using oauth::CredentialsOutcome;
using oauth::ScopesOutcome;
using oauth::VerificationReport;
using std::chrono::seconds;
namespace condition = api::condition;
namespace reason = api::reason;

constexpr seconds kHold{1};               // how long the first write waits for the verdict
constexpr seconds kBetweenRequests{10};   // one verification on request in that time
constexpr std::size_t kMaxRequest = 256;  // what status.lastHandledReconcileAt holds

void earlier(std::optional<net::SystemTime>& wake, net::SystemTime time) {
  if (!wake || time < *wake) wake = time;
}

// One decision under way: the earlier status, the facts, and the new status.
class Deciding {
 public:
  Deciding(const api::Integration& integration, const Assessment& assessment,
           const Progress& progress, net::SystemTime now)
      : integration_(integration),
        was_(integration.status),
        assessment_(assessment),
        progress_(progress),
        now_(now),
        conditions_(was_.conditions, keep(), integration.metadata.generation, now) {}

  Decision run() {
    begin();
    if (unreadable_)
      handled();
    else if (!assessment_.hash)
      blocked();
    else if (answered())
      take_verdict(*progress_.report);
    else
      wait_for_verdict();
    summarize(decision_.status, assessment_.on_unverifiable, now_);
    if (!kube::is_true(decision_.status.conditions, condition::credentials_verified))
      decision_.status.client_id.clear();
    // An Event for each turn that Ready takes.
    if (auto turn = conditions_.turn(condition::ready))
      decision_.events.push_back(std::move(*turn));
    return std::move(decision_);
  }

 private:
  // Starts from the earlier status: this decision changes parts of it.
  kube::Conditions& keep() {
    decision_.status = was_;
    return decision_.status.conditions;
  }

  void begin() {
    api::IntegrationStatus& status = decision_.status;
    status.observed_generation = integration_.metadata.generation;
    if (!assessment_.callback_url.empty()) status.callback_url = assessment_.callback_url;
    forced_ = !request().empty() && request() != was_.last_handled_reconcile_at;
    const bool has_verdict = verdict_kind(was_.conditions) && was_.verification.time;
    unreadable_ = has_verdict && nothing_but_rights_is_missing();
    kept_ = unreadable_ ||
            (has_verdict && assessment_.hash &&
             oauth::parse_input_hash(was_.verification.input_hash).full == assessment_.hash->full);
    // A status of a later generation than the object's was somebody else's.
    const bool about_this = was_.observed_generation <= integration_.metadata.generation;
    callback_moved_ =
        (about_this && !was_.callback_url.empty() && was_.callback_url != status.callback_url) ||
        (reason_of(was_.conditions, condition::callback_registered) ==
             reason::callback_url_changed &&
         !acknowledged());
    set(assessment_.offering_available);
    // A verdict on the scopes outlives the look at the Offering, as long as it is kept.
    if (!(kept_ &&
          reason_of(was_.conditions, condition::scopes_valid) ==
              reason::scopes_rejected_by_provider &&
          assessment_.scopes_valid.status == ConditionStatus::True))
      set(assessment_.scopes_valid);
    set(assessment_.credentials_present);
  }

  // The operator lost the right to read the Secret. That says nothing about the Secret: a verdict
  // stands.
  bool nothing_but_rights_is_missing() const {
    return assessment_.credentials_present.reason == reason::not_permitted &&
           assessment_.offering_available.status == ConditionStatus::True &&
           assessment_.scopes_valid.status == ConditionStatus::True;
  }

  // Something is missing before the provider can be asked.
  void blocked() {
    set(condition::credentials_verified, ConditionStatus::Unknown, reason::pending,
        text_of(IntegrationMessage::WaitsForConditions));
    set_callback_open(IntegrationMessage::WaitsForConditions);
    handled();
  }

  // Did the provider answer? No answer about the callback, where one is wanted, leaves the verdict
  // open too.
  bool answered() const {
    if (!progress_.report || progress_.report->cancelled) return false;
    const VerificationReport& report = *progress_.report;
    if (report.credentials == CredentialsOutcome::Unreachable) return false;
    if (is_first_refusal(report)) return false;
    // An answer that proves nothing (a maintenance page, a moved address) does not disprove an
    // earlier proof of these very inputs.
    if (report.credentials == CredentialsOutcome::Unverifiable && was_verified())
      return report.callback == CallbackOutcome::Rejected ||
             report.scopes == ScopesOutcome::Rejected;
    const bool wants_callback = report.credentials == CredentialsOutcome::Verified &&
                                report.scopes != ScopesOutcome::Rejected;
    return !(wants_callback && report.callback == CallbackOutcome::Unknown);
  }

  // Of what was proven with these very inputs.
  bool is_first_refusal(const VerificationReport& report) const {
    if (report.credentials != CredentialsOutcome::Rejected || !was_verified()) return false;
    const auto& attempt = progress_.attempt;
    return !attempt || !attempt->refused || now_ < *attempt->refused + kBeforeRefusalIsBelieved;
  }

  void take_verdict(const VerificationReport& report) {
    api::VerificationStatus& verification = decision_.status.verification;
    const std::string before = verdict_reasons(was_.conditions);
    set_credentials(report);
    set_scopes(report);
    set_callback(report);

    // In whole seconds, as the status keeps them, so that a later decision sees the same time. And
    // never later than now: a clock may have been set back.
    const net::SystemTime time =
        std::chrono::floor<seconds>(std::min(progress_.answered.value_or(now_), now_));
    const bool same = kept_ && before == verdict_reasons(decision_.status.conditions);
    if (!same || !verification.since || *verification.since > time) verification.since = time;
    set_control(report, time);
    verification.time = time;
    verification.method = to_string(report.method);
    verification.input_hash = assessment_.hash->to_string();
    verification.secret_key =
        report.credentials == CredentialsOutcome::Verified ? report.secret_key : "";
    if (report.credentials == CredentialsOutcome::Verified)
      decision_.status.client_id = assessment_.client_id;
    handled();
    const net::SystemTime due = sooner_on_request(due_at(decision_.status), time);
    append_tail(text_at(CommonMessage::NextCheck, due));
    earlier(decision_.wake, due);
  }

  void set_control(const VerificationReport& report, net::SystemTime time) {
    api::VerificationStatus& verification = decision_.status.verification;
    const std::optional<Attempt>& attempt = progress_.attempt;
    const bool same_base =
        oauth::parse_input_hash(was_.verification.input_hash).base == assessment_.hash->base;
    if (report.controls_made) {
      verification.control_time = time;
      verification.control_answer = report.control_answer;
    } else if (attempt && attempt->control && attempt->control->method == report.method) {
      verification.control_time =
          std::chrono::floor<seconds>(std::min(attempt->controlled_at, now_));
      verification.control_answer = attempt->control->answer;
    } else if (!same_base || was_.verification.method != to_string(report.method)) {
      verification.control_time.reset();
      verification.control_answer.clear();
    }
  }

  // No verdict in hand: the kept one stands, or there is none yet.
  void wait_for_verdict() {
    if (progress_.report && !progress_.report->cancelled)
      remember_failure(*progress_.report);
    else
      decision_.attempt = progress_.attempt;
    if (!kept_)
      say_open();
    else if (decision_.attempt)
      say_unconfirmed();
    else if (progress_.sign_ins_until)
      append_tail(unconfirmed(*progress_.running_since, waits_for_sign_ins()));
    plan();
  }

  void remember_failure(const VerificationReport& report) {
    Attempt attempt = progress_.attempt.value_or(Attempt{});
    if (attempt.failures == 0) {
      attempt.hash = assessment_.hash->full;
      attempt.since = now_;
    }
    attempt.since = std::min(attempt.since, now_);
    ++attempt.failures;
    if (report.controls_made) {
      attempt.control = oauth::Control{report.method, report.control_answer};
      attempt.controlled_at = now_;
    }
    attempt.message = report.credentials == CredentialsOutcome::Verified
                          ? report.callback_message
                          : report.credentials_message;
    net::Duration wait = unreachable_backoff(attempt.failures, integration_.metadata.uid);
    if (report.retry_after)
      wait = std::max<net::Duration>(
          wait, std::min<net::Duration>(*report.retry_after, kLongestRetryAfter));
    if (is_first_refusal(report)) {
      if (!attempt.refused) attempt.refused = now_;
      wait = *attempt.refused + kBeforeRefusalIsBelieved - now_;
      attempt.message += " " + text_of(IntegrationMessage::NotBelievedYet);
    }
    attempt.acknowledged = attempt.acknowledged || forced_;
    attempt.tried = now_;
    attempt.next = std::chrono::time_point_cast<seconds>(now_ + wait) + seconds{1};
    decision_.attempt = std::move(attempt);
    handled();
  }

  void say_open() {
    if (decision_.attempt && !progress_.sign_ins_until) {
      set(condition::credentials_verified, ConditionStatus::Unknown, reason::provider_unreachable,
          text_of(IntegrationMessage::NoVerdict,
                  {.answer = as_sentence(decision_.attempt->message)}) +
              " " + next_tries());
    } else {
      set(condition::credentials_verified, ConditionStatus::Unknown, reason::pending, why_open());
    }
    set_callback_open(IntegrationMessage::CallbackAskedWithCredentials);
  }

  std::string why_open() const {
    if (progress_.silent_until)
      return text_of(IntegrationMessage::WaitsForProvider) + " " +
             text_at(CommonMessage::NextCheck, *progress_.silent_until);
    if (progress_.sign_ins_until)
      return text_of(IntegrationMessage::WaitsForSignIns, {.answer = waits_for_sign_ins()});
    return text_of(IntegrationMessage::Asking);
  }

  // Everybody who names this client gets the same text: it does not say who caused the failures.
  std::string waits_for_sign_ins() const {
    return text_of(IntegrationMessage::TooManyFailedSignIns) + " " +
           text_at(CommonMessage::NextCheckAtTheEarliest, *progress_.sign_ins_until);
  }

  void say_unconfirmed() {
    const Attempt& attempt = *decision_.attempt;
    append_tail(unconfirmed(attempt.since, as_sentence(attempt.message) + " " + next_tries()));
  }

  static std::string unconfirmed(net::SystemTime since, const std::string& answer) {
    return text_of(CommonMessage::Unconfirmed,
                   {.time = net::format_rfc3339(since), .answer = answer});
  }

  // This stays in the status while more tries fail (StatusMemory::worth_writing), so it says what
  // comes after the next one.
  std::string next_tries() const {
    return text_at(CommonMessage::NextChecks, decision_.attempt->next);
  }

  // Whether to ask now, and else when to look again.
  void plan() {
    if (progress_.running_since) {
      const net::SystemTime until = *progress_.running_since + kHold;
      // A start in the future comes from a wrong clock.
      const bool fresh = *progress_.running_since <= now_ && now_ < until;
      decision_.hold = may_hold() && fresh;
      // The verification that waits reports some day: the operator looks for it ever more seldom.
      earlier(decision_.wake,
              fresh ? until
                    : now_ + std::max<net::Duration>(seconds{10}, now_ - *progress_.running_since));
      breaks_silence();
      return;
    }
    net::SystemTime when = now_;
    // A try in the future comes from a wrong clock: the next one is due.
    if (decision_.attempt && decision_.attempt->tried <= now_)
      when = sooner_on_request(decision_.attempt->next, decision_.attempt->tried);
    else if (!decision_.attempt && kept_)
      when = sooner_on_request(due_at(was_), *was_.verification.time);
    // On request, too: asked sooner, a refusal could not be believed.
    if (decision_.attempt && decision_.attempt->refused)
      when = std::max(when, *decision_.attempt->refused + kBeforeRefusalIsBelieved);
    decision_.verify = when <= now_;
    decision_.on_request = decision_.verify && forced_;
    if (!decision_.verify) earlier(decision_.wake, when);
    // The verification that starts now may be back in a moment.
    decision_.hold = decision_.verify && may_hold();
  }

  // A verification that waits for the end of a silence began before this request came.
  void breaks_silence() {
    const bool knew = !progress_.request || *progress_.request == requested_at(integration_);
    if (!progress_.silent_until || !forced_ || knew) return;
    decision_.verify = true;
    decision_.on_request = true;
  }

  // If the status says Stalled of this very generation, somebody has fixed the Secret or the
  // Offering: a tool that watches health meanwhile (kstatus: Failed) would give up on a fixed
  // object.
  bool may_hold() const {
    const bool given_up = was_.observed_generation == integration_.metadata.generation &&
                          kube::is_true(was_.conditions, condition::stalled);
    return !kept_ && !decision_.attempt && !given_up;
  }

  net::SystemTime sooner_on_request(net::SystemTime planned, net::SystemTime last) const {
    return forced_ ? std::min(planned, last + kBetweenRequests) : planned;
  }

  net::SystemTime due_at(const api::IntegrationStatus& status) const {
    const api::VerificationStatus& verification = status.verification;
    const auto kind = verdict_kind(status.conditions);
    // A verdict from the future was given by a clock that was wrong.
    if (!kind || !verification.time || *verification.time > now_) return now_;
    const net::Duration age =
        verification.since ? *verification.time - *verification.since : net::Duration{0};
    return std::chrono::time_point_cast<seconds>(
        *verification.time + keep_for(*kind, age, assessment_.interval, integration_.metadata.uid));
  }

  void set_credentials(const VerificationReport& report) {
    switch (report.credentials) {
      case CredentialsOutcome::Verified:
        if (const std::string& key = integration_.spec.credentials_secret_ref.client_secret_key;
            report.secret_key != key)
          return set(condition::credentials_verified, ConditionStatus::True,
                     reason::verified_with_previous_secret,
                     report.credentials_message + " " + report.refused_key_message + " " +
                         text_of(IntegrationMessage::KeepsPreviousSecret, {.key = key}));
        return set(condition::credentials_verified, ConditionStatus::True, reason::verified,
                   report.credentials_message);
      case CredentialsOutcome::Rejected:
        return set(condition::credentials_verified, ConditionStatus::False, reason::rejected,
                   report.credentials_message);
      case CredentialsOutcome::GrantNotAllowed:
        return set(condition::credentials_verified, ConditionStatus::False,
                   reason::grant_not_allowed, report.credentials_message);
      case CredentialsOutcome::Unverifiable:
      case CredentialsOutcome::Unreachable:
        return set(condition::credentials_verified, ConditionStatus::Unknown, reason::unverifiable,
                   report.credentials_message);
    }
  }

  void set_scopes(const VerificationReport& report) {
    if (report.scopes == ScopesOutcome::Rejected)
      set(condition::scopes_valid, ConditionStatus::False, reason::scopes_rejected_by_provider,
          report.scopes_message);
    else
      set(assessment_.scopes_valid);
  }

  void set_callback(const VerificationReport& report) {
    switch (report.callback) {
      case CallbackOutcome::Accepted:
        return set(condition::callback_registered, ConditionStatus::True, reason::accepted,
                   report.callback_message);
      case CallbackOutcome::Rejected:
        return set(condition::callback_registered, ConditionStatus::False, reason::rejected,
                   report.callback_message);
      case CallbackOutcome::NotCheckable:
        if (callback_moved_) return set_callback_moved();
        return set(condition::callback_registered, ConditionStatus::Unknown, reason::not_checkable,
                   report.callback_message);
      case CallbackOutcome::Unknown:
        // Where the credentials cannot be verified, the callback is not a thing to wait for.
        if (report.credentials == CredentialsOutcome::Unverifiable && !callback_moved_)
          return set(
              condition::callback_registered, ConditionStatus::Unknown, reason::not_checkable,
              report.callback_message.empty() ? text_of(IntegrationMessage::CallbackNotChecked)
                                              : report.callback_message);
        return set_callback_open(IntegrationMessage::CallbackAskedAfterCredentials);
    }
  }

  void set_callback_open(IntegrationMessage id) {
    if (callback_moved_) return set_callback_moved();
    set(condition::callback_registered, ConditionStatus::Unknown, reason::pending, text_of(id));
  }

  // People registered the old address; nobody may find out by an error page that there is a new
  // one.
  void set_callback_moved() {
    const Condition* before = conditions_.before(condition::callback_registered);
    if (before != nullptr && before->reason == reason::callback_url_changed &&
        was_.callback_url == decision_.status.callback_url)
      return set(condition::callback_registered, ConditionStatus::False,
                 reason::callback_url_changed, without_tail(before->message));
    set(condition::callback_registered, ConditionStatus::False, reason::callback_url_changed,
        text_of(IntegrationMessage::CallbackUrlChanged,
                {.url = decision_.status.callback_url, .old_url = was_.callback_url}));
  }

  void append_tail(const std::string& tail) {
    for (const char* type : {condition::credentials_verified, condition::callback_registered,
                             condition::scopes_valid}) {
      const Condition* current = conditions_.now(type);
      if (current == nullptr) continue;
      const bool ours =
          type == condition::credentials_verified || current->status == ConditionStatus::False;
      if (!ours) continue;
      Condition changed = *current;
      changed.message = without_tail(changed.message) + " " + tail;
      set(std::move(changed));
    }
  }

  // The request that this look is about. An answer does not handle a request that came while the
  // provider was being asked: the person's fix may have come too late for it.
  std::string request() const {
    return progress_.report && progress_.request ? *progress_.request : requested_at(integration_);
  }

  void handled() {
    if (!request().empty()) decision_.status.last_handled_reconcile_at = request();
    const std::string latest = requested_at(integration_);
    forced_ = !latest.empty() && latest != decision_.status.last_handled_reconcile_at;
  }

  // Somebody who asks for a verification after the callback URL moved has registered the new one.
  bool acknowledged() const {
    return forced_ || (progress_.attempt && progress_.attempt->acknowledged);
  }

  bool was_verified() const {
    return kept_ && kube::is_true(was_.conditions, condition::credentials_verified);
  }

  static std::string verdict_reasons(const kube::Conditions& conditions) {
    return reason_of(conditions, condition::credentials_verified) + "/" +
           reason_of(conditions, condition::callback_registered) + "/" +
           reason_of(conditions, condition::scopes_valid);
  }

  void set(const char* type, ConditionStatus status, const char* why, std::string message) {
    set({.type = type, .status = status, .reason = why, .message = std::move(message)});
  }
  void set(Condition fresh) { conditions_.set(std::move(fresh)); }

  const api::Integration& integration_;
  const api::IntegrationStatus& was_;
  const Assessment& assessment_;
  const Progress& progress_;
  const net::SystemTime now_;
  bool kept_ = false;        // the status holds a verdict on these very inputs
  bool unreadable_ = false;  // … as far as anybody can know who may not read the Secret
  bool forced_ = false;      // somebody asked for a verification
  bool callback_moved_ = false;
  Decision decision_;
  ConditionWriter conditions_;  // of decision_.status
};

}  // namespace

std::string requested_at(const api::Integration& integration) {
  const auto found = integration.metadata.annotations.find(api::reconcile_requested_at_annotation);
  if (found == integration.metadata.annotations.end()) return "";
  const std::string& value = found->second;
  std::size_t end = std::min(value.size(), kMaxRequest);
  while (end < value.size() && (value[end] & 0xc0) == 0x80) --end;
  return value.substr(0, end);
}

Decision decide(const api::Integration& integration, const Assessment& assessment,
                const Progress& progress, net::SystemTime now) {
  return Deciding(integration, assessment, progress, now).run();
}

std::optional<oauth::Control> known_control(const api::IntegrationStatus& status,
                                            const oauth::InputHash& hash,
                                            const std::optional<Attempt>& attempt) {
  if (attempt && attempt->control) return attempt->control;
  if (!status.verification.control_time ||
      oauth::parse_input_hash(status.verification.input_hash).base != hash.base)
    return std::nullopt;
  const auto method = oauth::parse_method(status.verification.method);
  if (!method) return std::nullopt;
  return oauth::Control{*method, status.verification.control_answer};
}

}  // namespace reconcilers
