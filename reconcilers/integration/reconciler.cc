#include "reconcilers/integration/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"
#include "reconcilers/integration/assess.h"
#include "reconcilers/integration/credentials.h"
#include "reconcilers/integration/prerequisites.h"

namespace reconcilers {

namespace {

std::string secret_index_key(const api::Integration& integration) {
  return integration.metadata.namespace_ + "/" + integration.spec.credentials_secret_ref.name;
}

}  // namespace

void add_integration_indexes(kube::Store<api::Integration>& store) {
  using Keys = std::vector<std::string>;
  store.add_index(integrations_by_offering,
                  [](const api::Integration& i) { return Keys{i.spec.offering}; });
  store.add_index(integrations_by_secret,
                  [](const api::Integration& i) { return Keys{secret_index_key(i)}; });
  store.add_index(integrations_by_namespace,
                  [](const api::Integration& i) { return Keys{i.metadata.namespace_}; });
}

std::string callback_url(const std::string& public_url, const std::string& offering) {
  return public_url + "/oauth/callback/" + offering;
}

IntegrationReconciler::IntegrationReconciler(Dependencies dependencies,
                                             std::function<net::SecretString()> hash_key)
    : use_(std::move(dependencies)), hash_key_(std::move(hash_key)) {}

net::Result<kube::ReconcileResult> IntegrationReconciler::reconcile(
    const kube::NamespacedName& key, const kube::ReconcileContext& context) {
  const auto cached = use_.integrations.get(key);
  if (!cached || cached->metadata.being_deleted()) {
    forget(key);
    return kube::ReconcileResult{};
  }
  api::Integration integration = *cached;
  integration.status = memory_.latest(cached->metadata, cached->status);
  const std::string& uid = integration.metadata.uid;
  follow(key, uid);
  if (is_paused(integration)) {
    use_.desk.forget(uid);  // an answer would be an old one by the time that somebody looks at it
    return kube::ReconcileResult{};
  }

  const auto offering = use_.offerings.get({"", integration.spec.offering});
  if (offering && offering->status.observed_generation >= 0 && offering_in_transition(*offering))
    return kube::ReconcileResult{};
  auto picture = look_at(integration, offering.get(), context.stop);
  if (!picture.ok()) return picture.error();
  const Assessment& assessment = picture->assessment;

  Progress progress;
  if (assessment.hash) {
    auto known = use_.desk.state(uid, assessment.hash->full);
    progress = {.running_since = known.running_since,
                .report = std::move(known.report),
                .answered = known.answered,
                .request = std::move(known.request),
                .attempt = attempt(uid, assessment.hash),
                .silent_until = known.silent_until,
                .sign_ins_until = known.sign_ins_until};
  } else {
    use_.desk.forget(uid);
  }
  const net::SystemTime now = use_.clock.now();
  const Decision decision = decide(integration, assessment, progress, now);

  if (!decision.hold && decision.status != integration.status) {
    const net::Status written = write(integration, decision, context);
    if (!written.ok()) return written.error();
  }
  remember(uid, decision.attempt);
  measure(integration, progress, decision);
  if (progress.report) use_.desk.forget(uid, assessment.hash->full);
  if (decision.verify) {
    use_.desk.start(uid, key, order(cached, offering, integration.status, *picture, decision));
    context.log.debug("asking the provider");
  }
  kube::ReconcileResult result;
  if (decision.wake)
    result.requeue_after =
        std::max<net::Duration>(*decision.wake - now, std::chrono::milliseconds{1});
  // The verdict of what starts now wakes us; only if it takes longer than that is there something
  // to say before it.
  else if (decision.verify)
    result.requeue_after = std::chrono::seconds{1};
  return result;
}

// What waits holds the objects of the caches, which are there anyway, and not the credentials: they
// are read when its turn comes.
VerificationOrder IntegrationReconciler::order(
    const std::shared_ptr<const api::Integration>& integration,
    const std::shared_ptr<const api::Offering>& offering, const api::IntegrationStatus& status,
    const Picture& picture, const Decision& decision) {
  const oauth::VerificationRequest& asked = *picture.request;
  const oauth::InputHash& hash = *picture.assessment.hash;
  const auto control = known_control(status, hash, decision.attempt);
  const bool accepted = !status.client_id.empty() && status.client_id == asked.client_id;
  VerificationOrder order{.hash = hash.full,
                          .keys = oauth::sign_in_keys(asked, hash_key_()),
                          .host = oauth::host_asked(asked.provider),
                          .may_fail = oauth::sign_ins_that_may_fail(asked),
                          .trusted = accepted || control.has_value(),
                          .on_request = decision.on_request,
                          .request = requested_at(*integration),
                          .make_request = {}};
  order.make_request = [this, integration, offering, control, accepted, full = hash.full](
                           std::stop_token stop) -> net::Result<oauth::VerificationRequest> {
    auto now = look_at(*integration, offering.get(), std::move(stop));
    if (!now.ok()) return now.error();
    if (!now->assessment.hash || now->assessment.hash->full != full)
      return net::Error{net::ErrorCode::Conflict, "its inputs have changed meanwhile"};
    now->request->control = control;
    now->request->client_id_is_public = accepted;
    return std::move(*now->request);
  };
  return order;
}

net::Result<Picture> IntegrationReconciler::look_at(const api::Integration& integration,
                                                    const api::Offering* offering,
                                                    std::stop_token stop) {
  auto secret = read_secret(integration, stop);
  if (!secret.ok()) return secret.error();
  const auto ns = use_.namespaces.get({"", integration.metadata.namespace_});
  return assess(integration, offering, ns.get(),
                read_credentials(integration, secret->has_value() ? &**secret : nullptr),
                callback_url(use_.public_url, integration.spec.offering), hash_key_());
}

// The metadata cache says whether it is there; its values are read when needed, and forgotten at
// once.
net::Result<std::optional<kube::Secret>> IntegrationReconciler::read_secret(
    const api::Integration& integration, std::stop_token stop) {
  const kube::NamespacedName name{integration.metadata.namespace_,
                                  integration.spec.credentials_secret_ref.name};
  if (!use_.secrets.get(name)) return std::optional<kube::Secret>{};
  auto secret = use_.client.get<kube::Secret>(name, stop);
  if (secret.ok()) return std::optional<kube::Secret>{std::move(*secret)};
  if (secret.error().code == net::ErrorCode::NotFound) return std::optional<kube::Secret>{};
  return secret.error();
}

net::Status IntegrationReconciler::write(const api::Integration& integration,
                                         const Decision& decision,
                                         const kube::ReconcileContext& context) {
  auto written = use_.client.apply<api::Integration>(
      integration.metadata.key(), integration.metadata.uid, "status", {{"status", decision.status}},
      use_.field_manager, context.stop);
  if (!written.ok()) {
    // Deleted meanwhile: its deletion comes as an event of its own.
    if (written.error().code == net::ErrorCode::NotFound) return {};
    return written.error();
  }
  memory_.wrote(written->metadata, written->status);
  for (const EventIntent& event : decision.events)
    use_.events.event(kube::reference_to(integration), event.type, event.reason, "Verify",
                      event.note);
  context.log.info(
      "status written",
      {{"phase", to_string(decision.status.phase)},
       {"reason",
        kube::find_condition(decision.status.conditions, api::condition::ready)->reason}});
  return {};
}

// Once for each report: it is forgotten right after this. What was verified before a restart counts
// as soon as its Integration is looked at.
void IntegrationReconciler::measure(const api::Integration& integration, const Progress& progress,
                                    const Decision& decision) {
  const std::string& offering = integration.spec.offering;
  if (progress.report && !progress.report->cancelled)
    use_.metrics.verdict(offering, progress.report->method,
                         verdict_reason(*progress.report, decision));
  const api::IntegrationStatus& status = decision.status;
  if (kube::is_true(status.conditions, api::condition::credentials_verified) &&
      status.verification.time && use_.offerings.get({"", offering}))
    use_.metrics.verified(offering, *status.verification.time);
}

std::optional<Attempt> IntegrationReconciler::attempt(const std::string& uid,
                                                      const std::optional<oauth::InputHash>& hash) {
  std::lock_guard lock(mutex_);
  const auto found = attempts_.find(uid);
  if (found == attempts_.end() || !hash || found->second.hash != hash->full) return std::nullopt;
  return found->second;
}

void IntegrationReconciler::remember(const std::string& uid,
                                     const std::optional<Attempt>& attempt) {
  std::lock_guard lock(mutex_);
  if (attempt)
    attempts_[uid] = *attempt;
  else
    attempts_.erase(uid);
}

// What is remembered of a namesake from before a deletion that went unseen is dropped.
void IntegrationReconciler::follow(const kube::NamespacedName& key, const std::string& uid) {
  {
    std::lock_guard lock(mutex_);
    const auto [entry, added] = uids_.try_emplace(key, uid);
    if (added || entry->second == uid) return;
  }
  forget(key);
  std::lock_guard lock(mutex_);
  uids_[key] = uid;
}

void IntegrationReconciler::forget(const kube::NamespacedName& key) {
  std::string uid;
  {
    std::lock_guard lock(mutex_);
    const auto found = uids_.find(key);
    if (found == uids_.end()) return;
    uid = found->second;
    uids_.erase(found);
    attempts_.erase(uid);
  }
  memory_.forget(uid);
  use_.desk.forget(uid);
}

}  // namespace reconcilers
