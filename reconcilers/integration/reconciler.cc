#include "reconcilers/integration/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"
#include "net/crypto.h"
#include "reconcilers/common/backoff.h"
#include "reconcilers/common/callback_url.h"
#include "reconcilers/integration/assess.h"
#include "reconcilers/integration/credentials.h"
#include "reconcilers/integration/messages.h"
#include "reconcilers/integration/prerequisites.h"

namespace reconcilers {

namespace {

// Returns a digest of all inputs of a verification but the Secret. The lengths keep the parts
// apart.
std::string digest_of_inputs(const api::Integration& integration, const api::Offering* offering,
                             const kube::Namespace* ns, const std::string& callback_url) {
  std::string text;
  const auto add = [&](const std::string& part) {
    text += std::to_string(part.size()) + ":" + part;
  };
  add(std::to_string(integration.metadata.generation));
  add(callback_url);
  if (offering != nullptr) {
    add(offering->metadata.uid);
    add(std::to_string(offering->metadata.generation));
    const oauth::Endpoints& endpoints = offering->status.endpoints;
    for (const std::string* url :
         {&endpoints.authorization, &endpoints.token, &endpoints.revocation,
          &endpoints.introspection, &endpoints.pushed_authorization_request, &endpoints.user_info})
      add(*url);
    add(kube::to_string(offering_available(integration, offering, ns).status));
    add(kube::to_string(scopes_valid(integration, *offering).status));
  }
  return net::sha256(text);
}

}  // namespace

struct IntegrationReconciler::Visit {
  const kube::NamespacedName& key;
  const kube::ReconcileContext& context;
  Known& known;
  StatusMemory<api::Integration>::View view;
  std::shared_ptr<const kube::Namespace> ns = nullptr;
  Offering offering = nullptr;

