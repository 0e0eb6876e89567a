// No part of a test binary: dev/test has clang compile it as it is, and then see that it refuses
// each of the FAULTs 1 to 4.
#include <condition_variable>
#include <functional>
#include <stop_token>

#include "net/mutex.h"

#ifndef FAULT
#define FAULT 0
#endif

class Account {
 public:
  void add(int amount) {
#if FAULT != 1
    const net::MutexLock lock(mutex_);
#endif
    balance_ += amount;
  }

  int take(int amount, std::stop_token stop) {
    net::MutexLock lock(mutex_);
#if FAULT != 2
    changed_.wait(lock, stop, [&]() NET_REQUIRES(mutex_) { return balance_ >= amount; });
#else
    changed_.wait(lock, stop, [&]() { return balance_ >= amount; });
#endif
    take_held(amount);
    lock.unlock();
#if FAULT == 3
    take_held(amount);
#endif
    lock.lock();
    return balance_;
  }

  int limit() const {
    const net::ReaderLock lock(limit_mutex_);
#if FAULT == 4
    ++limit_;
#endif
    return limit_;
  }

  void set_limit(int limit) {
    const net::WriterLock lock(limit_mutex_);
    limit_ = limit;
  }

 private:
  void take_held(int amount) NET_REQUIRES(mutex_) { balance_ -= amount; }

  net::Mutex mutex_;
  std::condition_variable_any changed_;
  int balance_ NET_GUARDED_BY(mutex_) = 0;
  mutable net::SharedMutex limit_mutex_;
  mutable int limit_ NET_GUARDED_BY(limit_mutex_) = 0;
};

int main() {
  Account account;
  account.add(1);
  account.set_limit(1);
  return account.take(1, {}) + account.limit();
}
