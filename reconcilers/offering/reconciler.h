// The Offering controller's effects: reads the provider's metadata, keeps the finalizer while
// Integrations use the Offering, writes the status.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/client.h"
#include "kube/controller.h"
#include "kube/events.h"
#include "kube/finalizer.h"
#include "kube/store.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "reconcilers/offering/decide.h"
#include "reconcilers/status_memory.h"

namespace reconcilers {

class OfferingReconciler : public kube::Reconciler {
 public:
  struct Dependencies {
    kube::Client& client;
    const kube::Store<api::Offering>& offerings;
    const kube::Store<api::Integration>& integrations;  // with add_integration_indexes()
    net::HttpClient& http;                              // to providers
    kube::EventRecorder& events;
    net::Clock& clock;
    std::string public_url;
    std::string field_manager;
    bool allow_http = false;  // loopback issuers by plain http
  };
  explicit OfferingReconciler(Dependencies dependencies);

  net::Result<kube::ReconcileResult> reconcile(const kube::NamespacedName& key,
                                               const kube::ReconcileContext& context) override;

 private:
  struct Failure {
    int count = 0;
    std::string uid;
    std::int64_t generation = 0;
    net::SystemTime next{};
    bool is_about(const kube::ObjectMeta& metadata) const {
      return uid == metadata.uid && generation == metadata.generation;
    }
  };
  std::vector<std::string> users_of(const std::string& offering) const;
  void discover(const api::Offering& offering, OfferingView& view, std::stop_token stop);
  net::Result<api::Offering> settle_finalizer(const api::Offering& offering, bool in_use,
                                              std::stop_token stop);

  Dependencies use_;
  StatusMemory<api::OfferingStatus> memory_;
  std::mutex mutex_;
  std::map<std::string, Failure> failures_;  // of discovery, by Offering
};

}  // namespace reconcilers
