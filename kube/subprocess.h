// A command, run to its end: no shell, no input, bounded in time and in what it may say.
#pragma once

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/result.h"

namespace kube {

struct Command {
  std::vector<std::string> words;  // [0]: a path, or a name that is looked up in PATH
  std::map<std::string, std::string> environment = {};  // besides, and before, this process's own
  net::Duration time_limit = std::chrono::seconds{30};
  std::size_t max_output = 1 << 20;  // bytes of standard output
};

struct CommandResult {
  int exit_code = 0;   // 128 + the signal's number where one ended it, as shells count
  std::string output;  // standard output: may be secret, and is the caller's to wipe
  std::string errors;  // the end of standard error, at most 1 KiB
};

// Blocks. The command gets /dev/null to read, none of this process's descriptors, and a process
// group of its own, which is killed at a stop and when a bound is exceeded. Errors: NotFound (no
// such command), Forbidden (it may not be executed), Timeout, TooLarge, Cancelled, Internal. Their
// messages say what happened ("it did not end within 30s"), not which command it was. Linux only.
net::Result<CommandResult> run_command(const Command& command, std::stop_token stop);

}  // namespace kube
