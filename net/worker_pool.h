// Threads for handlers, each started when there is work and no thread is free.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "net/mutex.h"

namespace net {

// Thread-safe.
class WorkerPool {
 public:
  // At most `threads` pieces of work run at once, and at most `max_waiting` more wait for them.
  WorkerPool(std::size_t threads, std::size_t max_waiting)
      : threads_(threads), max_waiting_(max_waiting) {}
  ~WorkerPool() { stop(); }

  // Returns false, and drops the work, where too much waits or the pool has been stopped. `work`
  // does not throw.
  bool try_post(std::function<void()> work);
  // Drops what waits, and joins the threads.
  void stop();
  std::size_t started() const;

 private:
  void run();

  const std::size_t threads_;
  const std::size_t max_waiting_;
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_ NET_GUARDED_BY(mutex_);
  std::vector<std::thread> started_ NET_GUARDED_BY(mutex_);
  std::size_t under_way_ NET_GUARDED_BY(mutex_) =
      0;  // handed to a thread and not ended, or waiting
  bool stopped_ NET_GUARDED_BY(mutex_) = false;
};

}  // namespace net
