// The fence that a Lease is not: "leader election does not guarantee that only one client is acting
// as a leader (a.k.a. fencing)" (client-go, tools/leaderelection). The elector says until when the
// lease is surely held; a writer asks right before it writes.
//
//   kube::Fence fence(net::system_clock());
//   const net::Result<net::Duration> left = fence.admit();
//   if (!left.ok()) return left.error();
//   write(*left);  // done, or given up, within that time
//
// A call that goes elsewhere than to the API server asks first, with the deadline of its own:
//
//   const net::SteadyTime deadline = clock.steady() + std::chrono::seconds{10};
//   if (net::Status lasts = fence.admit_until(deadline); !lasts.ok()) return lasts;
//   spend_the_refresh_token(deadline);
#pragma once

#include "net/clock.h"
#include "net/mutex.h"
#include "net/result.h"

namespace kube {

// Open while this process surely holds its lease, by the monotonic clock, which goes on while a
// process is stopped (SIGSTOP). Closed at first. Thread-safe.
//
// It narrows the gap and does not close it: a process that is stopped between admit() and its
// system call, or whose packets are held up under way, writes late. An action that must never
// happen twice needs a precondition at the receiver (a resourceVersion, a uid). The fence does not
// know of the system's own sleep either, during which CLOCK_MONOTONIC stands still.
class Fence {
 public:
  // `clock` outlives the fence.
  explicit Fence(net::Clock& clock) : clock_(clock) {}

  // Until then no other process may hold the lease. A time that has passed closes it.
  void open_until(net::SteadyTime until);
  // From now on nothing is admitted.
  void close();
  net::SteadyTime valid_until() const;

  // How much time is left, more than zero: work begun now must end within it. Cancelled if
  // the lease is not held, like work that a stop cut off: another process does it now; no fault.
  net::Result<net::Duration> admit() const;

  // Ok where work that begins now and has ended by `deadline` ends while the lease is surely held.
  // Cancelled where it may not, also where the lease is held now; and where `deadline` has passed.
  net::Status admit_until(net::SteadyTime deadline) const;

 private:
  net::Clock& clock_;
  mutable net::Mutex mutex_;
  net::SteadyTime valid_until_ NET_GUARDED_BY(mutex_) = net::SteadyTime::min();
};

}  // namespace kube
