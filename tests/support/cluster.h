// The real control plane that integration tests run on.
#pragma once

#include <string>

#include "support/kubernetes.h"

namespace support {

// One control plane for the whole test process, with crds/ and deploy/ installed: that of
// CONTROL_PLANE_DIR (dev/test starts one for all), or its own.
class Cluster : public Kubernetes {
 public:
  static Cluster& instance();

  const std::string& directory() const { return directory_; }
  // A file of this process's own, removed with it.
  std::string temporary_path(const std::string& name) const { return scratch_ + "/" + name; }

 private:
  Cluster();
  ~Cluster();
  std::string directory_;
  std::string scratch_;
  bool own_ = false;
};

}  // namespace support
