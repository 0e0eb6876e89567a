// The operator as Pods, installed by its chart.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "kube/core.h"
#include "support/node_cluster.h"

namespace support {

// A Pod, as far as tests look at it.
struct Pod {
  kube::ObjectMeta metadata;
  std::string image;  // of its first container
  std::string node;   // empty: none has been found for it yet
  bool ready = false;
  int restarts = 0;  // of its first container
  static const kube::Resource& resource();
};
void from_json(const kube::Json& json, Pod& pod);

// One at a time in a cluster. Ends the test run (abort) where something fails.
class Installation {
 public:
  static constexpr const char* kName = "integration-operator";  // release, Deployment and Lease
  static constexpr const char* kNamespace = "integration-operator";

  // `helm install` into a new namespace that enforces Pod Security "restricted", with the node's
  // image and `values` ("key=value" of --set) beside the chart's defaults. All Pods are ready when
  // it returns.
  explicit Installation(NodeCluster& cluster, const std::vector<std::string>& values = {});
  // Everything that is there of it, with all Offerings and Integrations of the cluster.
  ~Installation();

  // What Helm and, through it, the API server had to say against it.
  const std::string& warnings() const { return warnings_; }
  // `helm upgrade`, the same way; its answer.
  Finished upgrade(const std::vector<std::string>& values);

  // The operator's Pods that are not being deleted.
  std::vector<Pod> pods() const;
  // False if they are never as they are wanted within `limit`.
  bool await_pods(const std::function<bool(const std::vector<Pod>&)>& wanted,
                  std::chrono::seconds limit = std::chrono::seconds{60});
  // All replicas that the Deployment wants, and no older ones.
  void await_all_pods_ready();

  // The name of the Pod that leads; empty if none does.
  std::string leader() const;

 private:
  std::vector<std::string> with_image(const std::string& verb,
                                      const std::vector<std::string>& values) const;
  NodeCluster& cluster_;
  Watch<Pod> pods_;
  Watch<kube::Lease> leases_;
  std::string warnings_;
};

}  // namespace support
