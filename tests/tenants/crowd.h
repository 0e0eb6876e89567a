// A tenant with very many Integrations on one Secret, and the operator's requests to the API server
// because of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "support/audit_log.h"
#include "support/cluster.h"
#include "support/manifests.h"
#include "support/operator_process.h"

namespace support {

// How many Integrations; the environment's TENANT_INTEGRATIONS overrides it.
inline int crowd_size(int usual) {
  const char* wanted = std::getenv("TENANT_INTEGRATIONS");
  return wanted == nullptr ? usual : std::atoi(wanted);
}

// Calls no provider: the test measures the operator.
inline std::string unverified_offering_yaml(const std::string& name) {
  return offering_yaml(
      name,
      "  endpoints: {authorization: 'https://login.acme.example/authorize', "
      "token: 'https://login.acme.example/token'}\n"
      "  scopes: {required: [openid]}\n"
      "  verification: {method: None, callbackCheck: None, onUnverifiable: Allow}\n");
}

inline void create_crowd(Cluster& cluster, const std::string& ns, const std::string& offering,
                         int count) {
  for (int i = 0; i < count; ++i) {
    api::Integration fresh;
    fresh.metadata = {.name = "i-" + std::to_string(i), .namespace_ = ns};
    fresh.spec.offering = offering;
    fresh.spec.credentials_secret_ref.name = "credentials";
    fresh.spec.scopes = {"openid"};
    const auto made = cluster.client().create(fresh, {});
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
}

// Waits until so many Integrations of the namespace have the given reason.
inline bool await_crowd(Cluster& cluster, const std::string& ns, const std::string& reason,
                        int count, std::chrono::seconds limit) {
  const auto has_it = [&](const auto& integration) {
    return integration->metadata.namespace_ == ns &&
           reason_of(integration->status.conditions, api::condition::ready) == reason;
  };
  return cluster.integrations().await_all(
      [&](const auto& all) { return std::ranges::count_if(all, has_it) == count; }, limit);
}

inline bool patch(Cluster& cluster, const std::string& path, const std::string& body) {
  return cluster.client()
      .send({.method = "PATCH",
             .path = path,
             .content_type = "application/merge-patch+json",
             .body = body},
            {})
      .ok();
}

inline std::string secret_path(const std::string& ns, const std::string& name) {
  return "/api/v1/namespaces/" + ns + "/secrets/" + name;
}

// The operator's requests in `audit` for which `counts` holds.
template <class Counts>
long count_requests(AuditLog& audit, const OperatorProcess& of, Counts counts) {
  return std::ranges::count_if(audit.events(), [&](const AuditEvent& event) {
    return event.credential == of.credential() && counts(event);
  });
}

}  // namespace support
