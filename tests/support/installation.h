// The operator as Pods, installed by its chart.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "kube/core.h"
#include "support/node_cluster.h"

namespace support {

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

  // The Pods that are not being deleted, as the API server has them.
  std::vector<net::Json> pods();
  void await_all_pods_ready();
  // The Pod that leads; empty if none does.
  std::string leader();
  // The Pod that leads once it is another one than `former`; empty if there is none within `limit`.
  // A Lease that is released is taken at once, one of a Pod that died within 15 s.
  std::string await_leader_after(const std::string& former,
                                 std::chrono::seconds limit = std::chrono::seconds{30});

 private:
  std::vector<std::string> with_image(const std::string& verb,
                                      const std::vector<std::string>& values) const;
  NodeCluster& cluster_;
  Watch<kube::Lease> leases_;
  std::string warnings_;
};

}  // namespace support
