// The parts that the controllers of all kinds share, and to which a controller adds itself.
//
// A kind has a class in its folder, controller.h, whose constructor takes a Shared: it fills the
// caches of its kind, adds its indexes, its reconciler and workers to the runtime, and says which
// objects it reconciles when something changes. It reads other kinds through their caches alone, so
// that no kind needs to know another's code.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/integration.h"
#include "api/offering.h"
#include "kube/core.h"
#include "kube/events.h"
#include "kube/informer_set.h"
#include "kube/runtime.h"
#include "net/http_client.h"
#include "net/secret_string.h"
#include "oauth/calls/call_scheduler.h"

namespace reconcilers {

// The objects in the cluster, and the changes of them. Indexes and watches of one kind's objects
// may be added by the controllers of all kinds, before or after their informers.
struct Caches {
  kube::InformerSet<api::Offering> offerings;
  kube::InformerSet<api::Integration> integrations;
  kube::InformerSet<kube::PartialSecret> secrets;
  kube::InformerSet<kube::Namespace> namespaces;
};

// From one thread, before the runtime runs. All that it refers to outlives the controllers.
struct Shared {
  kube::Runtime& runtime;
  kube::EventRecorder& events;
  // Controllers' work refers to them: it is stopped before they are destroyed.
  oauth::CallScheduler& scheduler;
  net::HttpClient& provider_http;
  // The key of the kept verdicts' HMAC. Not called before this process leads.
  std::function<net::SecretString()> hash_key;
  std::string public_url;  // without a trailing slash
  std::string field_manager;
  std::vector<std::string> watch_namespaces = {};  // empty: all
  int max_concurrent_reconciles = 8;               // of each kind
  bool allow_http_providers = false;
  Caches caches = {};
};

}  // namespace reconcilers
