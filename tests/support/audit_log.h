// The API server's audit log: its own record of requests and their senders.
#pragma once

#include <sys/types.h>

#include <deque>
#include <fstream>
#include <string>

#include "net/clock.h"
#include "support/cluster.h"

namespace support {

// One answered request (dev/control-plane/audit-policy.yaml).
struct AuditEvent {
  std::string verb;  // of the Kubernetes API: get, list, watch, create, update, patch, …
  std::string user;
  std::string credential;  // identifies a token (OperatorProcess::credential)
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
  // The API server did what the request asked for.
  bool succeeded() const { return status >= 200 && status < 300; }
};

// The answers of `cluster`'s API server since this reader was made. Not thread-safe.
class AuditLog {
 public:
  explicit AuditLog(Cluster& cluster);
  // Returns all events up to now, in the order of the log: it has every answer from before the
  // call. Fails the running test if the API server does not get that far. References stay valid.
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
