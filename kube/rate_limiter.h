// A token bucket for what a client sends (client-go, util/flowcontrol).
#pragma once

#include <optional>
#include <stop_token>

#include "net/clock.h"
#include "net/mutex.h"

namespace kube {

struct RateLimit {
  double qps = 0;  // requests a second, sustained; 0: no limit
  int burst = 10;  // so many at once after a pause; at least 1
};

// Thread-safe; in order of arrival.
class RateLimiter {
 public:
  // Precondition: limit.qps > 0. `clock` outlives the limiter.
  RateLimiter(RateLimit limit, net::Clock& clock);
  // Waits for this caller's turn and returns how long it took; nothing if stopped first. A stopped
  // caller leaves its turn unused.
  std::optional<net::Duration> wait(std::stop_token stop);

 private:
  net::SteadyTime take_turn(net::SteadyTime now);
  net::Clock& clock_;
  const net::Duration interval_;   // between two turns
  const net::Duration tolerance_;  // how much earlier than evenly spaced a turn may be
  net::Mutex mutex_;
  // The next turn, were they evenly spaced.
  net::SteadyTime next_ NET_GUARDED_BY(mutex_) = net::SteadyTime::min();
};

}  // namespace kube
