// The first lines of the log: which operator this is, and what it works on.
#pragma once

#include "kube/config.h"
#include "operator/options.h"

namespace op {

// Also warns of options that only make sense for trying the operator out.
void log_start(const RunOptions& options, const kube::ClusterConfig& cluster);

}  // namespace op
