#include "kube/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace kube {
namespace {

constexpr int kWasAsked = 42;

void await(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

// Each in a process of its own: a signal concerns all of it, and the threads of other tests do not
// block it.
class StopOnSignalTest : public testing::Test {
 protected:
  StopOnSignalTest() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

[[noreturn]] void end_when_asked(int signal) {
  const StopOnSignal stop;
  if (stop.token().stop_requested()) std::_Exit(1);
  kill(getpid(), signal);
  await(stop.token());
  std::_Exit(kWasAsked);
}

TEST_F(StopOnSignalTest, sigterm_and_sigint_are_requests_to_stop) {
  EXPECT_EXIT(end_when_asked(SIGTERM), testing::ExitedWithCode(kWasAsked), "");
  EXPECT_EXIT(end_when_asked(SIGINT), testing::ExitedWithCode(kWasAsked), "");
}

[[noreturn]] void be_asked_twice() {
  const StopOnSignal stop;
  kill(getpid(), SIGTERM);
  await(stop.token());
  kill(getpid(), SIGINT);
  for (;;) pause();
}

TEST_F(StopOnSignalTest, whoever_asks_twice_does_not_want_to_wait) {
  EXPECT_EXIT(be_asked_twice(), testing::ExitedWithCode(1), "");
}

[[noreturn]] void write_to_nobody() {
  const StopOnSignal stop;
  int ends[2];
  if (pipe(ends) != 0) std::_Exit(1);
  close(ends[0]);
  std::_Exit(write(ends[1], "x", 1) == -1 ? kWasAsked : 1);
}

TEST_F(StopOnSignalTest, a_peer_that_hangs_up_does_not_end_the_process) {
  EXPECT_EXIT(write_to_nobody(), testing::ExitedWithCode(kWasAsked), "");
}

[[noreturn]] void end_unasked() {
  { const StopOnSignal stop; }
  std::_Exit(kWasAsked);
}

TEST_F(StopOnSignalTest, it_ends_without_a_signal) {
  EXPECT_EXIT(end_unasked(), testing::ExitedWithCode(kWasAsked), "");
}

}  // namespace
}  // namespace kube
