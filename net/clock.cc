#include "net/clock.h"

#include <thread>
#include <vector>

#include "net/mutex.h"

namespace net {
namespace {

class SystemClock : public Clock {
 public:
  SystemTime now() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }

  bool wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable_any& changed,
                  std::stop_token stop, SteadyTime deadline,
                  const std::function<bool()>& done) override {
    if (deadline == SteadyTime::max()) return changed.wait(lock, stop, done);
    return changed.wait_until(lock, stop, deadline, done);
  }
};

}  // namespace

bool Clock::sleep(Duration duration, std::stop_token stop) {
  Mutex mutex;
  std::condition_variable_any never;
  MutexLock lock(mutex);
  const SteadyTime deadline = steady() + duration;
  wait_until(lock, never, stop, deadline, [] { return false; });
  return steady() >= deadline;
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

ManualClock::ManualClock(SystemTime start) : start_(start) {}

SystemTime ManualClock::now() const {
  const MutexLock guard(mutex_);
  return start_ + std::chrono::duration_cast<SystemTime::duration>(elapsed_);
}

SteadyTime ManualClock::steady() const {
  const MutexLock guard(mutex_);
  return SteadyTime{elapsed_};
}

bool ManualClock::wait_until(std::unique_lock<std::mutex>& lock,
                             std::condition_variable_any& changed, std::stop_token stop,
                             SteadyTime deadline, const std::function<bool()>& done) {
  Waiter waiter{&changed, lock.mutex(), deadline};
  {
    const MutexLock guard(mutex_);
    waiters_.insert(&waiter);
  }
  waiters_changed_.notify_all();
  changed.wait(lock, stop, [&] { return done() || steady() >= deadline; });
  {
    const MutexLock guard(mutex_);
    waiters_.erase(&waiter);
  }
  return done();
}

void ManualClock::advance(Duration by) {
  MutexLock lock(mutex_);
  elapsed_ += by;
  std::vector<Waiter*> due;
  for (Waiter* waiter : waiters_) {
    if (waiter->deadline <= SteadyTime{elapsed_}) due.push_back(waiter);
  }
  // A waiter between its look at the time and its sleep holds its own mutex: notifying under that
  // mutex cannot be missed. It may at the same moment want ours in order to leave, so ours is not
  // held while waiting for its.
  while (!due.empty()) {
    std::erase_if(due, [this](Waiter* waiter) NET_REQUIRES(mutex_) {
      if (!waiters_.contains(waiter)) return true;
      if (!waiter->mutex->try_lock()) return false;
      waiter->changed->notify_all();
      waiter->mutex->unlock();
      return true;
    });
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
  }
}

void ManualClock::await_waiters(int count) {
  MutexLock lock(mutex_);
  waiters_changed_.wait(lock, [&]() NET_REQUIRES(mutex_) {
    int waiting = 0;
    for (const Waiter* waiter : waiters_) {
      if (waiter->deadline != SteadyTime::max() && waiter->deadline > SteadyTime{elapsed_}) {
        ++waiting;
      }
    }
    return waiting >= count;
  });
}

}  // namespace net
