#include "net/server_stream.h"

#include <utility>

namespace net {

bool ServerStream::write(std::string_view bytes) {
  {
    const MutexLock lock(mutex_);
    if (closed_) return false;
    const bool first = waiting_.empty();
    if (waiting_.size() + bytes.size() <= options_.max_buffered_bytes) {
      waiting_ += bytes;
      if (first && on_written_) on_written_();
      return true;
    }
    closed_ = true;
    overrun_ = true;
    if (on_written_) on_written_();
  }
  ended_.request_stop();
  return false;
}

void ServerStream::end() {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(closed_, true)) return;
    if (on_written_) on_written_();
  }
  ended_.request_stop();
}

void ServerStream::attach(std::function<void()> on_written) {
  const MutexLock lock(mutex_);
  on_written_ = std::move(on_written);
}

void ServerStream::detach() {
  {
    const MutexLock lock(mutex_);
    on_written_ = nullptr;
    closed_ = true;
    waiting_ = {};
  }
  ended_.request_stop();
}

ServerStream::Taken ServerStream::take() {
  const MutexLock lock(mutex_);
  return {.bytes = std::exchange(waiting_, {}), .ended = closed_, .overrun = overrun_};
}

}  // namespace net
