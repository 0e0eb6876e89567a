#include "kube/fence.h"

namespace kube {

void Fence::open_until(net::SteadyTime until) {
  const net::MutexLock lock(mutex_);
  valid_until_ = until;
}

void Fence::close() { open_until(net::SteadyTime::min()); }

net::SteadyTime Fence::valid_until() const {
  const net::MutexLock lock(mutex_);
  return valid_until_;
}

net::Result<net::Duration> Fence::admit() const {
  const net::SteadyTime until = valid_until();
  const net::SteadyTime now = clock_.steady();
  if (now < until) return until - now;
  return net::Error{net::ErrorCode::Cancelled,
                    "this process does not hold the lease, so nothing is sent; the replica that "
                    "holds it does this work"};
}

net::Status Fence::admit_until(net::SteadyTime deadline) const {
  const auto left = admit();
  if (!left.ok()) return left.error();
  if (clock_.steady() < deadline && deadline <= valid_until()) return {};
  return net::Error{net::ErrorCode::Cancelled,
                    "the lease of this process may end before this call does, so it is not begun; "
                    "it is possible again after the next renewal of the lease"};
}

}  // namespace kube
