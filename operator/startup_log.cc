#include "operator/startup_log.h"

#include <string>

#include "kube/runtime.h"
#include "net/log.h"
#include "net/text.h"
#include "operator_version.h"

namespace op {

void log_start(const RunOptions& options, const kube::ClusterConfig& cluster) {
  const net::Logger log("operator");
  log.info("Starting the operator",
           {{"version", kOperatorVersion},
            {"host", kube::hostname()},
            {"namespace", options.namespace_},
            {"watchNamespaces",
             options.watch_namespaces.empty() ? "all" : net::joined(options.watch_namespaces, ",")},
            {"publicURL", options.public_url},
            {"leaderElection", options.leader_elect},
            {"cluster", cluster.server},
            {"kubeconfig", cluster.source}});
  if (options.public_url.starts_with("http:"))
    log.warn(
        "The public URL works on this machine only, so no provider can send a user's browser "
        "there. "
        "Set --public-url",
        {{"publicURL", options.public_url}});
}

}  // namespace op
