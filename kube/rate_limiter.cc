#include "kube/rate_limiter.h"

#include <algorithm>

namespace kube {

RateLimiter::RateLimiter(RateLimit limit, net::Clock& clock)
    : clock_(clock),
      interval_(
          std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(1 / limit.qps))),
      tolerance_(interval_ * (std::max(limit.burst, 1) - 1)) {}

// The generic cell rate algorithm (ITU-T I.371): a token bucket that is one point in time.
net::SteadyTime RateLimiter::take_turn(net::SteadyTime now) {
  const net::MutexLock lock(mutex_);
  next_ = std::max(next_, now);
  const net::SteadyTime turn = next_ - tolerance_;
  next_ += interval_;
  return turn;
}

std::optional<net::Duration> RateLimiter::wait(std::stop_token stop) {
  const net::SteadyTime now = clock_.steady();
  const net::Duration until = std::max<net::Duration>(take_turn(now) - now, net::Duration{0});
  if (until > net::Duration{0} && !clock_.sleep(until, stop)) return std::nullopt;
  return until;
}

}  // namespace kube
