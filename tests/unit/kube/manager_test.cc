#include "kube/manager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "support/fake_api_server.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using net::ErrorCode;
using support::FakeApiServer;

// All that happened, in order; a test can wait for it.
class Diary {
 public:
  void write(std::string what) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(what));
    }
    written_.notify_all();
  }
  bool await(const std::string& what, int times = 1) {
    std::unique_lock lock(mutex_);
    return written_.wait_for(lock, 10s, [&] { return std::ranges::count(lines_, what) >= times; });
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable written_;
  std::vector<std::string> lines_;
};

void wait_for_stop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

class ManagerTest : public testing::Test, public Reconciler {
 protected:
  ManagerTest() {
    manager_.add_source({"source",
                         [this](std::stop_token stop) {
                           diary_.write("source starts");
                           wait_for_stop(stop);
                           diary_.write("source ends" + lease_holder());
                         },
                         [this](std::stop_token stop) {
                           std::unique_lock lock(mutex_);
                           return sync_changed_.wait(lock, stop, [this] { return synced_; });
                         }});
    manager_.add_controller(controller_);
    server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn);
  }
  ~ManagerTest() override { stop_.request_stop(); }

  // Works until it is stopped, but for an object of the name "short".
  net::Result<ReconcileResult> reconcile(const NamespacedName& key,
                                         const ReconcileContext& context) override {
    diary_.write("reconcile starts");
    if (key.name != "short") wait_for_stop(context.stop);
    diary_.write("reconcile ends");
    return ReconcileResult{};
  }

  std::string lease_holder() {
    const Json lease = server_->find(Lease::resource(), {"operator", "leader"});
    if (lease.is_null()) return "";
    const auto holder = lease["spec"]["holderIdentity"].get<std::string>();
    return holder.empty() ? ", the lease is free" : ", the lease is held";
  }
  void sync() {
    EXPECT_TRUE(diary_.await("source starts"));
    {
      const std::lock_guard lock(mutex_);
      synced_ = true;
    }
    sync_changed_.notify_all();
  }
  void start(LeaderElector* elector = nullptr) {
    thread_ = std::jthread([this, elector] { status_ = manager_.run(stop_.get_token(), elector); });
  }
  net::Status stop() {
    stop_.request_stop();
    thread_.join();
    return status_;
  }

  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>();
  std::unique_ptr<Client> client_ = support::client_of(server_);
  LeaderElector elector_{*client_, {.lease = {"operator", "leader"}, .identity = "me"}};
  Diary diary_;
  Controller controller_{"widgets", *this};
  Manager manager_;
  std::mutex mutex_;
  std::condition_variable_any sync_changed_;
  bool synced_ = false;
  net::Status status_;
  std::stop_source stop_;
  std::jthread thread_;
};

TEST_F(ManagerTest, sources_come_first_and_go_last_and_preparations_come_before_reconciles) {
  manager_.on_leading([&](std::stop_token) -> net::Status {
    diary_.write("prepare");
    return {};
  });
  controller_.queue().add({"ns", "a"});
  start();
  EXPECT_TRUE(diary_.await("source starts"));
  EXPECT_FALSE(manager_.ready());
  sync();
  EXPECT_TRUE(diary_.await("reconcile starts"));
  EXPECT_TRUE(manager_.ready());
  EXPECT_TRUE(stop().ok());
  EXPECT_FALSE(manager_.ready());
  EXPECT_EQ(diary_.lines(),
            (std::vector<std::string>{"source starts", "prepare", "reconcile starts",
                                      "reconcile ends", "source ends"}));
}

TEST_F(ManagerTest, nothing_is_reconciled_before_the_sources_have_synced) {
  controller_.queue().add({"ns", "a"});
  start();
  EXPECT_TRUE(diary_.await("source starts"));
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(diary_.lines(), (std::vector<std::string>{"source starts", "source ends"}));
}

TEST_F(ManagerTest, is_ready_as_long_as_what_all_need_and_one_group_can_be_read) {
  std::map<std::string, std::string> trouble;  // by source
  const auto add = [&](const std::string& name, const std::string& group) {
    manager_.add_source(
        {.name = name, .run = wait_for_stop, .group = group, .trouble = [&trouble, name] {
           return trouble[name];
         }});
  };
  add("offerings", "");
  add("widgets in shop", "shop");
  add("secrets in shop", "shop");
  add("widgets in crm", "crm");
  EXPECT_FALSE(manager_.readiness().ready) << "nothing has synced";
  start();
  sync();
  EXPECT_TRUE(diary_.await("source starts"));
  while (!manager_.ready()) std::this_thread::yield();

  EXPECT_TRUE(manager_.readiness().ready);
  EXPECT_EQ(manager_.readiness().message, "");
  trouble = {{"widgets in crm", "refused"}};
  EXPECT_TRUE(manager_.readiness().ready) << "shop is served";
  EXPECT_EQ(manager_.readiness().message, "widgets in crm: refused\n");
  trouble["secrets in shop"] = "refused";
  EXPECT_FALSE(manager_.readiness().ready) << "no namespace is served whole";
  trouble = {{"offerings", "refused"}};
  EXPECT_FALSE(manager_.readiness().ready) << "nobody is served without Offerings";
  trouble = {};
  EXPECT_TRUE(manager_.readiness().ready);
  EXPECT_TRUE(stop().ok());
  EXPECT_FALSE(manager_.readiness().ready);
}

