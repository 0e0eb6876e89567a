// With --watch-namespaces, an unreadable or deleted namespace takes nothing from the others; the
// operator serves it again soon after the right is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "faults/edits.h"
#include "net/http_client.h"
#include "support/fault_report.h"
#include "support/operator_process.h"

namespace {

using namespace support;
using std::chrono::seconds;

constexpr const char* kName = "narrow";

// The chart's Role for a watched namespace, with those verbs to read.
std::string role_yaml(const std::string& ns, const std::string& verbs) {
  const std::string metadata = "metadata: {name: narrow, namespace: " + ns + "}\n";
  return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n" + metadata +
         "rules:\n"
         "  - {apiGroups: [oauth.integrations.dev], resources: [integrations], verbs: [" +
         verbs +
         "]}\n"
         "  - {apiGroups: [oauth.integrations.dev], resources: [integrations/status], verbs: "
         "[patch]}\n"
         "  - {apiGroups: [''], resources: [secrets], verbs: [" +
         verbs +
         "]}\n"
         "  - {apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch]}\n"
         "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" +
         metadata +
         "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: narrow}\n"
         "subjects: [{kind: ServiceAccount, name: narrow, namespace: integration-operator}]\n";
}

class WatchedNamespaces : public testing::Test {
 protected:
  static constexpr const char* kAll = "get, list, watch";

  void SetUp() override {
    cluster_.apply(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: narrow, namespace: "
        "integration-operator}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: narrow}\nrules:\n"
        "  - {apiGroups: [oauth.integrations.dev], resources: [offerings], verbs: [get, list, "
        "watch, patch]}\n"
        "  - {apiGroups: [''], resources: [namespaces], verbs: [get, list, watch]}\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: narrow}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: narrow}\n"
        "subjects: [{kind: ServiceAccount, name: narrow, namespace: integration-operator}]\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
        "metadata: {name: narrow, namespace: integration-operator}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: integration-operator}\n"
        "subjects: [{kind: ServiceAccount, name: narrow, namespace: integration-operator}]\n");
    cluster_.apply(role_yaml(shop_, kAll) + role_yaml(crm_, kAll));
    kubeconfig_ = cluster_.temporary_path("narrow.kubeconfig");
    must(run({source_path("dev/control-plane/kubeconfig-for-serviceaccount.sh"),
              cluster_.directory(), OperatorProcess::namespace_, kName, kubeconfig_}),
         "a kubeconfig");
    start();
    shop_edits_ = std::make_unique<Edits>(cluster_, shop_, 5);
    crm_edits_ = std::make_unique<Edits>(cluster_, crm_, 5);
    ASSERT_EQ(shop_edits_->lost(seconds{30}), 0);
    ASSERT_EQ(crm_edits_->lost(seconds{30}), 0);
  }
  void TearDown() override {
    if (HasFailure()) std::fprintf(stderr, "%s\n", operator_->end_of_log().c_str());
    operator_.reset();
    for (const std::string& ns : {shop_, crm_}) cluster_.delete_integrations(ns);
  }

  // Ends the running operator, and returns when the new one is ready: half of the test's subject.
  void start() {
    operator_.reset();
    operator_ = std::make_unique<OperatorProcess>(
        cluster_, std::vector<std::string>{"--leader-elect=false", "--kubeconfig", kubeconfig_,
                                           "--watch-namespaces", shop_ + "," + crm_});
  }
  std::string readyz() const {
    net::HttpRequest request;
    request.url = operator_->probe_url() + "/readyz";
    const auto response = (*net::make_http_client({}))->send(request, {});
    return response.ok() ? std::to_string(response->status) + " " + response->body : "";
  }
  // Counts lines of the log that have all of these.
  long logged(const std::vector<std::string>& words) const {
    std::istringstream log(operator_->log());
    long count = 0;
    for (std::string line; std::getline(log, line);)
      count += std::ranges::all_of(
          words, [&](const auto& word) { return line.find(word) != std::string::npos; });
    return count;
  }
  bool up(const std::string& ns) const {
    return operator_->metrics().find("kube_reflector_up{namespace=\"" + ns +
                                     "\",resource=\"integrations\"} 1") != std::string::npos;
  }
  static long make(Edits& edits, seconds limit) {
    edits.make(5);
    return edits.lost(limit);
  }

