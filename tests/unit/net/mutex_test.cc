#include "net/mutex.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "net/clock.h"

namespace net {
namespace {

using std::chrono::seconds;

// The result of another thread: a thread must not try a mutex that it holds itself.
template <class Try>
bool in_another_thread(Try attempt) {
  bool succeeded = false;
  std::jthread([&] { succeeded = attempt(); }).join();
  return succeeded;
}
bool is_free(Mutex& mutex) {
  return in_another_thread([&] {
    if (!mutex.try_lock()) return false;
    mutex.unlock();
    return true;
  });
}

TEST(MutexTest, a_lock_holds_its_mutex_until_its_end) {
  Mutex mutex;
  {
    const MutexLock lock(mutex);
    EXPECT_FALSE(is_free(mutex));
  }
  EXPECT_TRUE(is_free(mutex));
}

TEST(MutexTest, a_lock_releases_its_mutex_and_takes_it_again) {
  Mutex mutex;
  {
    MutexLock lock(mutex);
    lock.unlock();
    EXPECT_TRUE(is_free(mutex));
    lock.lock();
    EXPECT_FALSE(is_free(mutex));
    lock.unlock();  // and its end does not release it once more
  }
  EXPECT_TRUE(is_free(mutex));
}

class Flag {
 public:
  void raise() {
    {
      const MutexLock lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }
  bool await(std::stop_token stop) {
    MutexLock lock(mutex_);
    return changed_.wait(lock, stop, [this]() NET_REQUIRES(mutex_) { return raised_; });
  }
  bool await(Clock& clock, SteadyTime deadline) {
    MutexLock lock(mutex_);
    return clock.wait_until(lock, changed_, {}, deadline,
                            [this]() NET_REQUIRES(mutex_) { return raised_; });
  }

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool raised_ NET_GUARDED_BY(mutex_) = false;
};

TEST(MutexTest, a_wait_ends_when_its_condition_holds) {
  Flag flag;
  std::jthread raiser([&] { flag.raise(); });
  EXPECT_TRUE(flag.await(std::stop_token{}));
}

TEST(MutexTest, a_wait_ends_when_a_stop_is_requested) {
  Flag flag;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(flag.await(source.get_token()));
}

TEST(MutexTest, a_clock_waits_with_it) {
  ManualClock clock;
  Flag flag;
  std::jthread turner([&] {
    clock.await_waiters(1);
    clock.advance(seconds(10));
  });
  EXPECT_FALSE(flag.await(clock, clock.steady() + seconds(10)));
}

TEST(MutexTest, readers_share_and_a_writer_excludes_them) {
  SharedMutex mutex;
  const auto may_read = [&] {
    return in_another_thread([&] {
      if (!mutex.try_lock_shared()) return false;
      mutex.unlock_shared();
      return true;
    });
  };
  {
    const ReaderLock lock(mutex);
    EXPECT_TRUE(may_read());
    EXPECT_FALSE(in_another_thread([&] { return mutex.try_lock(); }));
  }
  {
    const WriterLock lock(mutex);
    EXPECT_FALSE(may_read());
  }
  EXPECT_TRUE(may_read());
}

}  // namespace
}  // namespace net
