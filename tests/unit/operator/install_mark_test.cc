#include "operator/install_mark.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "support/fake_api_server.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using kube::Json;
using kube::Lease;
using support::FakeApiServer;
using support::to;

const kube::NamespacedName kMark{kMarkNamespace, kMarkName};

class InstallMarkTest : public testing::Test {
 protected:
  InstallMarkTest() { server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn); }

  void marked_by(const std::string& holder, int seconds = 60) {
    server_->create(Lease::resource(),
                    {{"metadata", {{"namespace", kMark.namespace_}, {"name", kMark.name}}},
                     {"spec", {{"holderIdentity", holder}, {"leaseDurationSeconds", seconds}}}});
  }
  void renewed() {
    server_->update(Lease::resource(), kMark, [](Json& lease) {
      lease["spec"]["renewTime"] = "2026-01-01T00:00:00.000000Z";
    });
  }
  Json spec() const { return server_->find(Lease::resource(), kMark)["spec"]; }
  std::size_t writes() const {
    return server_->calls([](const support::ApiCall& call) { return call.is_write(); }).size();
  }
  // It reads the mark each two seconds.
  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= 2s) {
      clock_.await_waiters(1);
      clock_.advance(2s);
    }
  }
  std::future<net::Status> awaited_free() {
    return std::async(std::launch::async, [this] { return mark_.await_free(stop_.get_token()); });
  }
  net::Status held() {
    return mark_.hold(stop_.get_token(),
                      [this](const net::Error& error) { lost_.set_value(error); });
  }

  net::ManualClock clock_;
  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>(clock_);
  std::unique_ptr<kube::Client> client_ = support::client_of(server_, clock_);
  std::stop_source stop_;
  std::promise<net::Error> lost_;
  InstallMark mark_{*client_, "mine", clock_};
};

TEST_F(InstallMarkTest, a_cluster_without_one_or_with_ones_own_is_free_and_nothing_is_written) {
  EXPECT_TRUE(mark_.await_free({}).ok());
  marked_by("mine");
  EXPECT_TRUE(mark_.await_free({}).ok());
  EXPECT_EQ(writes(), 0U);
}

TEST_F(InstallMarkTest, another_install_that_renews_its_mark_is_named_with_what_to_do) {
  marked_by("theirs");
  auto free = awaited_free();
  pass(4s);
  clock_.await_waiters(1);
  renewed();
  clock_.advance(2s);
  const net::Status status = free.get();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, net::ErrorCode::AlreadyExists);
  for (const char* part : {"namespace \"theirs\"", "\"mine\"", "--namespace theirs",
                           "kube-system/integration-operator-install"})
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
  EXPECT_EQ(writes(), 0U);
}

TEST_F(InstallMarkTest, a_mark_that_is_not_renewed_for_as_long_as_it_says_is_free) {
  marked_by("theirs", 60);
  auto free = awaited_free();
  pass(58s);
  clock_.await_waiters(1);
  EXPECT_EQ(free.wait_for(0s), std::future_status::timeout);
  clock_.advance(2s);
  EXPECT_TRUE(free.get().ok());
  EXPECT_TRUE(held().ok());
  EXPECT_EQ(spec()["holderIdentity"], "mine");
}

TEST_F(InstallMarkTest, a_mark_without_a_holder_is_free) {
  marked_by("");
  EXPECT_TRUE(mark_.await_free({}).ok());
}

TEST_F(InstallMarkTest, an_api_server_that_does_not_answer_is_asked_again_until_a_stop) {
  server_->set_online(false);
  auto free = awaited_free();
  pass(10s);
  clock_.await_waiters(1);
  server_->set_online(true);
  clock_.advance(2s);
  EXPECT_TRUE(free.get().ok());
  server_->set_online(false);
  free = awaited_free();
  clock_.await_waiters(1);
  stop_.request_stop();
  EXPECT_TRUE(free.get().ok());
}

TEST_F(InstallMarkTest,
       without_the_right_to_it_a_warning_names_the_right_and_the_operator_goes_on) {
  testing::internal::CaptureStderr();
  server_->answer_next(2, 403);
  EXPECT_TRUE(mark_.await_free({}).ok());
  EXPECT_TRUE(held().ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("get, create and update of leases in namespace kube-system"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("\"level\":\"warn\""), std::string::npos);
  EXPECT_EQ(log.find("\n"), log.size() - 1) << "one line: " << log;
}

TEST_F(InstallMarkTest, is_held_under_the_installs_name_and_renewed) {
  ASSERT_TRUE(held().ok());
  EXPECT_EQ(spec()["holderIdentity"], "mine");
  EXPECT_EQ(spec()["leaseDurationSeconds"], 60);
  clock_.await_waiters(1);
  clock_.advance(10s);
  ASSERT_TRUE(server_->await_calls(1, to("PUT")));
  EXPECT_EQ(spec()["renewTime"], "2023-11-14T22:13:30.000000Z");
}

TEST_F(InstallMarkTest, replicas_of_one_install_share_it) {
  ASSERT_TRUE(held().ok());
  InstallMark replica(*client_, "mine", clock_);
  EXPECT_TRUE(replica.await_free({}).ok());
  EXPECT_TRUE(replica.hold({}, [](const net::Error&) {}).ok());
}

TEST_F(InstallMarkTest, of_two_that_start_at_once_one_holds_it) {
  ASSERT_TRUE(mark_.await_free({}).ok());
  server_->before_next(to("POST"), [&] { marked_by("theirs"); });
  auto holds = std::async(std::launch::async, [this] { return held(); });
  clock_.await_waiters(1);
  clock_.advance(2s);
  const net::Status status = holds.get();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, net::ErrorCode::AlreadyExists);
  EXPECT_EQ(spec()["holderIdentity"], "theirs");
}

TEST_F(InstallMarkTest, one_that_another_install_took_is_lost_at_the_next_renewal) {
  ASSERT_TRUE(held().ok());
  server_->update(Lease::resource(), kMark,
                  [](Json& lease) { lease["spec"]["holderIdentity"] = "theirs"; });
  clock_.await_waiters(1);
  clock_.advance(10s);
  EXPECT_EQ(lost_.get_future().get().code, net::ErrorCode::AlreadyExists);
  mark_.release();
  EXPECT_EQ(spec()["holderIdentity"], "theirs");
}

TEST_F(InstallMarkTest, released_it_lets_another_install_begin_after_ten_seconds) {
  ASSERT_TRUE(held().ok());
  mark_.release();
  EXPECT_EQ(spec()["leaseDurationSeconds"], 10);
  InstallMark other(*client_, "theirs", clock_);
  auto free = std::async(std::launch::async, [&] { return other.await_free({}); });
  pass(8s);
  clock_.await_waiters(1);
  EXPECT_EQ(free.wait_for(0s), std::future_status::timeout);
  clock_.advance(2s);
  EXPECT_TRUE(free.get().ok());
  mark_.release();  // again: no effect
}

}  // namespace
}  // namespace op
