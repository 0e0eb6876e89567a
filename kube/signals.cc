#include "kube/signals.h"

#include <pthread.h>
#include <unistd.h>

namespace kube {

// Blocked in every thread, and awaited in one: code that runs on a thread may do what it likes, a
// signal handler hardly anything.
StopOnSignal::StopOnSignal() {
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  waiter_ = std::thread([this] {
    int received = 0;
    sigwait(&signals_, &received);
    source_.request_stop();
    // The sender of a second signal does not want to wait.
    while (!over_) {
      sigwait(&signals_, &received);
      if (!over_) _exit(1);
    }
  });
}

StopOnSignal::~StopOnSignal() {
  over_ = true;
  pthread_kill(waiter_.native_handle(), SIGTERM);
  waiter_.join();
}

}  // namespace kube
