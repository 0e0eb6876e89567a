// The stage of tests on a real node: the operator as its chart installs it, a provider in the
// cluster, both for the whole file, and for each test a namespace and an Offering of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/cluster_provider.h"
#include "support/installation.h"
#include "support/manifests.h"

namespace support {

class NodeStage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = std::make_unique<Installation>(NodeCluster::instance());
    provider_ = std::make_unique<ClusterProvider>(NodeCluster::instance());
  }
  static void TearDownTestSuite() {
    installation_.reset();
    provider_.reset();
  }

  void SetUp() override {
    ns_ = cluster_.make_namespace("test");
    offering_ = "offering-" + ns_;
    cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer(),
                                        "  caBundle: |\n" + indented(provider_->ca_bundle())));
    const auto offering =
        cluster_.offerings().await({"", offering_}, [](const api::Offering* found) {
          return found != nullptr && !found->status.callback_url.empty();
        });
    ASSERT_TRUE(offering);
    callback_url_ = offering->status.callback_url;
    ASSERT_FALSE(callback_url_.empty()) << "no operator has looked at the Offering";
  }
  void TearDown() override {
    if (HasFailure()) std::fprintf(stderr, "%s\n", operator_log().c_str());
    cluster_.delete_integrations(ns_);
    cluster_.kubectl({"delete", "namespace", ns_, "--wait=false"});
    cluster_.kubectl({"delete", "offering", offering_, "--ignore-not-found", "--timeout=20s"});
  }

  // Registers a client at the provider, and makes an Integration with its credentials; both have
  // that name.
  void add_integration(const std::string& name) {
    provider_->register_client({name, kSecret, {callback_url_}});
    cluster_.apply(secret_yaml(ns_, name, name, kSecret) +
                   integration_yaml(ns_, name, offering_, "name: " + name));
  }
  std::vector<std::string> add_integrations(const std::string& prefix, int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      names.push_back(prefix + "-" + std::to_string(i));
      add_integration(names.back());
    }
    return names;
  }
  void expect_configured(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto integration =
          cluster_.await_reason({ns_, name}, api::reason::configured, std::chrono::seconds{60});
      EXPECT_EQ(integration.status.phase, api::Phase::Configured)
          << name << ": " << message_of(integration.status.conditions, api::condition::ready);
    }
  }
  // Returns how often a client's verification began since the provider's log was cleared: each time
  // the provider accepts its authorization request once, and refuses the controls.
  int verifications(const std::string& client) {
    int count = 0;
    for (const net::Json& request : provider_->requests())
      if (net::string_member(request, "client_id") == client && request.value("status", 0) == 201)
        ++count;
    return count;
  }

  std::string operator_log() {
    return cluster_
        .kubectl({"logs", "-n", Installation::kNamespace, "-l",
                  "app.kubernetes.io/component=operator", "--prefix", "--tail=40"})
        .out;
  }
  static std::string indented(const std::string& text) {
    std::string result = "    ";
    for (const char c : text) result += c == '\n' ? std::string{"\n    "} : std::string{c};
    return result + "\n";
  }

  static constexpr const char* kSecret = "s3cr3t-of-the-test-client";
  NodeCluster& cluster_ = NodeCluster::instance();
  static inline std::unique_ptr<Installation> installation_;
  static inline std::unique_ptr<ClusterProvider> provider_;
  std::string ns_, offering_, callback_url_;
};

}  // namespace support
