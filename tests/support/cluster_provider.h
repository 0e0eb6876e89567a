// The real OpenID provider of dev/provider, as a Pod behind a Service.
#pragma once

#include <string>

#include "support/kubernetes.h"
#include "support/oidc_provider.h"

namespace support {

// Runs in a namespace of its own; both are gone with this object. Only Offerings with ca_bundle()
// know its certificate's authority. Ready when the constructor returns.
class ClusterProvider : public ProviderSettings {
 public:
  explicit ClusterProvider(Kubernetes& cluster);
  ~ClusterProvider() override;

  const std::string& issuer() const { return issuer_; }
  const std::string& ca_bundle() const { return ca_bundle_; }  // PEM

 private:
  // By way of the API server, which can reach every Pod.
  std::string admin(const std::string& method, const std::string& path,
                    const std::string& body) override;
  Kubernetes& cluster_;
  const std::string namespace_;
  const std::string issuer_;
  std::string ca_bundle_;
};

}  // namespace support
