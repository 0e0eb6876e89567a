#include "kube/controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kube {
namespace {

using namespace std::chrono_literals;
using net::Error;
using net::ErrorCode;

const NamespacedName kA{"ns", "a"};
const NamespacedName kB{"ns", "b"};

// Answers each call by the next of its scripted answers (then with success) and lets a test wait
// for calls.
class Scripted : public Reconciler {
 public:
  using Answer = std::function<net::Result<ReconcileResult>(const ReconcileContext&)>;

  void then(Answer answer) { answers_.push_back(std::move(answer)); }
  void then(ReconcileResult result) {
    then([=](const ReconcileContext&) { return result; });
  }
  void then(ErrorCode code) {
    then([=](const ReconcileContext&) { return Error{code, "scripted"}; });
  }

  net::Result<ReconcileResult> reconcile(const NamespacedName& key,
                                         const ReconcileContext& context) override {
    Answer answer = [](const ReconcileContext&) { return ReconcileResult{}; };
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(key);
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
    }
    called_.notify_all();
    return answer(context);
  }

  // Waits for `count` calls in all.
  bool await_calls(std::size_t count) {
    std::unique_lock lock(mutex_);
    return called_.wait_for(lock, 10s, [&] { return calls_.size() >= count; });
  }
  std::size_t calls() {
    const std::lock_guard lock(mutex_);
    return calls_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable called_;
  std::deque<Answer> answers_;
  std::vector<NamespacedName> calls_;
};

class ControllerTest : public testing::Test {
 protected:
  // Runs the controller until `while_running` returns; the reconciles under way have ended then.
  void run(const std::function<void()>& while_running) {
    std::stop_source stop;
    std::jthread thread([&] { controller_.run(stop.get_token()); });
    while_running();
    stop.request_stop();
  }
  // Runs it for one key until `calls` calls were made and the last one ended.
  void run_for(const NamespacedName& key, std::size_t calls) {
    run([&] {
      controller_.queue().add(key);
      EXPECT_TRUE(reconciler_.await_calls(calls));
    });
  }
  double value(const std::string& name, const std::string& result = {}) {
    for (const auto& family : registry_.Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) {
        if (result.empty() || has_result(metric, result)) {
          return metric.counter.value + metric.gauge.value +
                 static_cast<double>(metric.histogram.sample_count);
        }
      }
    }
    ADD_FAILURE() << "no metric " << name << " " << result;
    return -1;
  }
  double total(const std::string& result) {
    return value("controller_runtime_reconcile_total", result);
  }
  static bool has_result(const prometheus::ClientMetric& metric, const std::string& result) {
    return std::ranges::any_of(metric.label, [&](const auto& label) {
      return label.name == "result" && label.value == result;
    });
  }

  net::ManualClock clock_;
  prometheus::Registry registry_;
  ControllerMetrics metrics_{registry_, "widgets", 2};
  Scripted reconciler_;
  Controller controller_{"widgets",
                         reconciler_,
                         {.max_concurrent_reconciles = 2,
                          .clock = &clock_,
                          .metrics = &metrics_,
                          .queue = {.base_delay = 1s, .max_delay = 1h}}};
};

TEST_F(ControllerTest, success_is_counted_and_not_repeated) {
  controller_.queue().add_rate_limited(kA);  // as if it had failed before
  run_for(kA, 1);
  EXPECT_EQ(total("success"), 1);
  EXPECT_EQ(controller_.queue().failures(kA), 0);
  clock_.advance(1h);
  EXPECT_EQ(controller_.queue().depth(), 0u);
  EXPECT_EQ(value("controller_runtime_reconcile_time_seconds"), 1);
  EXPECT_EQ(value("controller_runtime_active_workers"), 0);
}

TEST_F(ControllerTest, an_error_is_retried_after_the_keys_own_growing_delay) {
  reconciler_.then(ErrorCode::Unavailable);
  run_for(kA, 1);
  EXPECT_EQ(total("error"), 1);
  EXPECT_EQ(value("controller_runtime_reconcile_errors_total"), 1);
  EXPECT_EQ(value("controller_runtime_terminal_reconcile_errors_total"), 0);
  EXPECT_EQ(controller_.queue().failures(kA), 1);
  EXPECT_EQ(controller_.queue().depth(), 0u);
  clock_.advance(1s);
  EXPECT_EQ(controller_.queue().depth(), 1u);
}

TEST_F(ControllerTest, a_retry_happens_while_running) {
  reconciler_.then(ErrorCode::Conflict);
  run([&] {
    controller_.queue().add(kA);
    clock_.await_waiters(2);  // both workers wait for the retry
    clock_.advance(1s);
    EXPECT_TRUE(reconciler_.await_calls(2));
  });
  EXPECT_EQ(total("error"), 1);
  EXPECT_EQ(total("success"), 1);
  EXPECT_EQ(controller_.queue().failures(kA), 0);
}

TEST_F(ControllerTest, a_terminal_error_is_counted_and_not_retried) {
  reconciler_.then(ErrorCode::Invalid);
  run_for(kA, 1);
  EXPECT_EQ(total("error"), 1);
  EXPECT_EQ(value("controller_runtime_reconcile_errors_total"), 1);
  EXPECT_EQ(value("controller_runtime_terminal_reconcile_errors_total"), 1);
  clock_.advance(24h);
  EXPECT_EQ(controller_.queue().depth(), 0u);
}

