// Mutexes that clang can reason about. A member says which mutex guards it, a function says which
// one its caller holds, and clang's -Wthread-safety (preset "clang") refuses an access without the
// lock. Other compilers see the standard's types.
//
//   void set(int value) {
//     const net::MutexLock lock(mutex_);
//     value_ = value;
//   }
//   net::Mutex mutex_;
//   int value_ NET_GUARDED_BY(mutex_) = 0;
//
// libstdc++'s own types have no such attributes: hence the wrappers, which add nothing else. A
// MutexLock is a std::unique_lock, so std::condition_variable, std::condition_variable_any (with a
// stop token) and net::Clock take it. clang looks at each lambda by itself: a condition that is
// waited for repeats NET_REQUIRES(mutex_).
//
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define NET_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define NET_THREAD_ATTRIBUTE(x)
#endif

// Of a member: read and written only while that mutex is held; or, of a pointer, what it points to.
#define NET_GUARDED_BY(mutex) NET_THREAD_ATTRIBUTE(guarded_by(mutex))
#define NET_POINTER_GUARDED_BY(mutex) NET_THREAD_ATTRIBUTE(pt_guarded_by(mutex))
// Of a function: its caller holds those mutexes, alone or together with other readers; or holds
// none of them.
#define NET_REQUIRES(...) NET_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define NET_REQUIRES_SHARED(...) NET_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define NET_EXCLUDES(...) NET_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
// Of a function that clang cannot follow; a comment there says why it is right.
#define NET_NO_THREAD_SAFETY_ANALYSIS NET_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace net {

class NET_THREAD_ATTRIBUTE(capability("mutex")) Mutex : public std::mutex {
 public:
  void lock() NET_THREAD_ATTRIBUTE(acquire_capability()) { std::mutex::lock(); }
  bool try_lock() NET_THREAD_ATTRIBUTE(try_acquire_capability(true)) {
    return std::mutex::try_lock();
  }
  void unlock() NET_THREAD_ATTRIBUTE(release_capability()) { std::mutex::unlock(); }
};

// Holds the mutex until its end, or from lock() to unlock(). Not thread-safe.
class NET_THREAD_ATTRIBUTE(scoped_lockable) MutexLock : public std::unique_lock<std::mutex> {
 public:
  explicit MutexLock(Mutex& mutex) NET_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : std::unique_lock<std::mutex>(mutex) {}
  ~MutexLock() NET_THREAD_ATTRIBUTE(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() NET_THREAD_ATTRIBUTE(acquire_capability()) { std::unique_lock<std::mutex>::lock(); }
  void unlock() NET_THREAD_ATTRIBUTE(release_capability()) {
    std::unique_lock<std::mutex>::unlock();
  }
};

// Many readers or one writer.
class NET_THREAD_ATTRIBUTE(capability("shared_mutex")) SharedMutex : public std::shared_mutex {};

class NET_THREAD_ATTRIBUTE(scoped_lockable) ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) NET_THREAD_ATTRIBUTE(acquire_shared_capability(mutex))
      : lock_(mutex) {}
  ~ReaderLock() NET_THREAD_ATTRIBUTE(release_capability()) = default;
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

class NET_THREAD_ATTRIBUTE(scoped_lockable) WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) NET_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : lock_(mutex) {}
  ~WriterLock() NET_THREAD_ATTRIBUTE(release_capability()) = default;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

}  // namespace net
