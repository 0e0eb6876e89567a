// integration-operator: see `integration-operator --help`.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "operator/options.h"
#include "operator/run.h"

namespace {

constexpr int kUsageError = 2;

int fail(const net::Error& error) {
  std::cerr << "integration-operator: " << error.message << "\n";
  return error.code == net::ErrorCode::Invalid ? kUsageError : 1;
}

// SIGTERM and SIGINT become a stop request; blocked in every thread, and awaited in one.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::thread([this] {
      int signal = 0;
      sigwait(&signals_, &signal);
      source_.request_stop();
      // Whoever asks a second time does not want to wait (controller-runtime's SetupSignalHandler).
      while (!over_) {
        sigwait(&signals_, &signal);
        if (!over_) _exit(1);
      }
    });
  }
  ~StopOnSignal() {
    over_ = true;
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::atomic<bool> over_{false};
  std::stop_source source_;
  std::thread waiter_;
};

}  // namespace

int main(int argc, char** argv) {
  auto command = op::parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!command.ok()) {
    std::cerr << "integration-operator: " << command.error().message << "\n";
    return kUsageError;
  }
  if (const auto* print = std::get_if<op::Print>(&*command)) {
    (print->exit_code == 0 ? std::cout : std::cerr) << print->text;
    return print->exit_code;
  }
  signal(SIGPIPE, SIG_IGN);
  StopOnSignal stop;
  const net::Status ended = op::run(std::get<op::RunOptions>(*command), stop.token());
  return ended.ok() ? 0 : fail(ended.error());
}
