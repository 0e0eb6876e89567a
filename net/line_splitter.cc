#include "net/line_splitter.h"

namespace net {

Status LineSplitter::feed(std::string_view bytes,
                          const std::function<Status(std::string_view line)>& on_line) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > max_line_bytes_) {
      return Error{ErrorCode::TooLarge,
                   "a line has more than " + std::to_string(max_line_bytes_) + " bytes"};
    }
    if (end == std::string_view::npos) {
      partial_ += piece;
      return {};
    }
    bytes.remove_prefix(end + 1);
    Status handled;
    if (partial_.empty()) {
      handled = on_line(piece);
    } else {
      partial_ += piece;
      handled = on_line(partial_);
      partial_.clear();
    }
    if (!handled.ok()) return handled;
  }
  return {};
}

}  // namespace net
