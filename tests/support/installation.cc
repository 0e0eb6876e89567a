#include "support/installation.h"

#include "support/helm.h"

namespace support {

const kube::Resource& Pod::resource() {
  static const kube::Resource resource{"", "v1", "pods", "Pod", true};
  return resource;
}

void from_json(const kube::Json& json, Pod& pod) {
  pod.metadata = json.at("metadata").get<kube::ObjectMeta>();
  pod.image = json.value("/spec/containers/0/image"_json_pointer, "");
  pod.node = json.value("/spec/nodeName"_json_pointer, "");
  for (const kube::Json& condition :
       json.value("/status/conditions"_json_pointer, kube::Json::array()))
    if (condition.at("type") == "Ready") pod.ready = condition.at("status") == "True";
  pod.restarts = json.value("/status/containerStatuses/0/restartCount"_json_pointer, 0);
}

Installation::Installation(NodeCluster& cluster, const std::vector<std::string>& values)
    : cluster_(cluster), pods_(cluster.client()), leases_(cluster.client()) {
  cluster_.apply(std::string{"{apiVersion: v1, kind: Namespace, metadata: {name: "} + kNamespace +
                 ", labels: {pod-security.kubernetes.io/enforce: restricted,"
                 " pod-security.kubernetes.io/warn: restricted}}}");
  const Finished installed = helm(cluster_, with_image("install", values));
  must(installed, "helm install");
  warnings_ = installed.err;
}

Installation::~Installation() {
  // While the operator still runs: nobody else would remove its finalizer from Offerings.
  cluster_.kubectl({"delete", "integrations", "--all", "--all-namespaces", "--timeout=60s"});
  cluster_.kubectl({"delete", "offerings", "--all", "--timeout=60s"});
  helm(cluster_, {"uninstall", kName, "--namespace", kNamespace, "--wait", "--timeout=60s"});
  cluster_.forget_watches();
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

std::vector<Pod> Installation::pods() const {
  std::vector<Pod> staying;
  for (const auto& pod : pods_.list()) {
    const auto component = pod->metadata.labels.find("app.kubernetes.io/component");
    if (pod->metadata.namespace_ == kNamespace && !pod->metadata.being_deleted() &&
        component != pod->metadata.labels.end() && component->second == "operator")
      staying.push_back(*pod);
  }
  return staying;
}

bool Installation::await_pods(const std::function<bool(const std::vector<Pod>&)>& wanted,
                              std::chrono::seconds limit) {
  return pods_.await_all([&](const auto&) { return wanted(pods()); }, limit);
}

void Installation::await_all_pods_ready() {
  must(cluster_.kubectl({"rollout", "status", std::string{"deployment/"} + kName, "-n", kNamespace,
                         "--timeout=120s"}),
       "waiting for the operator's Pods");
}

// An identity begins with the name of the process's machine: in a Pod, the Pod's name.
std::string Installation::leader() const {
  const auto lease = leases_.get({kNamespace, kName});
  return lease ? lease->holder_identity.substr(0, lease->holder_identity.find('_')) : "";
}

}  // namespace support
