// The API server's audit log: who asked for what, in the API server's own words.
#pragma once

#include <sys/types.h>

#include <deque>
#include <fstream>
#include <string>

#include "net/clock.h"
#include "support/cluster.h"

namespace support {

// One request that was answered (dev/control-plane/audit-policy.yaml).
struct AuditEvent {
  std::string verb;  // of the Kubernetes API: get, list, watch, create, update, patch, …
  std::string user;
  std::string credential;  // tells one token from another (OperatorProcess::credential)
  std::string group;       // of the API; empty for the core's
  std::string resource;
  std::string subresource;
  std::string namespace_;
  std::string name;
  std::string uri;
  int status = 0;  // HTTP
  net::SystemTime received;
  net::SystemTime answered;

  bool is_write() const { return verb != "get" && verb != "list" && verb != "watch"; }
  // What was asked for was done.
  bool succeeded() const { return status >= 200 && status < 300; }
};

// What the API server of `cluster` has answered since this reader was made. Not thread-safe.
class AuditLog {
 public:
  explicit AuditLog(Cluster& cluster);
  // All events up to now, in the order in which they were written: whatever was answered before the
  // call is there. Fails the running test where the API server does not get that far. References
  // stay valid.
  const std::deque<AuditEvent>& events();

 private:
  void read();

  Cluster& cluster_;
  const std::string path_;
  std::ifstream file_;
  ino_t inode_ = 0;   // of file_
  std::string line_;  // read so far, without its end
  std::deque<AuditEvent> events_;
  std::size_t looked_at_ = 0;
};

}  // namespace support
