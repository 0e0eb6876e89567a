#include "kube/fence.h"

namespace kube {

void Fence::open_until(net::SteadyTime until) {
  const std::lock_guard lock(mutex_);
  valid_until_ = until;
}

void Fence::close() { open_until(net::SteadyTime::min()); }

net::SteadyTime Fence::valid_until() const {
  const std::lock_guard lock(mutex_);
  return valid_until_;
}

net::Result<net::Duration> Fence::admit() const {
  const net::SteadyTime until = valid_until();
  const net::SteadyTime now = clock_.steady();
  if (now < until) return until - now;
  return net::Error{net::ErrorCode::Cancelled,
                    "nothing is written: the lease is not held by this process"};
}

}  // namespace kube
