// Which namespace is the operator's own: that of its Lease and its keys.
#pragma once

#include <string>

#include "kube/config.h"
#include "net/result.h"

namespace op {

// `given` (by --namespace); else the one that the Pod or the kubeconfig's context names. Invalid
// where neither does: `default`, which kubectl would take, could be anybody's.
net::Result<std::string> own_namespace(const std::string& given, const kube::ClusterConfig& config);

}  // namespace op
