// The operator as a whole: caches, controllers, engine and servers, wired together.
#pragma once

#include <stop_token>

#include "net/result.h"
#include "operator/options.h"

namespace op {

// What this program goes by in the cluster: its field manager's and its Lease's name.
inline constexpr const char* kName = "integration-operator";

// Runs until `stop` is requested; ok after an orderly end. Invalid where the options or the
// cluster's configuration are to blame; AlreadyExists where another install has this cluster
// (InstallMark); Conflict where the lease was lost to another, or for want of an answer. A missing
// right ends nothing: a leader that may not renew its lease starts over within the process.
net::Status run(const RunOptions& options, std::stop_token stop);

}  // namespace op
