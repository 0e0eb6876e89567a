// Time, as something that tests can turn. Every component that waits or dates anything takes a
// Clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>

#include "net/mutex.h"

namespace net {

using Duration = std::chrono::nanoseconds;
using SystemTime = std::chrono::system_clock::time_point;  // to show to people and to store
using SteadyTime = std::chrono::steady_clock::time_point;  // to measure intervals

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SystemTime now() const = 0;
  virtual SteadyTime steady() const = 0;

  // Waits on `changed` until `done()` holds, `deadline` is reached or a stop is requested; returns
  // done(). `lock` guards what `done` reads. SteadyTime::max() is "no deadline".
  virtual bool wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
                          std::stop_token stop, SteadyTime deadline,
                          const std::function<bool()>& done) = 0;

  // Waits for `duration`; false if a stop was requested before it had passed.
  bool sleep(Duration duration, std::stop_token stop);
};

// The machine's clock; lives as long as the process.
Clock& system_clock();

// A clock that stands still until it is turned. Waiters wake as soon as advance() passes their
// deadline.
class ManualClock : public Clock {
 public:
  explicit ManualClock(SystemTime start = SystemTime{std::chrono::seconds{1'700'000'000}});
  SystemTime now() const override;
  SteadyTime steady() const override;
  bool wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
                  std::stop_token stop, SteadyTime deadline,
                  const std::function<bool()>& done) override;

  void advance(Duration by);
  // Blocks until `count` threads wait with a deadline: the moment at which a test may turn the
  // clock.
  void await_waiters(int count);

 private:
  struct Waiter {
    std::condition_variable_any* changed;
    std::mutex* mutex;
    SteadyTime deadline;
  };
  mutable Mutex mutex_;
  std::condition_variable_any waiters_changed_;
  Duration elapsed_ NET_GUARDED_BY(mutex_){0};
  SystemTime start_;
  std::multiset<Waiter*> waiters_ NET_GUARDED_BY(mutex_);
};

}  // namespace net
