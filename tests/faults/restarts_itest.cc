// kube-apiserver is killed and started again, and etcd's history is compacted, under readers and
// writers. On a control plane of its own, since nobody else's may be killed.
//
// Seen of kube-apiserver 1.36: a watch from a version before its restart gets 410 as an event as
// soon as anything, of any resource, was written in between (its watch cache begins with its
// start); a list continues at its page after a restart, as long as etcd keeps its version. So a
// reader with a watch lists once more for each restart, in pages.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "faults/edits.h"
#include "faults/gate.h"
#include "support/control_plane.h"
#include "support/fault_report.h"
#include "support/faulty_proxy.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using Proxy = FaultyProxy;

constexpr int kIntegrations = 1000;
constexpr std::chrono::seconds kLimit{60};

class Restarts : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Cluster& cluster = Cluster::instance();
    edits_ = std::make_unique<Edits>(cluster, cluster.make_namespace("restarts"), kIntegrations);
  }
  static void TearDownTestSuite() { edits_.reset(); }

  Cluster& cluster_ = Cluster::instance();
  ControlPlane control_plane_{cluster_.directory()};
  static inline std::unique_ptr<Edits> edits_;
};

// Reads all Integrations, by small pages and through a proxy.
class PagedReader {
 public:
  static constexpr int kPages = 20;

  PagedReader(Cluster& cluster, Proxy::Script script)
      : proxy_(*kube::load_config(operator_kubeconfig(cluster))) {
    proxy_.play(std::move(script));
    auto client =
        kube::Client::create(*kube::load_config(operator_kubeconfig(cluster, proxy_.url())), {});
    client_ = std::move(*client);
    kube::InformerOptions options;
    options.page_size = kIntegrations / kPages;
    informer_ = std::make_unique<kube::Informer<api::Integration>>(*client_, options);
    thread_ = std::jthread([this](std::stop_token stop) { informer_->run(stop); });
  }
  kube::Informer<api::Integration>& informer() { return *informer_; }
  Proxy& proxy() { return proxy_; }
  // Requests for first pages: begun lists.
  long lists_begun() const {
    return proxy_.count([](const Proxy::Request& request) {
      return request.lists("integrations") && !request.query.contains("continue");
    });
  }

 private:
  Proxy proxy_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::Informer<api::Integration>> informer_;
  std::jthread thread_;
};

TEST_F(Restarts, an_interrupted_list_goes_on_at_the_page_that_it_had_asked_for) {
  // The API server dies at the requests for the 7th and the 15th page.
  struct Kill {
    int page;
    Gate asked, dead;
  };
  std::array<Kill, 2> kills{{{.page = 7}, {.page = 15}}};
  std::atomic<int> pages = 0;
  PagedReader reader(cluster_, [&](const Proxy::Request& request) -> Proxy::Decision {
    const int page = request.lists("integrations") ? ++pages : 0;
    for (Kill& kill : kills) {
      if (kill.page != page) continue;
      kill.asked.open();
      kill.dead.pass();
    }
    return Proxy::Pass{};
  });
  const long before = edits_->taken();
  for (Kill& kill : kills) {
    kill.asked.pass();
    control_plane_.kill_apiserver();
    kill.dead.open();
    control_plane_.start_apiserver();
    edits_->make(20);
  }
  ASSERT_TRUE(reader.informer().wait_synced({}));
  std::map<std::string, int> asked, answered;  // by page
  for (const Proxy::Request& request : reader.proxy().requests()) {
    if (request.is_watch()) break;
    if (!request.lists("integrations")) continue;
    const auto token = request.query.find("continue");
    const std::string page = token == request.query.end() ? "the first" : token->second;
    ++asked[page];
    if (request.status == 200) ++answered[page];
  }
  EXPECT_EQ(asked["the first"], 1) << "it began anew";
  EXPECT_EQ(asked.size(), static_cast<std::size_t>(PagedReader::kPages));
  for (const auto& [page, times] : answered) EXPECT_EQ(times, 1) << page;
  FaultReport::instance().row("kube-apiserver killed between the pages of a list",
                              std::ssize(kills), edits_->taken() - before,
                              edits_->await_seen(reader.informer().store(), kLimit));
}

