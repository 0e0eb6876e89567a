#include "reconcilers/offering/reconciler.h"

#include <algorithm>
#include <utility>

#include "oauth/discovery.h"
#include "reconcilers/integration/reconciler.h"
#include "reconcilers/integration/schedule.h"
#include "reconcilers/series_key.h"

namespace reconcilers {

OfferingReconciler::OfferingReconciler(Dependencies dependencies) : use_(std::move(dependencies)) {}

net::Result<kube::ReconcileResult> OfferingReconciler::reconcile(
    const kube::NamespacedName& key, const kube::ReconcileContext& context) {
  const auto cached = use_.offerings.get(key);
  if (!cached) {
    std::lock_guard lock(mutex_);
    failures_.erase(key.name);
    return kube::ReconcileResult{};
  }
  OfferingView view{.callback_url = callback_url(use_.public_url, key.name),
                    .discovered = std::nullopt,
                    .users = users_of(key.name),
                    .next_try = std::nullopt};
  auto settled = settle_finalizer(*cached, !view.users.empty(), context.stop);
  if (!settled.ok()) {
    // The cache is behind: the version that it lacks is on its way, and brings us here again.
    if (settled.error().code == net::ErrorCode::Conflict) return kube::ReconcileResult{};
    return settled.error();
  }
  api::Offering& offering = *settled;
  if (offering.metadata.being_deleted() && view.users.empty())
    return kube::ReconcileResult{};  // it is gone
  offering.status = memory_.latest(cached->metadata, cached->status);

  discover(offering, view, context.stop);
  if (context.stop.stop_requested()) return kube::ReconcileResult{};
  const net::SystemTime now = use_.clock.now();
  OfferingDecision decision = decide(offering, view, now);
  if (decision.status != offering.status) {
    auto written = use_.client.apply<api::Offering>(key, offering.metadata.uid, "status",
                                                    {{"status", decision.status}},
                                                    use_.field_manager, context.stop);
    if (!written.ok()) {
      if (written.error().code == net::ErrorCode::NotFound) return kube::ReconcileResult{};
      return written.error();
    }
    memory_.wrote(written->metadata, written->status);
    for (const EventIntent& event : decision.events)
      use_.events.event(kube::reference_to(offering), event.type, event.reason, "Discover",
                        event.note, series_key(event.note));
    context.log.info("status written",
                     {{"ready", kube::is_true(decision.status.conditions, "Ready")}});
  }
  if (offering.spec.issuer.empty() || offering.metadata.being_deleted())
    return kube::ReconcileResult{};
  offering.status = decision.status;
  const net::SystemTime next = view.next_try.value_or(next_discovery(offering, now));
  return kube::ReconcileResult{.requeue_after =
                                   std::max<net::Duration>(next - now, std::chrono::seconds{1})};
}

std::vector<std::string> OfferingReconciler::users_of(const std::string& offering) const {
  std::vector<std::string> users;
  for (const auto& integration : use_.integrations.by_index(integrations_by_offering, offering))
    users.push_back(integration->metadata.key().to_string());
  return users;
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

void OfferingReconciler::discover(const api::Offering& offering, OfferingView& view,
                                  std::stop_token stop) {
  const std::string& name = offering.metadata.name;
  const net::SystemTime now = use_.clock.now();
  {
    std::lock_guard lock(mutex_);
    const auto failure = failures_.find(name);
    if (failure != failures_.end() && failure->second.is_about(offering.metadata) &&
        now < failure->second.next) {
      view.next_try = failure->second.next;
      return;
    }
  }
  if (!discovery_due(offering, now)) return;
  view.discovered = oauth::discover(offering.spec.issuer, offering.spec.ca_bundle, use_.allow_http,
                                    use_.http, use_.clock, stop);
  const bool sound = view.discovered->ok() && !objection(offering.spec, **view.discovered);
  std::lock_guard lock(mutex_);
  if (sound) {
    failures_.erase(name);
    return;
  }
  Failure& failure = failures_[name];
  failure.count = failure.is_about(offering.metadata) ? failure.count + 1 : 1;
  failure.uid = offering.metadata.uid;
  failure.generation = offering.metadata.generation;
  net::Duration wait = unreachable_backoff(failure.count, offering.metadata.uid);
  if (!view.discovered->ok() && view.discovered->error().retry_after)
    wait = std::max<net::Duration>(wait, *view.discovered->error().retry_after);
  failure.next =
      std::chrono::time_point_cast<std::chrono::seconds>(now + wait) + std::chrono::seconds{1};
  view.next_try = failure.next;
}

}  // namespace reconcilers
