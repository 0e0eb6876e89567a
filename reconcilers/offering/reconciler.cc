#include "reconcilers/offering/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"
#include "reconcilers/integration/prerequisites.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/integration/schedule.h"
#include "reconcilers/status_report.h"
#include "reconcilers/status_text.h"

namespace reconcilers {

namespace {

// A line for people where something has changed for them.
void log_written(const net::Logger& log, const api::OfferingStatus& before,
                 const api::OfferingStatus& after) {
  const kube::Condition& was = ready_of(before.conditions);
  const kube::Condition& is = ready_of(after.conditions);
  if (was.status == is.status && was.reason == is.reason &&
      without_tail(was.message) == without_tail(is.message))
    return log.debug("status written", {{"reason", is.reason}});
  log.info("status written", {{"from", was.reason.empty() ? "new" : was.reason},
                              {"ready", is.status == kube::ConditionStatus::True},
                              {"reason", is.reason},
                              {"message", is.message}});
}

}  // namespace

OfferingReconciler::OfferingReconciler(Dependencies dependencies) : use_(std::move(dependencies)) {}

net::Result<kube::ReconcileResult> OfferingReconciler::reconcile(
    const kube::NamespacedName& key, const kube::ReconcileContext& context) {
  const auto cached = use_.offerings.get(key);
  if (!cached) {
    forget(key.name);
    return kube::ReconcileResult{};
  }
  const bool leaving = cached->metadata.being_deleted();
  OfferingView view{.callback_url = callback_url(use_.public_url, key.name),
                    .discovered = std::nullopt,
                    .users = leaving ? served_by(*cached) : 0,
                    .next_try = std::nullopt};
  const bool in_use =
      leaving ? view.users > 0 : use_.integrations.count(integrations_by_offering, key.name) > 0;
  auto settled = settle_finalizer(*cached, in_use, context.stop);
  if (!settled.ok()) {
    // The cache is behind: the version that it lacks is on its way, and brings us here again.
    if (settled.error().code == net::ErrorCode::Conflict) return kube::ReconcileResult{};
    return settled.error();
  }
  if (leaving && !in_use) return kube::ReconcileResult{};  // it is gone

  Known& known = this->known(*cached);
  const View seen = known.status.judge(std::make_shared<const api::Offering>(std::move(*settled)));
  api::Offering offering = seen.object;
  if (!discover(offering, known, view)) return kube::ReconcileResult{};
  const net::SystemTime now = use_.clock.now();
  const OfferingDecision decision = decide(offering, view, now);
  const auto wait = write(seen, known, decision, context);
  if (!wait.ok()) return wait.error();
  if (*wait) return kube::ReconcileResult{.requeue_after = **wait};
  if (view.discovered) use_.desk.forget(offering.metadata.uid);
  if (offering.spec.issuer.empty() || leaving) return kube::ReconcileResult{};
  offering.status = decision.status;
  const net::SystemTime next = view.next_try.value_or(next_discovery(offering, now));
  return kube::ReconcileResult{.requeue_after =
                                   std::max<net::Duration>(next - now, std::chrono::seconds{1})};
}

// The Integrations that its deletion waits for; those of other namespaces than it is for, and those
// that came later, hold nobody up.
std::size_t OfferingReconciler::served_by(const api::Offering& offering) const {
  const auto users = use_.integrations.by_index(integrations_by_offering, offering.metadata.name);
  return static_cast<std::size_t>(std::ranges::count_if(users, [&](const auto& integration) {
    const auto ns = use_.namespaces.get({"", integration->metadata.namespace_});
    return serves(offering, *integration, ns.get());
  }));
}

// A finalizer is there only while it protects something.
net::Result<api::Offering> OfferingReconciler::settle_finalizer(const api::Offering& offering,
                                                                bool in_use, std::stop_token stop) {
  if (in_use && !offering.metadata.being_deleted())
    return kube::ensure_finalizer(use_.client, offering, api::offering_in_use_finalizer, stop);
  if (!in_use)
    return kube::drop_finalizer(use_.client, offering, api::offering_in_use_finalizer, stop);
  return offering;
}

bool OfferingReconciler::discover(const api::Offering& offering, Known& known, OfferingView& view) {
  const net::SystemTime now = use_.clock.now();
  if (known.failure && known.failure->holds(offering.metadata.generation, now)) {
    view.next_try = known.failure->next;
    // An answer that could not be written yet.
    view.discovered = use_.desk.state(offering.metadata).found;
    return true;
  }
  if (!discovery_due(offering, now)) {
    use_.desk.forget(offering.metadata.uid);
    return true;
  }
  auto state = use_.desk.state(offering.metadata);
  if (!state.found) {
    if (!state.running) use_.desk.start(offering);
    return false;
  }
  view.discovered = std::move(state.found);
  const bool sound = view.discovered->ok() && !objection(offering.spec, **view.discovered);
  if (sound)
    known.failure.reset();
  else
    remember_failure(offering, known, view);
  return true;
}

void OfferingReconciler::remember_failure(const api::Offering& offering, Known& known,
                                          OfferingView& view) const {
  const net::SystemTime now = use_.clock.now();
  const std::int64_t generation = offering.metadata.generation;
  const bool again = known.failure && known.failure->generation == generation;
  const int count = again ? known.failure->count + 1 : 1;
  net::Duration wait = unreachable_backoff(count, offering.metadata.uid);
  if (!view.discovered->ok() && view.discovered->error().retry_after)
    wait = std::max<net::Duration>(wait, *view.discovered->error().retry_after);
  const net::SystemTime next =
      std::chrono::time_point_cast<std::chrono::seconds>(now + wait) + std::chrono::seconds{1};
  known.failure = {.count = count, .generation = generation, .tried = now, .next = next};
  view.next_try = next;
}

net::Result<std::optional<net::Duration>> OfferingReconciler::write(
    const View& view, Known& known, const OfferingDecision& decision,
    const kube::ReconcileContext& context) {
  using Wait = std::optional<net::Duration>;
  const api::OfferingStatus& shown = view.shown->status;
  const kube::ObjectMeta& metadata = view.object.metadata;
  const net::SteadyTime now = use_.clock.steady();
  if (!known.status.worth_writing(shown, decision.status, now)) {
    if (same_status(shown, decision.status)) known.status.confirm(view.shown);
    return Wait{};
  }
  if (view.overwritten) {
    const net::Duration wait = known.status.rewrite_in(now);
    if (wait > net::Duration::zero()) return Wait{wait};
  }
  auto written = use_.client.apply<api::Offering>(
      metadata.key(), metadata.uid, "status",
      {{"metadata", {{"resourceVersion", metadata.resource_version}}}, {"status", decision.status}},
      use_.field_manager, context.stop);
  if (!written.ok()) {
    if (written.error().code == net::ErrorCode::NotFound) return Wait{};
    if (written.error().code == net::ErrorCode::Conflict) return Wait{kCacheIsBehind};
    return written.error();
  }
  const kube::ObjectReference about = kube::reference_to(view.object);
  if (view.overwritten) {
    known.status.rewrote(now);
    use_.events.event(about, kube::EventType::Warning, api::event::status_overwritten,
                      "WriteStatus",
                      overwritten_note("offerings.oauth.integrations.dev " + metadata.name));
    context.log.warn(kOverwrittenLine);
  }
  known.status.wrote(std::move(*written), now);
  for (const EventIntent& event : decision.events)
    use_.events.event(about, event.type, event.reason, "Discover", event.note,
                      without_tail(event.note));
  log_written(context.log, shown, decision.status);
  return Wait{};
}

// What is remembered of a namesake from before a deletion that went unseen is dropped.
OfferingReconciler::Known& OfferingReconciler::known(const api::Offering& offering) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[offering.metadata.name];
  if (known.uid == offering.metadata.uid) return known;
  if (!known.uid.empty()) use_.desk.forget(known.uid);
  known = Known{};
  known.uid = offering.metadata.uid;
  return known;
}

void OfferingReconciler::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(name);
  if (found == known_.end()) return;
  use_.desk.forget(found->second.uid);
  known_.erase(found);
}

}  // namespace reconcilers
