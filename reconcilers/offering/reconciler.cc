#include "reconcilers/offering/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"
#include "reconcilers/common/backoff.h"
#include "reconcilers/common/callback_url.h"
#include "reconcilers/common/indexes.h"
#include "reconcilers/common/serving.h"

namespace reconcilers {

OfferingReconciler::OfferingReconciler(Dependencies dependencies)
    : use_(std::move(dependencies)),
      writer_(use_.client, use_.events, use_.clock, use_.field_manager, "Discover"),
      memory_([this](const std::string& uid) { use_.desk.forget(uid); }) {}

net::Result<kube::ReconcileResult> OfferingReconciler::reconcile(
    const kube::NamespacedName& key, const kube::ReconcileContext& context) {
  const auto cached = use_.offerings.get(key);
  if (!cached) {
    memory_.forget(key);
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

  Known& known = memory_.of(key, cached->metadata.uid);
  const View seen = known.status.judge(std::make_shared<const api::Offering>(std::move(*settled)));
  api::Offering offering = seen.object;
  if (!discover(offering, known, view)) return kube::ReconcileResult{};
  const net::SystemTime now = use_.clock.now();
  const OfferingDecision decision = decide(offering, view, now);
  const net::Logger log = context.log.with(
      {{"ready", kube::is_true(decision.status.conditions, api::condition::ready)}});
  const auto wait = writer_.write(seen, known.status, decision, log, context.stop);
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
    view.discovered = use_.desk.state(offering.metadata).result;
    return true;
  }
  if (!discovery_due(offering, now)) {
    use_.desk.forget(offering.metadata.uid);
    return true;
  }
  auto state = use_.desk.state(offering.metadata);
  if (!state.result) {
    if (!state.running_since) use_.desk.start(offering);
    return false;
  }
  view.discovered = std::move(state.result);
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

}  // namespace reconcilers
