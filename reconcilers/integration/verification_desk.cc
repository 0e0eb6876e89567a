#include "reconcilers/integration/verification_desk.h"

#include <memory>
#include <utility>

#include "net/thrown.h"

namespace reconcilers {

VerificationDesk::VerificationDesk(oauth::CallScheduler& scheduler, net::HttpClient& http,
                                   net::Clock& clock,
                                   std::function<void(const kube::NamespacedName&)> done)
    : scheduler_(scheduler), http_(http), clock_(clock), done_(std::move(done)), memory_(clock) {}

VerificationDesk::State VerificationDesk::state(const std::string& uid, const std::string& hash) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end()) return {};
    if (found->second.hash == hash) return told(uid, found->second);
    entries_.erase(found);
  }
  scheduler_.cancel(uid);
  return {};
}

// Worked out once for each time that it waits: what is told twice is the same to the second, and no
// reason to write a status.
VerificationDesk::State VerificationDesk::told(const std::string& uid, Entry& entry) const {
  State& state = entry.state;
  const auto waiting = state.running_since ? scheduler_.waiting(uid) : std::nullopt;
  const auto why = waiting ? waiting->why : oauth::Waiting::Why::Turn;
  const net::SystemTime now = clock_.now();
  const auto tell = [&](std::optional<net::SystemTime>& until, oauth::Waiting::Why reason) {
    if (why != reason) return until.reset();
    if (!until || *until <= now) until = now + waiting->at_least;
  };
  tell(state.silent_until, oauth::Waiting::Why::RetryAfter);
  tell(state.sign_ins_until, oauth::Waiting::Why::FailedSignIns);
  return state;
}

void VerificationDesk::start(const std::string& uid, const kube::NamespacedName& key,
                             VerificationOrder order) {
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[uid] = {.hash = order.hash, .state = {}};
    entry.state.running_since = clock_.now();
    entry.state.request = order.request;
  }
  scheduler_.cancel(uid);
  oauth::ProviderWork work{.key = uid,
                           .host = order.host,
                           .client = order.keys.client,
                           .tenant = key.namespace_,
                           .may_fail = order.may_fail,
                           .trusted = order.trusted,
                           .requested = order.on_request,
                           .run = {}};
  const auto shared = std::make_shared<const VerificationOrder>(std::move(order));
  work.run = [this, uid, key, shared](std::stop_token stop) {
    return run(uid, key, *shared, std::move(stop));
  };
  scheduler_.submit(std::move(work));
}

oauth::CallsMade VerificationDesk::run(const std::string& uid, const kube::NamespacedName& key,
                                       const VerificationOrder& order, std::stop_token stop) {
  constexpr oauth::CallsMade kNone{.any = false, .retry_after = std::nullopt, .failed_sign_ins = 0};
  // Somebody who asks has mended something at the provider, perhaps.
  if (auto refusal = memory_.refusal(order.keys.sign_in, uid); refusal && !order.on_request) {
    finish(uid, order.hash, std::move(*refusal));
    done_(key);
    return kNone;
  }
  auto request = order.make_request(stop);
  if (!request.ok()) {
    if (stop.stop_requested()) return kNone;
    drop(uid, order.hash);
    done_(key);
    return kNone;
  }
  oauth::VerificationReport report = ask(uid, order, std::move(*request), stop);
  const oauth::CallsMade made{
      .any = true, .retry_after = report.retry_after, .failed_sign_ins = report.failed_sign_ins};
  if (!report.cancelled) {
    finish(uid, order.hash, std::move(report));
    done_(key);
  }
  return made;
}

// A control of the same client that another Integration has just made is as good as an own one, and
// is recorded like it.
oauth::VerificationReport VerificationDesk::ask(const std::string& uid,
                                                const VerificationOrder& order,
                                                oauth::VerificationRequest request,
                                                std::stop_token stop) {
  const bool has_own = request.control.has_value();
  if (!has_own) request.control = memory_.control(order.keys.control);
  oauth::VerificationReport report = verify(request, std::move(stop));
  if (report.cancelled) return report;
  memory_.learn(order.keys, uid, report);
  if (!has_own && request.control && report.credentials == oauth::CredentialsOutcome::Verified &&
      report.method == request.control->method && !report.controls_made) {
    report.controls_made = true;
    report.control_answer = request.control->answer;
  }
  return report;
}

// The edge for exceptions: over a provider's text, nothing that a library throws may end the
// process. The log has the type alone, since the text may quote a secret.
oauth::VerificationReport VerificationDesk::verify(const oauth::VerificationRequest& request,
                                                   std::stop_token stop) {
  try {
    return oauth::verify(request, http_, clock_, std::move(stop));
  } catch (...) {
    log_.error("the verification threw", {{"thrown", net::thrown_type()}});
  }
  oauth::VerificationReport report;  // Unreachable: tried again, with backoff
  report.credentials_message = "an internal error while its answer was read (please report this).";
  return report;
}

void VerificationDesk::finish(const std::string& uid, const std::string& hash,
                              oauth::VerificationReport report) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(uid);
  if (found == entries_.end() || found->second.hash != hash) return;
  State& state = found->second.state;
  state.running_since.reset();
  state.report = std::move(report);
  state.answered = clock_.now();
}

void VerificationDesk::drop(const std::string& uid, const std::string& hash) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(uid);
  if (found != entries_.end() && found->second.hash == hash) entries_.erase(found);
}

void VerificationDesk::forget(const std::string& uid, const std::optional<std::string>& hash) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(uid);
    if (found == entries_.end() || (hash && found->second.hash != *hash)) return;
    entries_.erase(found);
  }
  scheduler_.cancel(uid);
}

}  // namespace reconcilers
