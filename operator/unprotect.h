// `integration-operator unprotect-offerings`: what is left to do when the operator is gone.
#pragma once

#include <stop_token>
#include <string>

#include "kube/client.h"
#include "net/result.h"

namespace op {

struct UnprotectOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, in-cluster, ~/.kube/config
  std::string namespace_;  // the operator's own; empty: as own_namespace() says
};

// Takes the finalizer of use from every Offering, so that it can be deleted though no operator is
// there to do that. It holds the operator's Lease meanwhile: while an operator works, which would
// put the finalizer back, it waits. Without the definition of Offerings there is nothing to do.
net::Status unprotect_offerings(const UnprotectOptions& options, std::stop_token stop);

// The part between: under the Lease, on that client.
net::Status drop_finalizers_of_use(kube::Client& client, std::stop_token stop);

}  // namespace op
