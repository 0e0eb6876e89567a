#include "support/installation.h"

#include "support/helm.h"

namespace support {
namespace {

const kube::NamespacedName kLease{Installation::kNamespace, Installation::kName};

// An identity begins with the name of the process's machine: in a Pod, the Pod's name.
std::string pod_of(const kube::Lease* lease) {
  return lease == nullptr ? "" : lease->holder_identity.substr(0, lease->holder_identity.find('_'));
}

}  // namespace

Installation::Installation(NodeCluster& cluster, const std::vector<std::string>& values)
    : cluster_(cluster), leases_(cluster.client()) {
  cluster_.apply(std::string{"{apiVersion: v1, kind: Namespace, metadata: {name: "} + kNamespace +
                 ", labels: {pod-security.kubernetes.io/enforce: restricted,"
                 " pod-security.kubernetes.io/warn: restricted}}}");
  const Finished installed = helm(cluster_, with_image("install", values));
  must(installed, "helm install");
  warnings_ = installed.err;
}

Installation::~Installation() {
  // While the operator still runs: nobody else would take its finalizer from Offerings.
  cluster_.kubectl({"delete", "integrations", "--all", "--all-namespaces", "--timeout=60s"});
  cluster_.kubectl({"delete", "offerings", "--all", "--timeout=60s"});
  helm(cluster_, {"uninstall", kName, "--namespace", kNamespace, "--wait", "--timeout=60s"});
  cluster_.kubectl({"delete", "-f", source_path("crds"), "--ignore-not-found", "--timeout=60s"});
  cluster_.kubectl({"delete", "namespace", kNamespace, "--timeout=60s"});
}

Finished Installation::upgrade(const std::vector<std::string>& values) {
  return helm(cluster_, with_image("upgrade", values));
}

std::vector<std::string> Installation::with_image(const std::string& verb,
                                                  const std::vector<std::string>& values) const {
  std::vector<std::string> arguments{
      verb,
      kName,
      source_path("charts/integration-operator"),
      "--namespace",
      kNamespace,
      "--wait",
      "--timeout=120s",
      "--set",
      std::string{"image.repository="} + NodeCluster::kImageRepository,
      "--set",
      std::string{"image.tag="} + NodeCluster::kImageTag};
  for (const std::string& value : values) arguments.insert(arguments.end(), {"--set", value});
  return arguments;
}

std::vector<net::Json> Installation::pods() {
  std::vector<net::Json> staying;
  const net::Json all =
      cluster_.get({"pods", "-n", kNamespace, "-l", "app.kubernetes.io/component=operator"});
  for (const net::Json& pod : all.at("items"))
    if (!pod.at("metadata").contains("deletionTimestamp")) staying.push_back(pod);
  return staying;
}

void Installation::await_all_pods_ready() {
  must(cluster_.kubectl({"rollout", "status", std::string{"deployment/"} + kName, "-n", kNamespace,
                         "--timeout=120s"}),
       "waiting for the operator's Pods");
}

std::string Installation::leader() { return pod_of(leases_.get(kLease).get()); }

std::string Installation::await_leader_after(const std::string& former,
                                             std::chrono::seconds limit) {
  const auto another = [&](const kube::Lease* lease) {
    const std::string pod = pod_of(lease);
    return !pod.empty() && pod != former;
  };
  const auto lease = leases_.await(kLease, another, limit);
  return another(lease.get()) ? pod_of(lease.get()) : "";
}

}  // namespace support