TEST_F(ManagerTest, the_lease_is_taken_before_and_released_after_the_reconciles) {
  manager_.on_leading([&](std::stop_token) -> net::Status {
    diary_.write("prepare" + lease_holder());
    return {};
  });
  controller_.queue().add({"ns", "a"});
  start(&elector_);
  sync();
  EXPECT_TRUE(diary_.await("reconcile starts"));
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(diary_.lines(), (std::vector<std::string>{"source starts", "prepare, the lease is held",
                                                      "reconcile starts", "reconcile ends",
                                                      "source ends, the lease is free"}));
}

TEST_F(ManagerTest, a_standby_is_ready_and_reconciles_nothing) {
  server_->create(Lease::resource(),
                  {{"metadata", {{"namespace", "operator"}, {"name", "leader"}}},
                   {"spec", {{"holderIdentity", "other"}, {"leaseDurationSeconds", 15}}}});
  controller_.queue().add({"ns", "a"});
  start(&elector_);
  sync();
  EXPECT_TRUE(server_->await_calls(1));
  EXPECT_TRUE(manager_.ready());
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(diary_.lines(),
            (std::vector<std::string>{"source starts", "source ends, the lease is held"}));
}

TEST_F(ManagerTest, a_leader_drains_before_its_controllers_end_and_its_lease_is_released) {
  std::binary_semaphore finish{0};
  bool was_ready = true;
  manager_.on_ending([&] {
    was_ready = manager_.ready();
    diary_.write("drain starts" + lease_holder());
    finish.acquire();
    diary_.write("drain ends" + lease_holder());
  });
  manager_.on_stepping_down([&] { diary_.write("step down" + lease_holder()); });
  controller_.queue().add({"ns", "a"});
  start(&elector_);
  sync();
  EXPECT_TRUE(diary_.await("reconcile starts"));
  stop_.request_stop();
  EXPECT_TRUE(diary_.await("drain starts, the lease is held"));
  EXPECT_FALSE(was_ready);
  EXPECT_TRUE(elector_.is_leader());
  finish.release();
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(diary_.lines(),
            (std::vector<std::string>{
                "source starts", "reconcile starts", "drain starts, the lease is held",
                "drain ends, the lease is held", "reconcile ends", "step down, the lease is held",
                "source ends, the lease is free"}));
}

TEST_F(ManagerTest, while_it_drains_it_works_on) {
  std::binary_semaphore finish{0};
  manager_.on_ending([&] {
    controller_.queue().add({"ns", "a"});
    finish.acquire();
  });
  controller_.queue().add({"ns", "short"});
  start(&elector_);
  sync();
  EXPECT_TRUE(diary_.await("reconcile ends"));
  stop_.request_stop();
  EXPECT_TRUE(diary_.await("reconcile starts", 2)) << "a request under way may wait for it";
  finish.release();
  EXPECT_TRUE(stop().ok());
}

TEST_F(ManagerTest, a_standby_drains_and_does_not_take_a_lease_that_is_free_by_then) {
  server_->create(Lease::resource(),
                  {{"metadata", {{"namespace", "operator"}, {"name", "leader"}}},
                   {"spec", {{"holderIdentity", "other"}, {"leaseDurationSeconds", 15}}}});
  std::binary_semaphore finish{0};
  manager_.on_ending([&] {
    diary_.write("drain starts");
    finish.acquire();
    diary_.write("drain ends" + lease_holder());
  });
  controller_.queue().add({"ns", "a"});
  start(&elector_);
  sync();
  EXPECT_TRUE(server_->await_watches(1));
  stop_.request_stop();
  EXPECT_TRUE(diary_.await("drain starts"));
  server_->update(Lease::resource(), {"operator", "leader"},
                  [](Json& lease) { lease["spec"]["holderIdentity"] = ""; });
  finish.release();
  EXPECT_TRUE(stop().ok());
  EXPECT_EQ(diary_.lines(), (std::vector<std::string>{"source starts", "drain starts",
                                                      "drain ends, the lease is free",
                                                      "source ends, the lease is free"}));
}

TEST_F(ManagerTest, a_replica_drains_once_however_it_ends) {
  for (const bool by_itself : {false, true}) {
    Manager manager;
    int drained = 0;
    manager.on_ending([&] { ++drained; });
    if (by_itself)
      manager.on_leading([](std::stop_token) -> net::Status {
        return net::Error{ErrorCode::Forbidden, "the keys cannot be read"};
      });
    std::stop_source stop;
    if (!by_itself) stop.request_stop();
    EXPECT_NE(manager.run(stop.get_token(), nullptr).ok(), by_itself);
    EXPECT_EQ(drained, 1);
    EXPECT_FALSE(manager.ready());
  }
}

TEST_F(ManagerTest, a_preparation_that_fails_ends_the_run_with_its_error) {
  manager_.on_leading([](std::stop_token) -> net::Status {
    return net::Error{ErrorCode::Forbidden, "the keys cannot be read"};
  });
  controller_.queue().add({"ns", "a"});
  start(&elector_);
  sync();
  thread_.join();
  ASSERT_FALSE(status_.ok());
  EXPECT_EQ(status_.error().code, ErrorCode::Forbidden);
  EXPECT_EQ(diary_.lines(),
            (std::vector<std::string>{"source starts", "source ends, the lease is free"}));
}

TEST_F(ManagerTest, a_preparation_that_a_stop_cancels_is_no_error) {
  manager_.on_leading([&](std::stop_token stop) -> net::Status {
    diary_.write("prepare");
    wait_for_stop(stop);
    return net::Error{ErrorCode::Cancelled, "stopped"};
  });
  start();
  sync();
  EXPECT_TRUE(diary_.await("prepare"));
  EXPECT_TRUE(stop().ok());
}

}  // namespace
}  // namespace kube
