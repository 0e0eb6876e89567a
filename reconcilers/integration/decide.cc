#include "reconcilers/integration/decide.h"

#include <algorithm>

#include "api/conditions.h"
#include "net/time_format.h"
#include "reconcilers/common/backoff.h"
#include "reconcilers/common/condition_writer.h"
#include "reconcilers/common/status_text.h"
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

std::string at(net::SystemTime time) { return net::format_rfc3339(time); }

void earlier(std::optional<net::SystemTime>& wake, net::SystemTime time) {
  if (!wake || time < *wake) wake = time;
}

// One decision under way: what was, what is known, and what will be.
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
  // What was known stays, but for what this decision changes.
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
        "Not asked yet: the conditions before this one come first.");
    set_callback_open("Not asked yet: the conditions before this one come first.");
    handled();
  }

  // Did the provider answer? No answer about the callback, where one is wanted, leaves the verdict
  // open too.
  bool answered() const {
    if (!progress_.report || progress_.report->cancelled) return false;
    const VerificationReport& report = *progress_.report;
    if (report.credentials == CredentialsOutcome::Unreachable) return false;
    if (is_first_refusal(report)) return false;
    // What was proven of these very inputs is not disproven by an answer that proves nothing: a
    // maintenance page, an address that moved.
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

    // In whole seconds, as the status keeps them: what is decided by them now is decided by them
    // later. And never later than now: a clock may have been set back.
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
    append_tail(" Next check at " + at(due) + ".");
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
      append_tail(" Unconfirmed since " + at(*progress_.running_since) + ": " +
                  waits_for_sign_ins(*progress_.sign_ins_until));
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
      attempt.message += " It accepted them before, so this is believed if it is repeated.";
    }
    attempt.acknowledged = attempt.acknowledged || forced_;
    attempt.tried = now_;
    attempt.next = std::chrono::time_point_cast<seconds>(now_ + wait) + seconds{1};
    decision_.attempt = std::move(attempt);
    handled();
  }

  void say_open() {
    if (decision_.attempt && !progress_.sign_ins_until) {
      const std::string message =
          "The provider could not be asked: " + decision_.attempt->message + next_tries();
      set(condition::credentials_verified, ConditionStatus::Unknown, reason::provider_unreachable,
          message);
    } else {
      set(condition::credentials_verified, ConditionStatus::Unknown, reason::pending, why_open());
    }
    set_callback_open("Asked together with the credentials.");
  }

  std::string why_open() const {
    if (progress_.silent_until)
      return "The provider asked the operator to wait (Retry-After). The operator asks it at " +
             at(*progress_.silent_until) + ".";
    if (progress_.sign_ins_until)
      return "Not asked yet: " + waits_for_sign_ins(*progress_.sign_ins_until);
    return "The provider is being asked.";
  }

  // The same to everybody who names this client, whoever caused it.
  static std::string waits_for_sign_ins(net::SystemTime until) {
    return "too many sign-ins with this client id have failed at the provider within ten minutes, "
           "and more might lock the client out. Wait. Next check at " +
           at(until) + " at the earliest.";
  }

  void say_unconfirmed() {
    append_tail(" Unconfirmed since " + at(decision_.attempt->since) + ": " +
                decision_.attempt->message + next_tries());
  }

  // This stays in the status while more tries fail (StatusMemory::worth_writing), so it says what
  // comes after the next one.
  std::string next_tries() const {
    return " Next check at " + at(decision_.attempt->next) +
           ", then at growing intervals of up to 5 minutes.";
  }

  // Whether to ask now, and else when to look again.
  void plan() {
    if (progress_.running_since) {
      const net::SystemTime until = *progress_.running_since + kHold;
      // One that began in the future was dated by a clock that was wrong.
      const bool fresh = *progress_.running_since <= now_ && now_ < until;
      decision_.hold = may_hold() && fresh;
      // What waits has something to say, some day: looked for ever more seldom.
      earlier(decision_.wake,
              fresh ? until
                    : now_ + std::max<net::Duration>(seconds{10}, now_ - *progress_.running_since));
      breaks_silence();
      return;
    }
    net::SystemTime when = now_;
    // A try in the future was dated by a clock that was wrong: the next one is due.
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

  // What waits for the end of a silence was started before this request came.
  void breaks_silence() {
    const bool knew = !progress_.request || *progress_.request == requested_at(integration_);
    if (!progress_.silent_until || !forced_ || knew) return;
    decision_.verify = true;
    decision_.on_request = true;
  }

  // Where the status says Stalled of this very generation, somebody has mended the Secret or the
  // Offering: who looks at health meanwhile (kstatus: Failed) would give up on what is mended.
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
        if (report.secret_key != integration_.spec.credentials_secret_ref.client_secret_key)
          return set(
              condition::credentials_verified, ConditionStatus::True,
              reason::verified_with_previous_secret,
              report.credentials_message + " " + report.refused_key_message +
                  " The previous secret carries the Integration over: put the right one in place.");
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
          return set(condition::callback_registered, ConditionStatus::Unknown,
                     reason::not_checkable,
                     report.callback_message.empty()
                         ? "Not checked, since the credentials could not be verified."
                         : report.callback_message);
        return set_callback_open("Asked once the credentials and the scopes are accepted.");
    }
  }

  void set_callback_open(const std::string& message) {
    if (callback_moved_) return set_callback_moved();
    set(condition::callback_registered, ConditionStatus::Unknown, reason::pending, message);
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
        "The callback URL was " + was_.callback_url + " and is now " +
            decision_.status.callback_url +
            ". Register the new one at the provider; then set the annotation " +
            api::reconcile_requested_at_annotation + " to the present time to say so.");
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
      changed.message = without_tail(changed.message) + tail;
      set(std::move(changed));
    }
  }

  // The request that this look is about. What a person asks for while the provider is being asked
  // is not answered by that answer: what he mended may have come too late for it.
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
