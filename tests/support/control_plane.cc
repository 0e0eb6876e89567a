#include "support/control_plane.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "support/process.h"

namespace support {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "cannot go on: %s\n", what.c_str());
  std::abort();
}

}  // namespace

void ControlPlane::kill_apiserver() {
  pid_t pid = 0;
  std::ifstream(directory_ + "/run/apiserver.pid") >> pid;
  if (pid <= 0) give_up("no kube-apiserver runs in " + directory_);
  // It is no child of this process, so waitpid() does not work.
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) give_up("kube-apiserver is gone already");
  kill(pid, SIGKILL);
  pollfd ended{process, POLLIN, 0};
  poll(&ended, 1, -1);
  close(process);
}

void ControlPlane::start_apiserver() {
  const Finished started =
      run({std::string{PROJECT_SOURCE_DIR} + "/dev/control-plane/restart-apiserver.sh", directory_,
           "start"});
  if (started.exit_code != 0) give_up("restart-apiserver.sh: " + started.err);
}

void ControlPlane::compact_etcd() {
  // A range over one key that need not exist: every answer names the current revision.
  const net::Json now = etcd("kv/range", {{"key", "AA=="}});
  etcd("kv/compaction",
       {{"revision", now.at("header").at("revision").get<std::string>()}, {"physical", true}});
}

// etcd's gRPC gateway: JSON over its Unix socket.
net::Json ControlPlane::etcd(const std::string& call, const net::Json& request) const {
  const Finished answer =
      run({"curl", "-sS", "--fail-with-body", "--unix-socket", directory_ + "/run/etcd.sock",
           "http://localhost/v3/" + call, "-d", request.dump()});
  if (answer.exit_code != 0) give_up("etcd: " + call + ": " + answer.err + answer.out);
  return net::Json::parse(answer.out);
}

}  // namespace support
