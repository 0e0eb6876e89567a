// Decides the operator's own namespace: that of its Lease and its keys.
#pragma once

#include <string>

#include "kube/config.h"
#include "net/result.h"

namespace op {

// Returns `given` (by --namespace) if it is set; otherwise the namespace of the Pod or of the
// kubeconfig's context. Invalid if neither names one: `default`, kubectl's choice, could be
// anybody's.
net::Result<std::string> own_namespace(const std::string& given, const kube::ClusterConfig& config);

}  // namespace op
