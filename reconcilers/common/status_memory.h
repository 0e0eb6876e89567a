// The status that this process wrote last to an object. The process believes it rather than the
// cache, which may not show the write yet, or may show what somebody else wrote over it. Without
// it, a reconcile right after a write would judge by the older status and ask a provider twice, and
// two operators side by side would ask it without end.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "kube/meta.h"
#include "net/clock.h"
#include "reconcilers/common/status_text.h"

namespace reconcilers {

// Of one object (one uid). Not thread-safe: a key is with one worker at a time. While the cache
// shows what was written, this refers to the cache's own object and costs no memory.
template <class T>
class StatusMemory {
 public:
  using Pointer = std::shared_ptr<const T>;

  struct View {
    // The cached object with the status to judge by, and the resourceVersion that a write must
    // insist on.
    T object;
    Pointer shown;  // the newest that is known to be in the API server: cached, or written last
    bool overwritten = false;  // `shown` has a status that this process did not write
  };
  View judge(const Pointer& cached) {
    View view{*cached, cached, false};
    if (own_ == nullptr) return view;
    const auto& written = own_->metadata.resource_version;
    if (kube::older_resource_version(cached->metadata.resource_version, written)) {
      view.object.metadata.resource_version = written;
      view.object.status = own_->status;
      view.shown = own_;
    } else if (same_status(cached->status, own_->status)) {
      own_ = cached;
    } else {
      view.object.status = own_->status;
      view.overwritten = true;
    }
    return view;
  }

  // The API server's answer to a write.
  void wrote(T object, net::SteadyTime now) {
    own_ = std::make_shared<const T>(std::move(object));
    written_ = now;
  }
  // Remembers the status that a View showed as if this process had written it.
  void confirm(const Pointer& shown) { own_ = shown; }

  // Returns whether to write the status `wanted`. If it differs by the time of the next check
  // alone, at most one write in five minutes is worth it: an outage would be a write for each retry
  // of each object.
  template <class Status>
  bool worth_writing(const Status& shown, const Status& wanted, net::SteadyTime now) const {
    if (same_status(shown, wanted)) return false;
    return !same_status(shown, wanted, NextTry::Ignored) || !written_ ||
           now - *written_ >= kNextTryAge;
  }

  // For how long an overwritten status is left as it is: no time for the first, so that an edit by
  // hand is healed at once; then 1 s, doubling to a minute, so that two who write over each other
  // do it seldom. Ten minutes of peace, and the next is the first again.
  net::Duration rewrite_in(net::SteadyTime now) const {
    if (rewrites_ == 0 || now - rewritten_ >= kPeace) return net::Duration::zero();
    net::Duration pause = std::chrono::seconds{1};
    for (int i = 1; i < rewrites_ && pause < kLongestPause; ++i) pause *= 2;
    pause = std::min<net::Duration>(pause, kLongestPause);
    return std::max(net::Duration::zero(), rewritten_ + pause - now);
  }
  void rewrote(net::SteadyTime now) {
    rewrites_ = rewrites_ > 0 && now - rewritten_ >= kPeace ? 1 : rewrites_ + 1;
    rewritten_ = now;
  }

 private:
  static constexpr std::chrono::minutes kNextTryAge{5};
  static constexpr std::chrono::minutes kLongestPause{1};
  static constexpr std::chrono::minutes kPeace{10};

  Pointer own_;
  std::optional<net::SteadyTime> written_;
  int rewrites_ = 0;
  net::SteadyTime rewritten_{};
};

}  // namespace reconcilers
