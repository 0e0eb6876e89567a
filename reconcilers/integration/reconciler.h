// The Integration controller's effects: reads what decide() needs, starts verifications, writes the
// status. A reconcile whose inputs are those of the last look makes no call at all.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/controller.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/store.h"
#include "net/clock.h"
#include "net/secret_string.h"
#include "reconcilers/common/indexes.h"
#include "reconcilers/common/per_uid.h"
#include "reconcilers/common/status_writer.h"
#include "reconcilers/integration/assess.h"
#include "reconcilers/integration/decide.h"
#include "reconcilers/integration/memory.h"
#include "reconcilers/integration/secret_reader.h"
#include "reconcilers/integration/verdict_metrics.h"
#include "reconcilers/integration/verification_desk.h"

namespace reconcilers {

class IntegrationReconciler : public kube::Reconciler {
 public:
  struct Dependencies {
    kube::Client& client;
    const kube::Store<api::Integration>& integrations;  // with add_integration_indexes()
    const kube::Store<api::Offering>& offerings;
    const kube::Store<kube::PartialSecret>& secrets;
    const kube::Store<kube::Namespace>& namespaces;
    VerificationDesk& desk;
    kube::EventRecorder& events;
    net::Clock& clock;
    std::string public_url;  // without a trailing slash
    std::string field_manager;
    VerdictMetrics& metrics;
  };
  // `hash_key` gives the key of the kept verdicts' HMAC; it is known once the process leads. Work
  // at the desk refers to this: stop its scheduler before this is destroyed.
  IntegrationReconciler(Dependencies dependencies, std::function<net::SecretString()> hash_key);

  net::Result<kube::ReconcileResult> reconcile(const kube::NamespacedName& key,
                                               const kube::ReconcileContext& context) override;
  // To be called with each change of a Secret, before its Integrations are reconciled.
  void secret_changed(const kube::NamespacedName& name) { secrets_.changed(name); }

 private:
  struct Visit;  // one reconcile, and what it has found so far
  using Offering = std::shared_ptr<const api::Offering>;

  net::Result<kube::ReconcileResult> visit(Visit& visit);
  net::Result<Offering> find_offering(const Visit& visit);
  net::Result<Picture> look_at(const Visit& visit, bool afresh);
  Picture remembered(const Visit& visit) const;
  net::Result<Picture> read_anew(const Visit& visit, Look look);
  SecretIdentity seen_secret(const api::Integration& integration) const;
  net::Result<SecretReader::Pointer> read_secret(const api::Integration& integration,
                                                 const SecretIdentity& seen, std::stop_token stop);
  VerificationOrder order(const Visit& visit, const Picture& picture, const Decision& decision);
  // On a thread of the scheduler's, when its turn has come.
  net::Result<oauth::VerificationRequest> make_request(const api::Integration& integration,
                                                       const api::Offering& offering,
                                                       const std::string& hash,
                                                       std::stop_token stop);
  Progress progress_of(const Visit& visit, const Assessment& assessment);
  net::Result<kube::ReconcileResult> settle(Visit& visit, Picture& picture,
                                            const Progress& progress, const Decision& decision,
                                            net::SystemTime now);
  // For how long what is to be written must wait; nothing where it is written, or nothing is.
  net::Result<std::optional<net::Duration>> write(Visit& visit, const Decision& decision);
  void report_unknown_pause(const api::Integration& integration, Known& known);
  void measure(const api::Integration& integration, const Progress& progress,
               const Decision& decision);

  Dependencies use_;
  std::function<net::SecretString()> hash_key_;
  SecretReader secrets_;
  StatusWriter<api::Integration> writer_;
  PerUid<Known> memory_;
};

}  // namespace reconcilers
