// The operator as a whole: caches, controllers, engine and servers, wired together.
#pragma once

#include <stop_token>

#include "net/result.h"
#include "operator/options.h"

namespace op {

// The program's name in the cluster: of its field manager and its Lease.
inline constexpr const char* kName = "integration-operator";

// Runs until `stop` is requested; ok after an orderly end. Invalid if the options or the cluster's
// configuration are wrong; AlreadyExists if another install has this cluster (InstallMark);
// Conflict if another process has the lease, or the API server did not answer in time. A missing
// right does not end it: a leader that may not renew its lease starts over within the process.
net::Status run(const RunOptions& options, std::stop_token stop);

}  // namespace op
