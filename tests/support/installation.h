// The operator as Pods, installed by its chart.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "kube/core.h"
#include "support/node_cluster.h"

namespace support {

// A Pod, as far as tests read it.
struct Pod {
  kube::ObjectMeta metadata;
  std::string image;  // of its first container
  std::string node;   // empty: not scheduled yet
  bool ready = false;
  int restarts = 0;  // of its first container
  static const kube::Resource& resource();
};
void from_json(const kube::Json& json, Pod& pod);

// One at a time in a cluster. Ends the test run (abort) on a failure.
class Installation {
 public:
  static constexpr const char* kName = "integration-operator";  // release, Deployment and Lease
  static constexpr const char* kNamespace = "integration-operator";

  // `helm install` into a new namespace that enforces Pod Security "restricted", with the node's
  // image and `values` ("key=value" of --set) beside the chart's defaults. All Pods are ready when
  // it returns.
  explicit Installation(NodeCluster& cluster, const std::vector<std::string>& values = {});
  // Removes the whole installation, with all Offerings and Integrations of the cluster.
  ~Installation();

  // The warnings of Helm and, through it, of the API server.
  const std::string& warnings() const { return warnings_; }
  // `helm upgrade`, the same way; returns its output.
  Finished upgrade(const std::vector<std::string>& values);

  // The operator's Pods that are not being deleted.
  std::vector<Pod> pods() const;
  // Returns false if `wanted` never holds within `limit`.
  bool await_pods(const std::function<bool(const std::vector<Pod>&)>& wanted,
                  std::chrono::seconds limit = std::chrono::seconds{60});
  // Waits for all replicas that the Deployment wants, and for the end of older ones.
  void await_all_pods_ready();

  // Returns the name of the leader's Pod; empty if none leads.
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
