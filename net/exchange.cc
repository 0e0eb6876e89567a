#include "net/exchange.h"

#include <utility>

namespace net {
namespace {

// Bytes that may lie unread before the sender is held up.
constexpr std::size_t kHighWater = 1 << 20;

void call(const std::function<void()>& function) {
  if (function) function();
}

}  // namespace

void Exchange::on_headers(HttpResponse head) {
  const MutexLock guard(mutex_);
  head_ = std::move(head);
  changed_.notify_all();
}

bool Exchange::on_bytes(std::string_view bytes, std::function<void()> resume) {
  {
    const MutexLock guard(mutex_);
    if (closed_) return false;
    bytes_ += bytes;
    changed_.notify_all();
    if (bytes_.size() > kHighWater) {
      resume_ = std::move(resume);
      return true;
    }
  }
  resume();
  return true;
}

void Exchange::on_end() {
  const MutexLock guard(mutex_);
  if (!failure_) ended_ = true;
  changed_.notify_all();
}

void Exchange::on_failure(Failure failure) {
  const MutexLock guard(mutex_);
  if (!failure_ && !ended_) failure_ = std::move(failure);
  changed_.notify_all();
}

std::optional<Error> Exchange::wait(std::unique_lock<std::mutex>& lock, SteadyTime deadline,
                                    const std::stop_token& stop,
                                    const std::function<bool()>& ready) {
  const bool came = changed_.wait_until(lock, stop, deadline, ready);
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
  if (!came) return Error{ErrorCode::Timeout, "no answer in time"};
  return std::nullopt;
}

Result<HttpResponse> Exchange::await_headers(SteadyTime deadline, std::stop_token stop) {
  MutexLock lock(mutex_);
  if (auto error =
          wait(lock, deadline, stop, [this]() NET_REQUIRES(mutex_) { return head_ || failure_; }))
    return *error;
  if (!head_) return failure_->error;
  return *head_;
}

Result<std::string> Exchange::next(SteadyTime deadline, std::stop_token stop) {
  MutexLock lock(mutex_);
  const auto ready = [this]()
                         NET_REQUIRES(mutex_) { return !bytes_.empty() || ended_ || failure_; };
  if (auto error = wait(lock, deadline, stop, ready)) return *error;
  if (bytes_.empty() && failure_) return failure_->error;
  std::string bytes = std::exchange(bytes_, {});
  const std::function<void()> resume = std::exchange(resume_, nullptr);
  lock.unlock();
  call(resume);
  return bytes;
}

bool Exchange::ended() const {
  const MutexLock guard(mutex_);
  return ended_;
}

bool Exchange::failed_before_answer_began() const {
  const MutexLock guard(mutex_);
  return failure_ && failure_->before_answer_began;
}

void Exchange::close() {
  std::function<void()> resume;
  {
    const MutexLock guard(mutex_);
    closed_ = true;
    resume = std::exchange(resume_, nullptr);
  }
  call(resume);
}

}  // namespace net
