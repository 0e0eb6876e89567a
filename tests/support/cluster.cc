#include "support/cluster.h"

#include <cstdlib>
#include <filesystem>

namespace support {

Cluster& Cluster::instance() {
  static Cluster cluster;
  return cluster;
}

Cluster::Cluster() {
  std::string scratch = std::filesystem::temp_directory_path() / "integration-operator-test.XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) give_up("no temporary directory");
  scratch_ = scratch;
  const char* given = std::getenv("CONTROL_PLANE_DIR");
  own_ = given == nullptr || *given == '\0';
  directory_ = own_ ? scratch_ + "/control-plane" : given;
  if (own_)
    must(run({source_path("dev/control-plane/up.sh"), directory_}), "dev/control-plane/up.sh");

  connect(directory_ + "/admin.kubeconfig");
  for (const char* folder : {"crds", "deploy"})
    must(kubectl({"apply", "--server-side", "-f", source_path(folder)}),
         std::string{"kubectl apply -f "} + folder);
  must(kubectl({"wait", "--for=condition=Established", "--timeout=30s",
                "crd/offerings.oauth.integrations.dev", "crd/integrations.oauth.integrations.dev"}),
       "waiting for the CRDs");
  integrations();  // now, since tests call it in several threads
  offerings();
}

Cluster::~Cluster() {
  forget_watches();
  if (own_) run({source_path("dev/control-plane/down.sh"), directory_, "--purge"});
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

}  // namespace support
