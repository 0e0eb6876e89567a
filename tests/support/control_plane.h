// The processes beneath a Cluster, for tests that hurt them.
#pragma once

#include <string>
#include <utility>

#include "net/json.h"

namespace support {

// Controls the control plane in that folder of dev/control-plane/up.sh. Every call blocks until it
// is done, and ends the test run (abort) if it fails.
class ControlPlane {
 public:
  explicit ControlPlane(std::string directory) : directory_(std::move(directory)) {}

  void kill_apiserver();   // SIGKILL
  void start_apiserver();  // at the same address, with the same state; ready when it returns
  // etcd forgets all history up to now: no watch and no list can continue from an older version.
  void compact_etcd();

 private:
  net::Json etcd(const std::string& call, const net::Json& request) const;
  const std::string directory_;
};

}  // namespace support