  Cluster& cluster_ = Cluster::instance();
  const std::string shop_ = cluster_.make_namespace("shop");
  const std::string crm_ = cluster_.make_namespace("crm");
  std::string kubeconfig_;
  std::unique_ptr<OperatorProcess> operator_;
  std::unique_ptr<Edits> shop_edits_, crm_edits_;
};

TEST_F(WatchedNamespaces, one_without_its_rolebinding_stops_no_other_and_comes_back_with_it) {
  cluster_.kubectl({"delete", "rolebinding", kName, "-n", crm_});
  start();
  FaultReport::instance().row("RoleBinding of a watched namespace removed, after a restart", 1, 5,
                              make(*shop_edits_, seconds{5}));
  const std::string ready = readyz();
  EXPECT_TRUE(ready.starts_with("200 ok")) << ready;
  EXPECT_NE(ready.find("integrations in " + crm_), std::string::npos) << ready;
  EXPECT_EQ(ready.find(shop_), std::string::npos) << ready;
  EXPECT_TRUE(up(shop_));
  EXPECT_FALSE(up(crm_));
  // After more than one retry, each missing right still has only one line.
  ASSERT_EQ(make(*shop_edits_, seconds{5}), 0);
  net::system_clock().sleep(seconds{3}, {});
  for (const char* resource : {"integrations", "secrets"})
    EXPECT_EQ(logged({R"("level":"error")", R"("logger":"reflector")", R"("verb":"list")",
                      "system:serviceaccount:integration-operator:narrow", crm_,
                      std::string{R"("resource":")"} + resource, R"("neededFor":"to )"}),
              1)
        << resource << "\n"
        << operator_->log();
  EXPECT_GE(logged({"watchNamespaces", shop_ + "," + crm_}), 1);

  crm_edits_->make(5);
  cluster_.apply(role_yaml(crm_, kAll));
  FaultReport::instance().row("RoleBinding of a watched namespace given back", 1, 5,
                              crm_edits_->lost(seconds{15}));
  EXPECT_TRUE(up(crm_));
  // An informer of its own reads its Secrets, and works again at its next retry.
  const auto end = std::chrono::steady_clock::now() + seconds{15};
  while (readyz() != "200 ok\n" && std::chrono::steady_clock::now() < end)
    net::system_clock().sleep(std::chrono::milliseconds{50}, {});
  EXPECT_EQ(readyz(), "200 ok\n");
}

TEST_F(WatchedNamespaces, one_that_is_gone_stops_no_other) {
  cluster_.delete_integrations(crm_);
  must(cluster_.kubectl({"delete", "namespace", crm_, "--timeout=60s"}), "deleting a namespace");
  FaultReport::instance().row("a watched namespace deleted", 1, 5, make(*shop_edits_, seconds{5}));
  start();
  FaultReport::instance().row("a watched namespace deleted, after a restart", 1, 5,
                              make(*shop_edits_, seconds{5}));
  EXPECT_TRUE(readyz().starts_with("200 ok"));
}

TEST_F(WatchedNamespaces, without_the_right_to_watch_what_is_seen_is_seconds_old) {
  cluster_.apply(role_yaml(shop_, "get, list"));
  start();
  long lost = 0;
  for (int i = 0; i < 3; ++i) lost += make(*shop_edits_, seconds{15});
  FaultReport::instance().row("right to watch taken away", 1, 15, lost);
  EXPECT_FALSE(up(shop_));
  EXPECT_EQ(make(*crm_edits_, seconds{5}), 0);
  EXPECT_EQ(
      logged({R"("level":"error")", R"("verb":"watch")", R"("resource":"integrations")", shop_}),
      1);
  cluster_.apply(role_yaml(shop_, kAll));
  FaultReport::instance().row("right to watch given back", 1, 5, make(*shop_edits_, seconds{15}));
}

}  // namespace
