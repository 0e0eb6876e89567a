// Connections that die silently: their packets are dropped, in a network namespace of this test's
// own, while new connections work. Needs root and nftables.
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <sstream>

#include "faults/edits.h"
#include "support/cluster.h"
#include "support/fault_report.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using Clock = std::chrono::steady_clock;

constexpr int kIntegrations = 50;
// The client gives up a watch without a bookmark for 75 s, and kept connections with requests that
// get no answer within 30 s.
constexpr std::chrono::seconds kBound{150};

Finished must(std::vector<std::string> command) {
  Finished finished = run(command);
  EXPECT_EQ(finished.exit_code, 0) << command[0] << ": " << finished.err;
  return finished;
}

class Silence : public testing::Test {
 protected:
  // Before the first thread and the first socket: both belong to the namespace in which they began.
  static void SetUpTestSuite() {
    if (unshare(CLONE_NEWNET) != 0) return;
    unsetenv("CONTROL_PLANE_DIR");
    must({"ip", "link", "set", "lo", "up"});
    usable_ = run({"nft", "list", "ruleset"}).exit_code == 0;
  }
  static inline bool usable_ = false;

  // The local ports of the process's connections.
  static std::vector<std::string> client_ports(pid_t pid) {
    std::vector<std::string> ports;
    std::istringstream lines(must({"ss", "-tnpH", "state", "established"}).out);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("pid=" + std::to_string(pid) + ",") == std::string::npos) continue;
      std::string receive_queue, send_queue, local;
      std::istringstream(line) >> receive_queue >> send_queue >> local;
      ports.push_back(local.substr(local.rfind(':') + 1));
    }
    return ports;
  }
  static void drop(const std::vector<std::string>& ports) {
    std::string set;
    for (const std::string& port : ports) set += (set.empty() ? "" : ",") + port;
    must({"nft",
          "add table inet faults; add chain inet faults in { type filter hook input priority 0; }; "
          "add rule inet faults in tcp sport {" +
              set +
              "} counter drop; "
              "add rule inet faults in tcp dport {" +
              set + "} counter drop"});
  }
};

TEST_F(Silence, a_watch_that_goes_silent_is_noticed_and_no_change_is_lost) {
  if (!usable_) GTEST_SKIP() << "no network namespaces with nftables here: needs root and nft";
  Cluster& cluster = Cluster::instance();
  const std::string ns = cluster.make_namespace("silence");
  Edits edits(cluster, ns, kIntegrations);
  OperatorProcess the_operator(cluster);
  ASSERT_EQ(edits.lost(kBound), 0);

  const auto ports = client_ports(the_operator.process().pid());
  ASSERT_GE(ports.size(), 4u) << "a watch for each kind";
  drop(ports);
  const auto began = Clock::now();
  edits.make(kIntegrations);
  const long lost = edits.lost(kBound);
  std::printf("%zu connections silenced: %d edits were reconciled %.1f s later\n", ports.size(),
              kIntegrations, std::chrono::duration<double>(Clock::now() - began).count());
  const std::string counters = must({"nft", "list", "ruleset"}).out;
  EXPECT_EQ(counters.find("packets 0 "), std::string::npos) << counters;
  FaultReport::instance().row("connection whose packets are dropped", std::ssize(ports),
                              edits.taken(), lost);
  if (HasFailure()) std::fprintf(stderr, "%s\n", the_operator.end_of_log().c_str());
}

}  // namespace
