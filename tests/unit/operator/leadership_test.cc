#include "operator/leadership.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kube/core.h"
#include "operator/keys.h"
#include "support/fake_api_server.h"

namespace op {
namespace {

using support::FakeApiServer;

const kube::NamespacedName kMark{kMarkNamespace, kMarkName};
const kube::NamespacedName kLease{"operator", "test"};

class LeadershipTest : public testing::Test, public kube::Reconciler {
 protected:
  // The state when the first reconcile began.
  struct Start {
    std::string mark;
    std::size_t key_size = 0;
  };

  LeadershipTest() {
    server_->serve(kube::Lease::resource(), FakeApiServer::Kind::BuiltIn);
    server_->serve(kube::Secret::resource(), FakeApiServer::Kind::BuiltIn);
    runtime_->add_controller("test", *this).queue().add({"", "once"});
  }
  net::Result<kube::ReconcileResult> reconcile(const kube::NamespacedName&,
                                               const kube::ReconcileContext&) override {
    start_.set_value({.mark = holder(kMark), .key_size = leadership_.hash_key().size()});
    return kube::ReconcileResult{};
  }
  std::string holder(const kube::NamespacedName& lease) const {
    const kube::Json json = server_->find(kube::Lease::resource(), lease);
    return json.is_null() ? "" : json["spec"]["holderIdentity"].get<std::string>();
  }
  void run() {
    thread_ = std::jthread([this](std::stop_token stop) { ended_ = leadership_.run(stop); });
  }
  // Returns the result of the run.
  net::Status stop() {
    thread_.request_stop();
    thread_.join();
    return ended_;
  }

  // The leader's renewals, its deadline, and the mark's renewals.
  static constexpr int kWaiters = 3;

  net::ManualClock clock_;
  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>(clock_);
  std::unique_ptr<kube::Runtime> runtime_ =
      std::move(*kube::Runtime::create({.name = "test",
                                        .lease = kLease,
                                        .cluster = support::cluster_config("operator"),
                                        .clock = &clock_,
                                        .make_http = support::connections_to(server_)}));
  std::promise<Start> start_;
  std::vector<std::string> finished_;  // the holders of lease and mark then
  Leadership leadership_{*runtime_, "operator", [this] {
                           finished_.push_back(holder(kLease).empty() ? "free" : "held");
                           finished_.push_back(holder(kMark));
                         }};
  net::Status ended_;
  std::jthread thread_;
};

TEST_F(LeadershipTest, a_leader_has_the_mark_and_the_key_before_it_reconciles) {
  run();
  const Start start = start_.get_future().get();
  EXPECT_EQ(start.mark, "operator");
  EXPECT_EQ(start.key_size, 32U);
  EXPECT_FALSE(server_->find(kube::Secret::resource(), {"operator", keys_secret_name}).is_null());
  EXPECT_TRUE(stop().ok());
}

TEST_F(LeadershipTest, work_is_finished_before_lease_and_mark_are_given_back) {
  run();
  start_.get_future().wait();
  EXPECT_TRUE(stop().ok());
  ASSERT_GE(finished_.size(), 2U);
  EXPECT_EQ(finished_[0], "held");
  EXPECT_EQ(finished_[1], "operator");
  EXPECT_EQ(holder(kLease), "");
  const kube::Json mark = server_->find(kube::Lease::resource(), kMark);
  EXPECT_EQ(mark["spec"]["leaseDurationSeconds"], 10) << "it expires soon";
}

TEST_F(LeadershipTest, an_install_that_loses_the_mark_ends_and_names_the_other) {
  run();
  start_.get_future().wait();
  server_->update(kube::Lease::resource(), kMark,
                  [](kube::Json& lease) { lease["spec"]["holderIdentity"] = "theirs"; });
  for (int renewals = 0; renewals < 5; ++renewals) {
    clock_.await_waiters(kWaiters);
    clock_.advance(std::chrono::seconds{2});
  }
  thread_.join();
  ASSERT_FALSE(ended_.ok());
  EXPECT_EQ(ended_.error().code, net::ErrorCode::AlreadyExists);
  EXPECT_NE(ended_.error().message.find("\"theirs\""), std::string::npos);
  EXPECT_EQ(holder(kMark), "theirs");
}

}  // namespace
}  // namespace op
