// The project's chart, installed as people install it.
#pragma once

#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/process.h"

namespace support {

// `helm ARGUMENTS...` on that cluster.
Finished helm(Kubernetes& cluster, std::vector<std::string> arguments);

// Installs the chart in the operator's namespace, or upgrades it, with these values beside its
// defaults ("key=value" of --set); what `kubectl apply -f deploy/` made is taken over. Nothing
// waits for its Pods: there need not be a node. Ends the test run (abort) where it fails.
void install_chart(Cluster& cluster, const std::vector<std::string>& values = {});

}  // namespace support