TEST_F(Restarts, what_etcd_has_compacted_is_listed_anew) {
  // The history is compacted between two pages, and the API server with a copy of it restarts; then
  // again, under a watch that is held up.
  Gate asked, restarted, held, go_on;
  std::atomic<int> pages = 0;
  std::atomic<bool> hold = false;
  std::atomic<long> gone_events = 0;
  PagedReader reader(cluster_, [&](const Proxy::Request& request) -> Proxy::Decision {
    if (request.lists("integrations") && ++pages == 7) {
      asked.open();
      restarted.pass();
    }
    if (!request.is_watch()) return Proxy::Pass{};
    return Proxy::Tamper{[&](const std::string& line) {
      if (line.find(R"("type":"ERROR")") != std::string::npos) ++gone_events;
      if (!hold.exchange(false)) return Proxy::Delivery{.pieces = {line}};
      held.open();
      go_on.pass();
      return Proxy::Delivery{.cut = true};
    }};
  });
  const auto compact = [&](int edits) {
    edits_->make(edits);
    control_plane_.compact_etcd();
    control_plane_.kill_apiserver();
    control_plane_.start_apiserver();
  };
  const long before = edits_->taken();
  asked.pass();
  compact(50);
  restarted.open();
  ASSERT_TRUE(reader.informer().wait_synced({}));
  const long refused =
      reader.proxy().count([](const auto& request) { return request.status == 410; });
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(reader.lists_begun(), 1 + refused);

  // It watches once an edit has reached it.
  edits_->make(1);
  ASSERT_EQ(edits_->await_seen(reader.informer().store(), kLimit), 0);
  hold = true;
  edits_->make(1);
  held.pass();
  compact(50);
  go_on.open();
  edits_->make(1);
  const long lost = edits_->await_seen(reader.informer().store(), kLimit);
  EXPECT_GE(gone_events, 1);
  FaultReport::instance().row("etcd compacted between pages and under a paused watch",
                              refused + gone_events, edits_->taken() - before, lost);
}

// The pages of the Integrations' list that the operator received, by the API server's audit log.
// The log lacks a request that a SIGKILL cut short, and may have a torn line.
struct Pages {
  long first = 0;  // lists begun
  long all = 0;
};
Pages pages_read_by_operator(const std::string& directory) {
  Pages pages;
  std::ifstream audit(directory + "/audit.log");
  for (std::string line; std::getline(audit, line);) {
    const auto event = net::parse_json(line);
    if (!event.ok() || net::string_member(*event, "verb") != "list") continue;
    const std::string uri = net::string_member(*event, "requestURI");
    // The other readers of this test read other pages.
    if (uri.find("/integrations?limit=500") == std::string::npos) continue;
    if (net::string_member(event->at("user"), "username") !=
        "system:serviceaccount:integration-operator:integration-operator")
      continue;
    if (event->at("responseStatus").value("code", 0) != 200) continue;
    ++pages.all;
    if (uri.find("continue=") == std::string::npos) ++pages.first;
  }
  return pages;
}

// Edits without end, on a thread of its own.
class Editor {
 public:
  explicit Editor(Edits& edits) : edits_(edits) {}
  void await_edits(long count) {
    std::unique_lock lock(mutex_);
    const long enough = edits_.taken() + count;
    edited_.wait(lock, [&] { return edits_.taken() >= enough; });
  }

 private:
  Edits& edits_;
  std::mutex mutex_;
  std::condition_variable edited_;
  std::jthread thread_{[this](std::stop_token stop) {
    while (edits_.next(stop)) {
      const std::lock_guard lock(mutex_);
      edited_.notify_all();
    }
  }};
};

TEST_F(Restarts, twenty_kills_lose_none_of_the_edits_of_a_thousand_integrations) {
  constexpr int kKills = 20;
  // An API server's outage of more than a Lease's duration ends the holder, as it must: a slow
  // machine's restart may take so long, and this test is not about leases.
  OperatorProcess the_operator(cluster_, {"--leader-elect=false"});
  ASSERT_EQ(edits_->lost(2 * kLimit), 0);
  const Pages before = pages_read_by_operator(cluster_.directory());
  ASSERT_GE(before.first, 1) << "the search itself must find what is there";
  const long edits_before = edits_->taken();
  {
    Editor editor(*edits_);
    for (int kill = 0; kill < kKills; ++kill) {
      editor.await_edits(50);
      control_plane_.kill_apiserver();
      control_plane_.start_apiserver();
      // An edit after the restart is answered: so the operator watches again.
      const int fresh = edits_->upcoming();
      editor.await_edits(2);
      EXPECT_TRUE(edits_->await_told(fresh, kLimit));
    }
    while (edits_->taken() - edits_before < kIntegrations) editor.await_edits(1);
  }
  const long lost = edits_->lost(kLimit);
  FaultReport::instance().row("kube-apiserver killed (SIGKILL) and started again", kKills,
                              edits_->taken() - edits_before, lost);
  const Pages after = pages_read_by_operator(cluster_.directory());
  const long lists = after.first - before.first;
  std::printf("%d restarts: the operator listed the Integrations %ld times, in %ld pages\n", kKills,
              lists, after.all - before.all);
  // 410 after each restart, and not one more list; each page once, except for one that a kill may
  // have hit after its answer.
  EXPECT_LE(lists, kKills);
  EXPECT_LE(after.all - before.all, lists * 2 + kKills);
  EXPECT_EQ(the_operator.stop(), 0);
}

}  // namespace

int main(int argc, char** argv) {
  unsetenv("CONTROL_PLANE_DIR");
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
