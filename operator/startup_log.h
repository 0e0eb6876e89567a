// Logs the first lines: the operator's version, and its work.
#pragma once

#include "kube/config.h"
#include "operator/options.h"

namespace op {

// Also warns of options that only make sense for trials.
void log_start(const RunOptions& options, const kube::ClusterConfig& cluster);

}  // namespace op