TEST_F(ControllerTest, a_requeue_comes_after_its_time_and_forgets_failures) {
  controller_.queue().add_rate_limited(kA);
  controller_.queue().add_rate_limited(kA);
  reconciler_.then(ReconcileResult{.requeue_after = 1min});
  run_for(kA, 1);
  EXPECT_EQ(total("requeue_after"), 1);
  EXPECT_EQ(controller_.queue().failures(kA), 0);
  clock_.advance(59s);
  EXPECT_EQ(controller_.queue().depth(), 0u);
  clock_.advance(1s);
  EXPECT_EQ(controller_.queue().depth(), 1u);
}

TEST_F(ControllerTest, a_requeue_after_nothing_is_a_success) {
  reconciler_.then(ReconcileResult{.requeue_after = 0s});
  run_for(kA, 1);
  EXPECT_EQ(total("success"), 1);
  EXPECT_EQ(total("requeue_after"), 0);
}

TEST_F(ControllerTest, a_retry_keeps_the_priority_of_its_key) {
  reconciler_.then(ErrorCode::Conflict);
  run_for(kA, 1);
  controller_.queue().add(kB, Priority::Low);
  clock_.advance(1s);
  EXPECT_EQ(controller_.queue().get({})->key, kA);
}

// Keys of a start-up list would otherwise have low priority for as long as the process lives.
TEST_F(ControllerTest, what_is_due_again_is_of_normal_priority_whatever_brought_it_first) {
  reconciler_.then(ReconcileResult{.requeue_after = 1min});
  run([&] {
    controller_.queue().add(kA, Priority::Low);
    EXPECT_TRUE(reconciler_.await_calls(1));
  });
  clock_.advance(1min);
  EXPECT_EQ(controller_.queue().get({})->priority, Priority::Normal);
}

TEST_F(ControllerTest, an_exception_counts_as_a_panic_and_as_an_error_and_is_retried) {
  reconciler_.then([](const ReconcileContext&) -> net::Result<ReconcileResult> {
    throw std::runtime_error("boom");
  });
  reconciler_.then([](const ReconcileContext&) -> net::Result<ReconcileResult> { throw 1; });
  run([&] {
    controller_.queue().add(kA);
    clock_.await_waiters(2);
    clock_.advance(1s);
    EXPECT_TRUE(reconciler_.await_calls(2));
  });
  EXPECT_EQ(value("controller_runtime_reconcile_panics_total"), 2);
  EXPECT_EQ(value("controller_runtime_reconcile_errors_total"), 2);
  EXPECT_EQ(total("error"), 2);
  EXPECT_EQ(controller_.queue().failures(kA), 2);
}

TEST_F(ControllerTest, a_reconcile_that_a_stop_cancels_is_no_error) {
  reconciler_.then([](const ReconcileContext& context) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, context.stop, [] { return false; });
    return Error{ErrorCode::Cancelled, "stopped"};
  });
  run_for(kA, 1);
  EXPECT_EQ(total("error"), 0);
  EXPECT_EQ(total("requeue"), 1);
  EXPECT_EQ(value("controller_runtime_reconcile_errors_total"), 0);
  EXPECT_EQ(value("controller_runtime_active_workers"), 0);
}

TEST_F(ControllerTest, cancelled_without_a_stop_is_an_error) {
  reconciler_.then(ErrorCode::Cancelled);
  run([&] {
    controller_.queue().add(kA);
    clock_.await_waiters(2);  // until the retry
  });
  EXPECT_EQ(total("error"), 1);
}

TEST_F(ControllerTest, a_stop_lets_the_reconcile_under_way_end_and_begins_no_other) {
  std::mutex mutex;
  std::condition_variable released;
  bool release = false;
  std::atomic<bool> ended{false};
  for (int i = 0; i < 2; ++i) {
    reconciler_.then([&](const ReconcileContext&) {
      std::unique_lock lock(mutex);
      released.wait(lock, [&] { return release; });
      ended = true;
      return ReconcileResult{};
    });
  }
  std::stop_source stop;
  std::jthread thread([&] { controller_.run(stop.get_token()); });
  for (const char* name : {"a", "b", "c"}) controller_.queue().add({"ns", name});
  EXPECT_TRUE(reconciler_.await_calls(2));
  stop.request_stop();
  EXPECT_FALSE(ended);
  {
    const std::lock_guard lock(mutex);
    release = true;
  }
  released.notify_all();
  thread.join();
  EXPECT_TRUE(ended);
  EXPECT_EQ(reconciler_.calls(), 2u);
}

TEST_F(ControllerTest, as_many_reconciles_run_at_once_as_there_are_workers) {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  for (int i = 0; i < 2; ++i) {
    reconciler_.then([&](const ReconcileContext&) {
      std::unique_lock lock(mutex);
      ++running;
      changed.notify_all();
      EXPECT_TRUE(changed.wait_for(lock, 10s, [&] { return running == 2; }));
      return ReconcileResult{};
    });
  }
  run([&] {
    controller_.queue().add(kA);
    controller_.queue().add(kB);
    EXPECT_TRUE(reconciler_.await_calls(2));
  });
  EXPECT_EQ(total("success"), 2);
}

}  // namespace
}  // namespace kube
