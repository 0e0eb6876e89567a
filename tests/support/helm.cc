#include "support/helm.h"

#include <cstdio>
#include <cstdlib>

namespace support {

Finished helm(Kubernetes& cluster, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "helm");
  return run(arguments, {}, {{"KUBECONFIG", cluster.kubeconfig()}});
}

void install_chart(Cluster& cluster, const std::vector<std::string>& values) {
  std::vector<std::string> arguments{
      "upgrade",
      "--install",
      "integration-operator",
      std::string{PROJECT_SOURCE_DIR} + "/charts/integration-operator",
      "--namespace",
      "integration-operator",
      "--take-ownership",
      "--reset-values"};
  for (const std::string& value : values) arguments.insert(arguments.end(), {"--set", value});
  const Finished installed = helm(cluster, arguments);
  if (installed.exit_code == 0) return;
  std::fprintf(stderr, "cannot go on: helm upgrade --install: %s\n", installed.err.c_str());
  std::abort();
}

}  // namespace support
