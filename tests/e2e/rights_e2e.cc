// The rights of Pods and people, on a real node: namespaced mode, and authors who store credentials
// but cannot read them. tests/integration/chart_itest.cc has every right by every way.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/config.h"
#include "support/helm.h"
#include "support/node_stage.h"

namespace {

using namespace support;

class Rights : public NodeStage {
 protected:
  Finished helm_test(const std::string& limit = "120s") {
    return helm(cluster_, {"test", Installation::kName, "--namespace", Installation::kNamespace,
                           "--timeout", limit});
  }
};

TEST_F(Rights, helm_test_passes_and_fails_where_a_right_is_missing) {
  const Finished passed = helm_test();
  EXPECT_EQ(passed.exit_code, 0) << passed.out << passed.err;
  must(cluster_.kubectl({"delete", "clusterrolebinding", "integration-operator"}), "kubectl");
  const Finished failed = helm_test("30s");
  EXPECT_NE(failed.exit_code, 0);
  cluster_.kubectl({"delete", "pod", "integration-operator-test", "-n", Installation::kNamespace});
  must(installation_->upgrade({}), "helm upgrade, which makes it again");
}

TEST_F(Rights, with_watch_namespaces_integrations_there_are_configured_and_no_others) {
  const std::string other = cluster_.make_namespace("other");
  const Finished upgraded = installation_->upgrade({"watchNamespaces[0]=" + ns_});
  ASSERT_EQ(upgraded.exit_code, 0) << upgraded.err;
  EXPECT_EQ(upgraded.err, "");
  cluster_.apply(secret_yaml(other, "app", "app", kSecret) +
                 integration_yaml(other, "app", offering_, "name: app"));
  add_integration("app");
  expect_configured({"app"});
  const auto elsewhere = cluster_.integrations().get({other, "app"});
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->status.observed_generation, -1) << "nobody looks after that namespace";
  const Finished tested = helm_test();
  EXPECT_EQ(tested.exit_code, 0) << tested.out << tested.err;

  const std::vector<std::string> as{"--as", std::string{"system:serviceaccount:"} +
                                                Installation::kNamespace + ":integration-operator"};
  const auto reads = [&](const std::string& ns) {
    std::vector<std::string> arguments{"get", "secret", "app", "-n", ns};
    arguments.insert(arguments.end(), as.begin(), as.end());
    return cluster_.kubectl(arguments);
  };
  EXPECT_EQ(reads(ns_).exit_code, 0);
  EXPECT_NE(reads(other).err.find("Forbidden"), std::string::npos) << reads(other).err;
  must(installation_->upgrade({"watchNamespaces=null"}), "helm upgrade");
  cluster_.delete_integrations(other);
  cluster_.kubectl({"delete", "namespace", other, "--wait=false"});
}

TEST_F(Rights, an_author_creates_and_rotates_credentials_and_cannot_read_them) {
  must(cluster_.kubectl({"create", "serviceaccount", "author", "-n", ns_}), "kubectl");
  must(cluster_.kubectl({"create", "rolebinding", "author", "--clusterrole=integration-author",
                         "--serviceaccount=" + ns_ + ":author", "-n", ns_}),
       "kubectl");
  const auto author = [&](std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.end(),
                     {"-n", ns_, "--as", "system:serviceaccount:" + ns_ + ":author"});
    return cluster_.kubectl(arguments, input);
  };
  const auto forbidden = [](const Finished& finished) {
    return finished.exit_code != 0 && finished.err.find("orbidden") != std::string::npos &&
           (finished.out + finished.err).find(kSecret) == std::string::npos;
  };
  provider_->register_client({"app", kSecret, {callback_url_}});
  must(author({"create", "secret", "generic", "app", "--from-literal=client_id=app",
               "--from-literal=client_secret=mistyped"}),
       "kubectl create secret");
  must(author({"create", "-f", "-"}, integration_yaml(ns_, "app", offering_, "name: app")),
       "kubectl create integration");
  EXPECT_EQ(reason_of(cluster_.await_reason({ns_, "app"}, "Rejected").status.conditions,
                      api::condition::ready),
            "Rejected");
  must(author({"replace", "-f", "-"}, secret_yaml(ns_, "app", "app", kSecret)), "kubectl replace");
  expect_configured({"app"});
  EXPECT_EQ(author({"get", "integration", "app"}).exit_code, 0);

  EXPECT_TRUE(forbidden(author({"get", "secret", "app", "-o", "yaml"})));
  EXPECT_TRUE(forbidden(author({"get", "secrets", "-o", "yaml"})));
  // kubectl patch would read first: this sends the PATCH alone.
  auto as_author = *kube::load_config(cluster_.kubeconfig());
  as_author.impersonation.user = "system:serviceaccount:" + ns_ + ":author";
  const auto client = std::move(*kube::Client::create(std::move(as_author), {}));
  for (const char* type :
       {"application/merge-patch+json", "application/strategic-merge-patch+json"}) {
    const auto patched = client->send({.method = "PATCH",
                                       .path = "/api/v1/namespaces/" + ns_ + "/secrets/app",
                                       .content_type = type,
                                       .body = "{}"},
                                      {});
    ASSERT_FALSE(patched.ok()) << type;
    EXPECT_EQ(patched.error().code, net::ErrorCode::Forbidden) << patched.error().message;
  }
  EXPECT_TRUE(
      forbidden(author({"delete", "secret", "app", "--cascade=foreground", "--wait=false"})));
  EXPECT_EQ(cluster_.kubectl({"get", "secret", "app", "-n", ns_}).exit_code, 0) << "it is there";
}

}  // namespace
