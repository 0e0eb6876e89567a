// `integration-operator unprotect-offerings`: cleans up after the operator is gone.
#pragma once

#include <stop_token>
#include <string>

#include "kube/client.h"
#include "net/result.h"

namespace op {

struct UnprotectOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, in-cluster, ~/.kube/config
  std::string namespace_;  // the operator's own; empty: see own_namespace()
};

// Removes the finalizer of use from every Offering, so that people can delete it without an
// operator. It holds the operator's Lease meanwhile: it waits while an operator works, because that
// one would add the finalizer again. Without the definition of Offerings there is nothing to do.
net::Status unprotect_offerings(const UnprotectOptions& options, std::stop_token stop);

// The part under the Lease, with that client.
net::Status drop_finalizers_of_use(kube::Client& client, std::stop_token stop);

}  // namespace op
