#include "support/node_cluster.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace support {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// `./script` prints one line: the name of its result.
std::string line_of(const std::string& script) {
  const Finished finished = run({source_path(script)});
  must(finished, script);
  return finished.out.substr(0, finished.out.find('\n'));
}

}  // namespace

NodeCluster& NodeCluster::instance() {
  static NodeCluster cluster;
  return cluster;
}

NodeCluster::NodeCluster() {
  if (const std::string kubeconfig = variable("CLUSTER_KUBECONFIG"); !kubeconfig.empty()) {
    connect(kubeconfig);
    return;
  }
  directory_ = variable("CLUSTER_DIR");
  own_ = directory_.empty();
  if (own_) {
    std::string fresh = std::filesystem::temp_directory_path() / "iop-cluster.XXXXXX";
    if (mkdtemp(fresh.data()) == nullptr) give_up("no temporary directory");
    directory_ = fresh;
    must(run({source_path("dev/cluster/up.sh"), directory_}), "dev/cluster/up.sh");
    const std::string provider = line_of("dev/provider/image.sh");
    must(run({source_path("dev/image")}), "dev/image");
    must(run({source_path("dev/cluster/load-image.sh"), directory_,
              source_path("build/image/image.tar"), provider}),
         "dev/cluster/load-image.sh");
  }
  connect(directory_ + "/admin.kubeconfig");
}

NodeCluster::~NodeCluster() {
  forget_watches();
  if (own_) run({source_path("dev/cluster/down.sh"), directory_, "--purge"});
}

void NodeCluster::kill_container(const kube::NamespacedName& pod) {
  const std::string id = get({"pod", "-n", pod.namespace_, pod.name})
                             .at("status")
                             .at("containerStatuses")
                             .at(0)
                             .at("containerID");
  must(run({source_path("dev/cluster/in-node.sh"), directory_, "ctr", "-n", "k8s.io", "tasks",
            "kill", "--signal", "SIGKILL", id.substr(id.rfind('/') + 1)}),
       "killing a container of " + pod.to_string());
}

void NodeCluster::tag_image(const std::string& tag) {
  const std::string repository = std::string{kImageRepository} + ":";
  must(run({source_path("dev/cluster/in-node.sh"), directory_, "ctr", "-n", "k8s.io", "images",
            "tag", "--force", repository + kImageTag, repository + tag}),
       "tagging the image on the node");
}

}  // namespace support
