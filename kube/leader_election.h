// Leader election by a coordination.k8s.io Lease, after client-go's tools/leaderelection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "kube/client.h"
#include "kube/core.h"
#include "kube/fence.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/mutex.h"

namespace kube {

class LeaderMetrics;

// lease_duration > renew_deadline > retry_period: a leader that cannot renew has stopped before
// another may begin.
struct LeaderElectionOptions {
  NamespacedName lease;
  std::string identity;                     // unique to this process
  std::chrono::seconds lease_duration{15};  // a leader that is silent for so long may be replaced
  std::chrono::seconds renew_deadline{10};  // a leader that cannot renew for so long gives up
  std::chrono::seconds retry_period{2};     // between renewals
};

// May `identity` take the lease? The decision, apart from its effects. `unchanged_for`: how long
// this process has seen the lease's current version (clocks of other machines are not compared).
bool may_acquire(const Lease& lease, const std::string& identity, net::Duration unchanged_for);

// Clocks of other machines are never compared: a lease has expired when this process has seen the
// same version of it for as long as the lease says. A standby watches the lease, so that it takes a
// released one at once; where the watch brings nothing (it is refused, it is broken, or the leader
// is dead) it looks for itself, twice a retry period. A Lease does not fence: `fence`, where given,
// is open for as long as no other process may take the lease, and what writes asks it; the
// elector's own client must not. If a person empties or deletes the Lease by hand,
// another process begins beside the leader, which learns of it at its next renewal. run() once;
// is_leader() from any thread.
class LeaderElector {
 public:
  LeaderElector(Client& client, LeaderElectionOptions options,
                net::Clock& clock = net::system_clock(), LeaderMetrics* metrics = nullptr,
                Fence* fence = nullptr);
  // Invalid where the options contradict each other. Waits until this process leads, then runs
  // `lead` on the calling thread with a stop token that is triggered when the lease is lost or
  // `stop` is requested; renews meanwhile on a thread of its own. After `lead` has returned the
  // lease is released (holder emptied), so that another takes over at once. Returns ok after a
  // requested stop, an error where the lease was lost. Forbidden: this process may not renew it any
  // more, which says nothing against the process: it may start over with a new elector. Conflict:
  // another holds it, or the API server was not reached in time (the process was stopped, the
  // network is cut): then the process should end, as controller-runtime's does, since what else
  // went wrong is not known.
  net::Status run(std::stop_token stop, const std::function<void(std::stop_token leading)>& lead) {
    return run(stop, stop, lead);
  }
  // The same for a process that finishes something before it gives the lease up: `stop` ends the
  // waiting for the lease, and `resign`, requested later or at once, ends the leading. Meanwhile
  // the lease is renewed.
  net::Status run(std::stop_token stop, std::stop_token resign,
                  const std::function<void(std::stop_token leading)>& lead);
  bool is_leader() const { return leading_.load(); }

 private:
  enum class Attempt { Holds, HeldByAnother, Failed };

  bool acquire(std::stop_token stop);
  bool take(std::stop_token stop);
  void hear(const Lease& lease);
  bool await_chance(std::stop_token stop);
  void look_again_in(net::Duration delay) NET_REQUIRES(mutex_);
  void keep(std::stop_source& term, std::stop_source& leading);
  void watch_deadline(std::stop_source& term, std::stop_source& leading);
  // The error of run() where the lease was lost.
  net::Status outcome();
  void release();
  Attempt try_to_hold(std::stop_token stop);
  Attempt create(std::stop_token stop);
  Attempt update(Lease lease, std::stop_token stop);
  net::Duration observe(const Lease& lease);
  void renewed_at(net::SteadyTime time);
  void lose(const char* why, std::stop_source& term, std::stop_source& leading);
  Attempt failed(const char* what, const net::Error& error, const std::stop_token& stop);
  Attempt succeeded(const Lease& lease);
  void set_leading(bool yes);
  void close_fence();

  Client& client_;
  const LeaderElectionOptions options_;
  net::Clock& clock_;
  LeaderMetrics* const metrics_;
  Fence* const fence_;
  const net::Logger log_;
  std::atomic<bool> leading_{false};

  net::Mutex mutex_;
  std::condition_variable_any changed_;
  Lease observed_ NET_GUARDED_BY(mutex_);  // the lease as last seen, and since when
  net::SteadyTime observed_since_ NET_GUARDED_BY(mutex_);
  bool free_ NET_GUARDED_BY(mutex_) = false;          // a standby has heard that nobody holds it
  net::SteadyTime next_look_ NET_GUARDED_BY(mutex_);  // of a standby
  net::SteadyTime renewed_ NET_GUARDED_BY(mutex_);    // when the last successful renewal was sent
  bool lost_ NET_GUARDED_BY(mutex_) = false;
  std::optional<net::Error> failing_ NET_GUARDED_BY(mutex_);  // of the last attempt, if it failed
};

}  // namespace kube
