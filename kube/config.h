// How to reach a cluster: kubeconfig files and the Pod's own ServiceAccount, as client-go reads
// them (tools/clientcmd, rest.InClusterConfig).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/exec_plugin.h"
#include "net/http_client.h"
#include "net/result.h"

namespace kube {

// Whom to act as (the Impersonate-* header fields; docs "User impersonation"). Empty `user`: nobody
// but oneself.
struct Impersonation {
  std::string user = {};
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::map<std::string, std::vector<std::string>> extra = {};
};

// Of the ways to say who one is, the first that is set counts: token_file, token, basic
// authentication, exec. A client certificate goes with each.
struct ClusterConfig {
  std::string server;  // "https://host:port", without a trailing slash
  net::TlsOptions tls;
  // Where parts of `tls` were read from, to read them again when they change; empty: given inline.
  std::string ca_file = {};
  std::string client_cert_file = {};
  std::string client_key_file = {};
  net::SecretString token;  // bearer token as written in the file; unused where token_file is set
  std::string token_file;   // read again at most once a minute (bound tokens are replaced on disk)
  std::string username = {};  // basic authentication
  net::SecretString password = {};
  std::optional<ExecPlugin> exec = std::nullopt;
  Impersonation impersonation = {};
  std::string proxy_url;
  std::string namespace_;        // of the context, or of the Pod; "default" where neither says
  bool names_namespace = false;  // one of them says
  std::string source;            // what it was read from, for messages
};

// `kubeconfig` (the --kubeconfig flag) if not empty, or the KUBECONFIG files (a list joined by
// ':'; of entries of one name the first counts, whole), or in-cluster if its environment is
// there, or ~/.kube/config, in this order. Errors name the file, the line, the context, cluster or
// user, and the field. auth-provider plug-ins are refused (client-go 1.26 removed them), and so are
// exec plug-ins that must talk to a person. To a server without TLS nobody says who they are:
// nothing secret is taken over then.
net::Result<ClusterConfig> load_config(const std::string& kubeconfig);

// The parts, for tests. `path` is where relative certificate paths are resolved from and what
// errors name.
net::Result<ClusterConfig> parse_kubeconfig(const std::string& yaml, const std::string& path,
                                            const std::string& context = {});
net::Result<ClusterConfig> in_cluster_config(
    const std::string& service_account_dir = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace kube
