// A child process of a test: started with its own pipes, ended by its own pid, never left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace support {

struct ProcessOptions {
  std::vector<std::string> command;                // [0] is a path or is looked up in PATH
  std::map<std::string, std::string> environment;  // added to the test's own
  std::string log_file;      // takes stderr (and stdout, unless it is read); empty: the test's own
  bool read_stdout = false;  // for read_line()
};

// Not thread-safe.
class Process {
 public:
  explicit Process(
      const ProcessOptions& options);  // fails the test run (abort) if it cannot start it
  ~Process();                          // SIGKILL, if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Returns the next line of its standard output; nothing at its end.
  std::optional<std::string> read_line();
  void signal(int number) const;
  bool running();
  // Returns its exit code (128 + signal if one ended it); nothing if it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit);
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int stdout_ = -1;
  std::optional<int> exit_code_;
  std::string buffer_;
};

// Runs a command to its end. `input` is its standard input.
struct Finished {
  int exit_code = 0;
  std::string out;  // standard output
  std::string err;  // standard error
};
Finished run(const std::vector<std::string>& command, const std::string& input = {},
             const std::map<std::string, std::string>& environment = {});

}  // namespace support
