#include "support/audit_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>

#include "kube/core.h"
#include "net/crypto.h"
#include "net/json.h"
#include "net/time_format.h"

namespace support {
namespace {

constexpr const char* kCredential = "authentication.kubernetes.io/credential-id";

net::SystemTime time_of(const net::Json& event, const char* key) {
  const auto time = net::parse_rfc3339(net::string_member(event, key));
  return time.ok() ? *time : net::SystemTime{};
}

AuditEvent parse_event(const std::string& line) {
  const net::Json json = net::Json::parse(line);
  const net::Json user = json.value("user", net::Json::object());
  const net::Json object = json.value("objectRef", net::Json::object());
  const net::Json credentials = user.value(net::Json::json_pointer("/extra"), net::Json::object())
                                    .value(kCredential, net::Json::array());
  return {.verb = net::string_member(json, "verb"),
          .user = net::string_member(user, "username"),
          .credential = credentials.empty() ? "" : credentials.at(0).get<std::string>(),
          .group = net::string_member(object, "apiGroup"),
          .resource = net::string_member(object, "resource"),
          .subresource = net::string_member(object, "subresource"),
          .namespace_ = net::string_member(object, "namespace"),
          .name = net::string_member(object, "name"),
          .uri = net::string_member(json, "requestURI"),
          .status = json.value(net::Json::json_pointer("/responseStatus/code"), 0),
          .received = time_of(json, "requestReceivedTimestamp"),
          .answered = time_of(json, "stageTimestamp")};
}

// The inode of the path's present file; zero if there is none.
ino_t inode(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

AuditLog::AuditLog(Cluster& cluster)
    : cluster_(cluster), path_(cluster.directory() + "/audit.log"), file_(path_) {
  inode_ = inode(path_);
  file_.seekg(0, std::ios::end);
}

// Sends a request itself, which the log has after all earlier answers. A file that another process
// writes offers no event: it polls.
const std::deque<AuditEvent>& AuditLog::events() {
  const std::string marker = "audit-log-marker-" + net::hex(net::random_bytes(8));
  const auto seen = [&] {
    read();
    const auto fresh = events_.begin() + static_cast<std::ptrdiff_t>(looked_at_);
    looked_at_ = events_.size();
    return std::any_of(fresh, events_.end(), [&](const auto& e) { return e.name == marker; });
  };
  (void)cluster_.client().get<kube::Namespace>({"", marker}, {});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!seen()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "the API server's audit log does not show what was just asked of it";
      break;
    }
    net::system_clock().sleep(std::chrono::milliseconds{5}, {});
  }
  return events_;
}

void AuditLog::read() {
  const ino_t current = inode(path_);  // read first: a file rotated away by now is complete
  std::string part;
  while (std::getline(file_, part)) {
    line_ += part;
    if (file_.eof()) break;  // the rest of the line comes later
    events_.push_back(parse_event(line_));
    line_.clear();
  }
  file_.clear();
  if (current == inode_ || current == 0) return;
  file_ = std::ifstream(path_);
  inode_ = current;
  read();
}

}  // namespace support
