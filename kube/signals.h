// The signals by which a process is asked to end, as something to stop by.
#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace kube {

// SIGTERM and SIGINT become a stop request; a second one ends the process at once, with exit code 1
// (controller-runtime's SetupSignalHandler). SIGPIPE is ignored: a peer that hangs up is an error
// of its connection, not the end of the process.
//
// Make one, first of all in main(): threads that are there already do not know of it.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  // From any thread.
  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::atomic<bool> over_{false};
  std::stop_source source_;
  std::thread waiter_;
};

}  // namespace kube
