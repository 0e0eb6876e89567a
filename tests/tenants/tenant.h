// A tenant: a ServiceAccount with the right to `edit` in one namespace, and nothing else.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "kube/client.h"
#include "kube/core.h"
#include "support/cluster.h"

namespace support {

class Tenant {
 public:
  Tenant(Cluster& cluster, std::string ns) : ns_(std::move(ns)) {
    must(cluster.kubectl({"create", "serviceaccount", "tenant", "-n", ns_}), "a ServiceAccount");
    must(cluster.kubectl({"create", "rolebinding", "tenant", "-n", ns_, "--clusterrole=edit",
                          "--serviceaccount=" + ns_ + ":tenant"}),
         "a RoleBinding");
    auto config = *kube::load_config(cluster.kubeconfig());
    config.impersonation.user = "system:serviceaccount:" + ns_ + ":tenant";
    client_ = std::move(*kube::Client::create(std::move(config), {}));
  }

  const std::string& ns() const { return ns_; }
  // Returns the API server's answer to a POST of the tenant's manifest.
  net::Status create(const kube::Resource& resource, const std::string& manifest) {
    const auto made = client_->send({.method = "POST",
                                     .path = resource.path(ns_),
                                     .content_type = "application/json",
                                     .body = manifest},
                                    {});
    return made.ok() ? net::Status{} : net::Status{made.error()};
  }
  // Retries until RBAC knows the new RoleBinding, which takes a moment.
  void create_surely(const kube::Resource& resource, const std::string& manifest) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    net::Status made = create(resource, manifest);
    while (!made.ok() && made.error().code == net::ErrorCode::Forbidden &&
           std::chrono::steady_clock::now() < end) {
      net::system_clock().sleep(std::chrono::milliseconds{100}, {});
      made = create(resource, manifest);
    }
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

 private:
  std::string ns_;
  std::unique_ptr<kube::Client> client_;
};

// A Secret, or an Integration, from a tenant. `metadata`: further members of it.
inline std::string secret_json(const std::string& name, const std::string& metadata) {
  return R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + name + "\"" + metadata +
         "}}";
}
inline std::string integration_json(const std::string& name, const std::string& metadata) {
  return R"({"apiVersion":"oauth.integrations.dev/v1alpha1","kind":"Integration","metadata":{)"
         R"("name":")" +
         name + "\"" + metadata +
         R"(},"spec":{"offeringRef":{"name":"none"},"credentialsSecretRef":{"name":"none"},)"
         R"("scopes":["openid"]}})";
}

}  // namespace support
