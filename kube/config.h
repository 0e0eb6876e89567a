// How to reach a cluster: kubeconfig files and the Pod's own ServiceAccount, as client-go reads
// them (tools/clientcmd, rest.InClusterConfig).
#pragma once

#include <optional>
#include <string>

#include "net/http_client.h"
#include "net/result.h"

namespace kube {

struct ClusterConfig {
  std::string server;  // "https://host:port", without a trailing slash
  net::TlsOptions tls;
  net::SecretString token;  // bearer token as written in the file; unused where token_file is set
  std::string token_file;   // read again at most once a minute (bound tokens are replaced on disk)
  std::string proxy_url;
  std::string namespace_;  // of the context, or of the Pod; "default" where neither says
  std::string source;      // what it was read from, for messages
};

// `kubeconfig` (the --kubeconfig flag) if not empty; else the KUBECONFIG files (a list joined by
// ':'; what the first of them says holds); else in-cluster if its environment is there; else
// ~/.kube/config. Errors name the file, the line, the context, cluster or user, and the field.
// Users that need exec or auth-provider plug-ins, basic authentication or impersonation are
// refused.
net::Result<ClusterConfig> load_config(const std::string& kubeconfig);

// The parts, for tests. `path` is where relative certificate paths are resolved from and what
// errors name.
net::Result<ClusterConfig> parse_kubeconfig(const std::string& yaml, const std::string& path,
                                            const std::string& context = {});
net::Result<ClusterConfig> in_cluster_config(
    const std::string& service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace kube
