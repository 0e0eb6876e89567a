// Cuts a stream of bytes into lines, wherever its chunks happen to end.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "net/result.h"

namespace net {

// Not thread-safe.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  // Hands over each line that `bytes` completes, without its line feed, and keeps the rest for the
  // next call. Stops at the handler's first error, or with TooLarge at a line beyond the bound.
  Status feed(std::string_view bytes, const std::function<Status(std::string_view line)>& on_line);

 private:
  std::size_t max_line_bytes_;
  std::string partial_;
};

}  // namespace net