  const api::Integration& integration() const { return view.object; }
  const std::string& uid() const { return view.object.metadata.uid; }
};

IntegrationReconciler::IntegrationReconciler(Dependencies dependencies,
                                             std::function<net::SecretString()> hash_key)
    : use_(std::move(dependencies)),
      hash_key_(std::move(hash_key)),
      secrets_(use_.client, use_.clock),
      writer_(use_.client, use_.events, use_.clock, use_.field_manager, "Verify"),
      memory_([this](const std::string& uid) { use_.desk.forget(uid); }) {}

net::Result<kube::ReconcileResult> IntegrationReconciler::reconcile(
    const kube::NamespacedName& key, const kube::ReconcileContext& context) {
  const auto cached = use_.integrations.get(key);
  if (!cached || cached->metadata.being_deleted()) {
    memory_.forget(key);
    return kube::ReconcileResult{};
  }
  Known& known = memory_.of(key, cached->metadata.uid);
  report_unknown_pause(*cached, known);
  if (is_paused(*cached)) {
    // An answer would be an old one by the time that somebody looks at it.
    use_.desk.forget(cached->metadata.uid);
    return kube::ReconcileResult{};
  }
  Visit now{key, context, known, known.status.judge(cached)};
  return visit(now);
}

net::Result<kube::ReconcileResult> IntegrationReconciler::visit(Visit& visit) {
  auto offering = find_offering(visit);
  if (!offering.ok()) return offering.error();
  visit.offering = *offering;
  visit.ns = use_.namespaces.get({"", visit.key.namespace_});
  if (visit.offering) {
    const api::Offering& found = *visit.offering;
    if (found.status.observed_generation >= 0 && offering_in_transition(found))
      return kube::ReconcileResult{};
    // It exists, or the Integration would not: the cache is behind, and a missing label no fact.
    if (!visit.ns && found.spec.allowed_namespaces.from == api::NamespacesFrom::Selector)
      return kube::ReconcileResult{.requeue_after = kCacheIsBehind};
  }
  auto picture = look_at(visit, false);
  if (!picture.ok()) return picture.error();
  Progress progress = progress_of(visit, picture->assessment);
  net::SystemTime now = use_.clock.now();
  Decision decision = decide(visit.integration(), picture->assessment, progress, now);
  const bool lacks_client_id = progress.report && picture->assessment.client_id.empty();
  if (picture->assessment.hash && !picture->request && (decision.verify || lacks_client_id)) {
    picture = look_at(visit, true);
    if (!picture.ok()) return picture.error();
    progress = progress_of(visit, picture->assessment);
    now = use_.clock.now();
    decision = decide(visit.integration(), picture->assessment, progress, now);
  }
  return settle(visit, *picture, progress, decision, now);
}

// An Offering that the cache does not have may be on its way: the operator believes the API server
// alone. It lists one, since a list needs no other right than the cache does.
net::Result<IntegrationReconciler::Offering> IntegrationReconciler::find_offering(
    const Visit& visit) {
  const std::string& name = visit.integration().spec.offering;
  Offering cached = use_.offerings.get({"", name});
  if (cached) visit.known.offering_absent = false;
  if (cached || visit.known.offering_absent) return cached;
  auto found = use_.client.list<api::Offering>(
      {.field_selector = "metadata.name=" + name, .limit = 1}, visit.context.stop);
  if (!found.ok()) return found.error();
  visit.known.offering_absent = found->items.empty();
  if (found->items.empty()) return Offering{};
  return std::make_shared<const api::Offering>(std::move(found->items.front()));
}

SecretIdentity IntegrationReconciler::seen_secret(const api::Integration& integration) const {
  const auto secret = use_.secrets.get(
      {integration.metadata.namespace_, integration.spec.credentials_secret_ref.name});
  if (!secret) return {};
  return {secret->metadata.uid, secret->metadata.resource_version};
}

net::Result<Picture> IntegrationReconciler::look_at(const Visit& visit, bool afresh) {
  Look look;
  look.seen = seen_secret(visit.integration());
  look.inputs = digest_of_inputs(visit.integration(), visit.offering.get(), visit.ns.get(),
                                 callback_url(use_.public_url, visit.integration().spec.offering));
  const std::optional<Look>& last = visit.known.look;
  if (!afresh && last && last->holds(look.seen, look.inputs, use_.clock.steady()))
    return remembered(visit);
  return read_anew(visit, std::move(look));
}

Picture IntegrationReconciler::remembered(const Visit& visit) const {
  const Look& look = *visit.known.look;
  Picture picture = assess(visit.integration(), visit.offering.get(), visit.ns.get(),
                           {std::nullopt, look.credentials_present},
                           callback_url(use_.public_url, visit.integration().spec.offering), {});
  picture.assessment.hash = look.hash;
  picture.assessment.client_id = look.client_id.reveal();
  return picture;
}

// The metadata cache says whether it is there; its values are read when needed.
net::Result<SecretReader::Pointer> IntegrationReconciler::read_secret(
    const api::Integration& integration, const SecretIdentity& seen, std::stop_token stop) {
  const kube::NamespacedName name{integration.metadata.namespace_,
                                  integration.spec.credentials_secret_ref.name};
  return secrets_.read({.name = name, .uid = seen.uid, .version = seen.version}, std::move(stop));
}

net::Result<Picture> IntegrationReconciler::read_anew(const Visit& visit, Look look) {
  const api::Integration& integration = visit.integration();
  auto secret = read_secret(integration, look.seen, visit.context.stop);
  CredentialsReading reading;
  if (secret.ok()) {
    visit.known.refusals = 0;
    if (*secret != nullptr)
      look.read = {(*secret)->metadata.uid, (*secret)->metadata.resource_version};
    reading = read_credentials(integration, secret->get());
  } else if (secret.error().code == net::ErrorCode::Forbidden) {
    look.until = use_.clock.steady() + unreachable_backoff(++visit.known.refusals, visit.uid());
    reading = not_permitted(integration, secret.error().message);
  } else {
    return secret.error();
  }
  Picture picture = assess(integration, visit.offering.get(), visit.ns.get(), std::move(reading),
                           callback_url(use_.public_url, integration.spec.offering), hash_key_());
  look.credentials_present = picture.assessment.credentials_present;
  look.hash = picture.assessment.hash;
  look.client_id = net::SecretString{picture.assessment.client_id};
  visit.known.look = std::move(look);
  return picture;
}

Progress IntegrationReconciler::progress_of(const Visit& visit, const Assessment& assessment) {
  if (!assessment.hash) {
    use_.desk.forget(visit.uid());
    return {};
  }
  const std::string& hash = assessment.hash->full;
  auto known = use_.desk.state(visit.uid(), hash);
  const std::optional<Attempt>& attempt = visit.known.attempt;
  return {.running_since = known.running_since,
          .report = std::move(known.result),
          .answered = known.answered,
          .request = std::move(known.cause),
          .attempt = attempt && attempt->hash == hash ? attempt : std::nullopt,
          .silent_until = known.silent_until,
          .sign_ins_until = known.sign_ins_until};
}

net::Result<kube::ReconcileResult> IntegrationReconciler::settle(Visit& visit, Picture& picture,
                                                                 const Progress& progress,
                                                                 const Decision& decision,
                                                                 net::SystemTime now) {
  const std::optional<oauth::InputHash>& hash = picture.assessment.hash;
  if (!decision.hold) {
    const auto wait = write(visit, decision);
    if (!wait.ok()) return wait.error();
    if (*wait) return kube::ReconcileResult{.requeue_after = **wait};
  }
  Known& known = visit.known;
  known.attempt = decision.attempt;
  measure(visit.integration(), progress, decision);
  if (progress.report) use_.desk.forget(visit.uid(), hash->full);
  if (decision.verify) {
    use_.desk.start(visit.uid(), visit.key, order(visit, picture, decision));
    visit.context.log.debug("asking the provider",
                            {{"offering", visit.integration().spec.offering}});
  }
  if (!decision.verify && !progress.running_since) known.look->client_id = {};

  std::optional<net::Duration> again;
  const auto sooner = [&](net::Duration wait) {
    wait = std::max<net::Duration>(wait, std::chrono::milliseconds{1});
    again = again ? std::min(*again, wait) : wait;
  };
  if (decision.wake) sooner(*decision.wake - now);
  // The verdict of what starts now wakes us; only if it takes longer than that is there something
  // to say before it.
  else if (decision.verify)
    sooner(std::chrono::seconds{1});
  if (known.look->until) sooner(*known.look->until - use_.clock.steady());
  return kube::ReconcileResult{.requeue_after = again};
}

// An order that waits holds the objects of the caches, which are there anyway, and no secret: the
// operator reads the Secret when the order's turn comes.
VerificationOrder IntegrationReconciler::order(const Visit& visit, const Picture& picture,
                                               const Decision& decision) {
  const oauth::VerificationRequest& asked = *picture.request;
  const oauth::InputHash& hash = *picture.assessment.hash;
  const api::IntegrationStatus& status = visit.integration().status;
  const auto control = known_control(status, hash, decision.attempt);
  const bool accepted = !status.client_id.empty() && status.client_id == asked.client_id;
  VerificationOrder order{.hash = hash.full,
                          .keys = oauth::sign_in_keys(asked, hash_key_()),
                          .host = oauth::host_asked(asked.provider),
                          .may_fail = oauth::sign_ins_that_may_fail(asked),
                          .trusted = accepted || control.has_value(),
                          .on_request = decision.on_request,
                          .request = requested_at(visit.integration()),
                          .make_request = {}};
  order.make_request =
      [this, integration = visit.view.shown, offering = visit.offering, control, accepted,
       full = hash.full](std::stop_token stop) -> net::Result<oauth::VerificationRequest> {
    auto request = make_request(*integration, *offering, full, std::move(stop));
    if (!request.ok()) return request;
    request->control = control;
    request->client_id_is_public = accepted;
    return request;
  };
  return order;
}

net::Result<oauth::VerificationRequest> IntegrationReconciler::make_request(
    const api::Integration& integration, const api::Offering& offering, const std::string& hash,
    std::stop_token stop) {
  auto secret = read_secret(integration, seen_secret(integration), std::move(stop));
  if (!secret.ok()) return secret.error();
  const auto ns = use_.namespaces.get({"", integration.metadata.namespace_});
  Picture now =
      assess(integration, &offering, ns.get(), read_credentials(integration, secret->get()),
             callback_url(use_.public_url, integration.spec.offering), hash_key_());
  if (!now.assessment.hash || now.assessment.hash->full != hash)
    return net::Error{net::ErrorCode::Conflict, "its inputs have changed meanwhile"};
  return std::move(*now.request);
}

net::Result<std::optional<net::Duration>> IntegrationReconciler::write(Visit& visit,
                                                                       const Decision& decision) {
  const net::Logger log = visit.context.log.with({{"offering", visit.integration().spec.offering},
                                                  {"phase", to_string(decision.status.phase)}});
  return writer_.write(visit.view, visit.known.status, decision, log, visit.context.stop);
}

// Once, until the annotation is another. Its value may be anything, and is not repeated.
void IntegrationReconciler::report_unknown_pause(const api::Integration& integration,
                                                 Known& known) {
  const bool unknown = has_unknown_pause(integration);
  if (unknown && !known.said_unknown_pause)
    use_.events.event(kube::reference_to(integration), kube::EventType::Warning,
                      api::event::annotation_ignored, "ReadAnnotation",
                      text_of(IntegrationMessage::PausedAnnotationIgnored));
  known.said_unknown_pause = unknown;
}

// Once for each report: it is forgotten right after this. A verification from before a restart
// counts as soon as its Integration is reconciled.
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

}  // namespace reconcilers
