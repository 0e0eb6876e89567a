// The stage of the faults on the way to the API server: the real operator, which reaches the real
// API server through a FaultyProxy, and Integrations with edits meanwhile.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "faults/edits.h"
#include "support/fault_report.h"
#include "support/faulty_proxy.h"
#include "support/operator_process.h"

namespace support {

class ProxiedOperator : public testing::Test {
 protected:
  static constexpr int kIntegrations = 100;

  static void SetUpTestSuite() {
    Cluster& cluster = Cluster::instance();
    proxy_ = std::make_unique<FaultyProxy>(*kube::load_config(operator_kubeconfig(cluster)));
    // Its watches go through tamper_ from the beginning, so that a test need not restart it.
    proxy_->play(tamper_with_watches);
    operator_ = std::make_unique<OperatorProcess>(
        cluster, std::vector<std::string>{"--leader-elect=false", "--kubeconfig",
                                          operator_kubeconfig(cluster, proxy_->url())});
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(operator_->stop(), 0);
    operator_.reset();
    proxy_.reset();
  }

  void SetUp() override {
    ns_ = cluster_.make_namespace("faults");
    edits_ = std::make_unique<Edits>(cluster_, ns_, kIntegrations);
    ASSERT_EQ(edits_->lost(std::chrono::seconds{60}), 0);
    injected_ = 0;
  }
  void TearDown() override {
    proxy_->play(tamper_with_watches);
    tamper({});
    if (HasFailure()) {
      const std::string log = operator_->log();
      std::fprintf(stderr, "the end of the operator's log:\n%s\n",
                   log.substr(log.size() - std::min<std::size_t>(log.size(), 6000)).c_str());
    }
    cluster_.delete_integrations(ns_);
  }

  static FaultyProxy::Decision tamper_with_watches(const FaultyProxy::Request& request) {
    if (!request.watches("integrations")) return FaultyProxy::Pass{};
    return FaultyProxy::Tamper{[](const std::string& line) {
      std::shared_ptr<FaultyProxy::LineFilter> filter;
      {
        const std::lock_guard lock(mutex_);
        filter = filter_;
      }
      return filter ? (*filter)(line) : FaultyProxy::Delivery{.pieces = {line}};
    }};
  }
  // From now on, the operator's watch of Integrations goes through `filter`.
  static void tamper(FaultyProxy::LineFilter filter) {
    const std::lock_guard lock(mutex_);
    filter_ = filter ? std::make_shared<FaultyProxy::LineFilter>(std::move(filter)) : nullptr;
  }

  // Edits until the fault has been injected so often, ends it, and reports the losses.
  void edit_through(
      const std::string& fault, long injections,
      const std::function<long()>& injected = [] { return injected_.load(); }) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    const long before = edits_->taken();
    while (injected() < injections && std::chrono::steady_clock::now() < end) edits_->next();
    const long happened = injected();
    EXPECT_GE(happened, injections) << fault;
    FaultReport::instance().row(fault, happened, edits_->taken() - before,
                                edits_->lost(std::chrono::seconds{60}));
  }

  Cluster& cluster_ = Cluster::instance();
  std::string ns_;
  std::unique_ptr<Edits> edits_;
  static inline std::atomic<long> injected_{0};
  static inline std::unique_ptr<FaultyProxy> proxy_;
  static inline std::unique_ptr<OperatorProcess> operator_;

 private:
  static inline std::mutex mutex_;
  static inline std::shared_ptr<FaultyProxy::LineFilter> filter_;  // null: tampers with nothing
};

}  // namespace support
