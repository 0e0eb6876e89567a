// The Integration controller's effects: reads what decide() needs, starts verifications, writes the
// status.
#pragma once

#include <map>
#include <mutex>
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
#include "reconcilers/integration/assess.h"
#include "reconcilers/integration/decide.h"
#include "reconcilers/integration/verdict_metrics.h"
#include "reconcilers/integration/verification_desk.h"
#include "reconcilers/status_memory.h"

namespace reconcilers {

// Indexes that the Integration store must have.
inline constexpr const char* integrations_by_offering = "offering";  // spec.offeringRef.name
inline constexpr const char* integrations_by_secret =
    "secret";  // "namespace/name" of the credentials Secret
inline constexpr const char* integrations_by_namespace = "namespace";
void add_integration_indexes(kube::Store<api::Integration>& store);

// The callback URL of an Offering: what applications register at the provider.
std::string callback_url(const std::string& public_url, const std::string& offering);

class IntegrationReconciler : public kube::Reconciler {
 public:
  struct Dependencies {
    kube::Client& client;
    const kube::Store<api::Integration>& integrations;
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

 private:
  VerificationOrder order(const std::shared_ptr<const api::Integration>& integration,
                          const std::shared_ptr<const api::Offering>& offering,
                          const api::IntegrationStatus& status, const Picture& picture,
                          const Decision& decision);
  net::Result<Picture> look_at(const api::Integration& integration, const api::Offering* offering,
                               std::stop_token stop);
  net::Result<std::optional<kube::Secret>> read_secret(const api::Integration& integration,
                                                       std::stop_token stop);
  net::Status write(const api::Integration& integration, const Decision& decision,
                    const kube::ReconcileContext& context);
  void measure(const api::Integration& integration, const Progress& progress,
               const Decision& decision);
  void follow(const kube::NamespacedName& key, const std::string& uid);
  void forget(const kube::NamespacedName& key);
  std::optional<Attempt> attempt(const std::string& uid,
                                 const std::optional<oauth::InputHash>& hash);
  void remember(const std::string& uid, const std::optional<Attempt>& attempt);

  Dependencies use_;
  std::function<net::SecretString()> hash_key_;
  StatusMemory<api::IntegrationStatus> memory_;
  std::mutex mutex_;
  std::map<kube::NamespacedName, std::string>
      uids_;                                 // of what was seen, to clean up after its deletion
  std::map<std::string, Attempt> attempts_;  // by uid
};

}  // namespace reconcilers
