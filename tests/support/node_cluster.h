// A cluster with a real node, on which Pods run.
#pragma once

#include <string>

#include "support/kubernetes.h"

namespace support {

// One for the whole test process, with the images of dev/image (tag: kImageTag) and
// dev/provider/image.sh on its node:
// - that of CLUSTER_DIR, a folder of dev/cluster/up.sh, which has the images already;
// - or that of the kubeconfig CLUSTER_KUBECONFIG (kind and the like), likewise;
// - or its own.
class NodeCluster : public Kubernetes {
 public:
  static NodeCluster& instance();

  static constexpr const char* kImageRepository = "localhost/integration-operator";
  static constexpr const char* kImageTag = "dev";

  // Returns whether kill_container() and tag_image() work: they need the node, and only dev/cluster
  // gives access to it.
  bool can_kill_containers() const { return !directory_.empty(); }
  // Sends SIGKILL to the process of the Pod's only container. Its Pod stays.
  void kill_container(const kube::NamespacedName& pod);
  // Puts the operator's image under one more tag, on the node.
  void tag_image(const std::string& tag);

 private:
  NodeCluster();
  ~NodeCluster();
  std::string directory_;  // of dev/cluster/up.sh; empty: somebody else's cluster
  bool own_ = false;
};

}  // namespace support
