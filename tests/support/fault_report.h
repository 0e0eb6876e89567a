// The faults that one binary's tests injected, and the system's losses: a table for people.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace support {

// Thread-safe. Prints its rows as a Markdown table when the test binary ends, and appends them to
// the file that the environment variable FAULT_REPORT names (with a heading, if the file is new).
class FaultReport {
 public:
  static FaultReport& instance();

  // `injections`: how often the fault happened. `changes`: changes made meanwhile. `lost`: those of
  // them that never arrived; one fails the running test, and so does a row without an injection or
  // a change, which shows nothing.
  void row(const std::string& fault, long injections, long changes, long lost);

 private:
  FaultReport() = default;
  ~FaultReport();
  std::mutex mutex_;
  std::vector<std::string> rows_;
};

}  // namespace support
