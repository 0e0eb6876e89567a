// One request under way: the transport's own thread hands the answer to the thread that waits for
// it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/mutex.h"
#include "net/result.h"

namespace net {

// Thread-safe. Shared by both sides, so that the waiting one can leave at any moment.
class Exchange {
 public:
  struct Failure {
    Error error;
    bool before_answer_began = false;  // writing the request failed: the connection was dead
  };

  // The transport's side; none of these blocks. Of end and failure, the first counts.
  void on_headers(HttpResponse head);
  // False: nobody wants them any more. `resume` is called, from any thread, once more bytes are
  // welcome: so a slow reader slows the sender down.
  bool on_bytes(std::string_view bytes, std::function<void()> resume);
  void on_end();
  void on_failure(Failure failure);

  // The waiting side. Timeout at `deadline`, Cancelled at a stop.
  Result<HttpResponse> await_headers(SteadyTime deadline, std::stop_token stop);
  // The bytes since the last call; empty at the end.
  Result<std::string> next(SteadyTime deadline, std::stop_token stop);
  bool ended() const;
  bool failed_before_answer_began() const;
  // From here on bytes are refused.
  void close();

 private:
  std::optional<Error> wait(std::unique_lock<std::mutex>& lock, SteadyTime deadline,
                            const std::stop_token& stop, const std::function<bool()>& ready)
      NET_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<HttpResponse> head_ NET_GUARDED_BY(mutex_);
  std::string bytes_ NET_GUARDED_BY(mutex_);
  std::function<void()> resume_ NET_GUARDED_BY(mutex_);  // set while the sender is held up
  std::optional<Failure> failure_ NET_GUARDED_BY(mutex_);
  bool ended_ NET_GUARDED_BY(mutex_) = false;
  bool closed_ NET_GUARDED_BY(mutex_) = false;
};

}  // namespace net
