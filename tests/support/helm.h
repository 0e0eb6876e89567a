// Installs the project's chart as people do.
#pragma once

#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/process.h"

namespace support {

// `helm ARGUMENTS...` on that cluster.
Finished helm(Kubernetes& cluster, std::vector<std::string> arguments);

// Installs the chart in the operator's namespace, or upgrades it, with these values beside its
// defaults ("key=value" of --set); it takes over the objects of `kubectl apply -f deploy/`. It does
// not wait for its Pods: a node is not necessary. Ends the test run (abort) if it fails.
void install_chart(Cluster& cluster, const std::vector<std::string>& values = {});

}  // namespace support
