#include "operator/own_namespace.h"

namespace op {

net::Result<std::string> own_namespace(const std::string& given,
                                       const kube::ClusterConfig& config) {
  if (!given.empty()) return given;
  if (config.names_namespace) return config.namespace_;
  return net::Error{
      net::ErrorCode::Invalid,
      "--namespace is needed: " + config.source +
          " names no namespace. Give the operator's own namespace, which holds its Lease "
          "and its keys, e.g. --namespace integration-operator"};
}

}  // namespace op
