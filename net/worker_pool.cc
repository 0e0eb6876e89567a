#include "net/worker_pool.h"

#include <utility>

namespace net {

bool WorkerPool::try_post(std::function<void()> work) {
  const MutexLock lock(mutex_);
  if (stopped_ || under_way_ >= threads_ + max_waiting_) return false;
  ++under_way_;
  waiting_.push_back(std::move(work));
  if (under_way_ > started_.size() && started_.size() < threads_)
    started_.emplace_back([this] { run(); });
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::vector<std::thread> threads;
  std::deque<std::function<void()>> dropped;  // destroyed without the lock
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    threads.swap(started_);
    dropped.swap(waiting_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

std::size_t WorkerPool::started() const {
  const MutexLock lock(mutex_);
  return started_.size();
}

void WorkerPool::run() {
  MutexLock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this]() NET_REQUIRES(mutex_) { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
    --under_way_;
  }
}

}  // namespace net
