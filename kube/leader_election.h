// Leader election by a coordination.k8s.io Lease, after client-go's tools/leaderelection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "kube/client.h"
#include "kube/core.h"
#include "net/clock.h"
#include "net/log.h"

namespace kube {

class LeaderMetrics;

// lease_duration > renew_deadline > retry_period: a leader that cannot renew has stopped before
// another may begin.
struct LeaderElectionOptions {
  NamespacedName lease;
  std::string identity;                     // unique to this process
  std::chrono::seconds lease_duration{15};  // a leader that is silent for so long may be replaced
  std::chrono::seconds renew_deadline{10};  // a leader that cannot renew for so long gives up
  std::chrono::seconds retry_period{2};  // between renewals, and at most between a standby's looks
};

// May `identity` take the lease? The decision, apart from its effects. `unchanged_for`: how long
// this process has seen the lease's current version (clocks of other machines are not compared).
bool may_acquire(const Lease& lease, const std::string& identity, net::Duration unchanged_for);

// Clocks of other machines are never compared: a lease has expired when this process has seen the
// same version of it for as long as the lease says. A Lease does not fence: what must not happen
// twice needs a precondition of its own. run() once; is_leader() from any thread.
class LeaderElector {
 public:
  LeaderElector(Client& client, LeaderElectionOptions options,
                net::Clock& clock = net::system_clock(), LeaderMetrics* metrics = nullptr);
  // Invalid where the options contradict each other. Waits until this process leads, then runs
  // `lead` on the calling thread with a stop token that is triggered when the lease is lost or
  // `stop` is requested; renews meanwhile on a thread of its own. After `lead` has returned the
  // lease is released (holder emptied), so that another takes over at once. Returns ok after a
  // requested stop, an error where the lease was lost: then the process should end, as
  // controller-runtime's does.
  net::Status run(std::stop_token stop, const std::function<void(std::stop_token leading)>& lead);
  bool is_leader() const { return leading_.load(); }

 private:
  enum class Attempt { Holds, HeldByAnother, Failed };

  bool acquire(std::stop_token stop);
  void keep(std::stop_source& term, std::stop_source& leading);
  void watch_deadline(std::stop_source& term, std::stop_source& leading);
  void release();
  Attempt try_to_hold(std::stop_token stop);
  Attempt create(std::stop_token stop);
  Attempt update(std::stop_token stop);
  void observe(Lease lease);
  void renewed_at(net::SteadyTime time);
  void lose(const char* why, std::stop_source& term, std::stop_source& leading);
  void set_leading(bool yes);

  Client& client_;
  const LeaderElectionOptions options_;
  net::Clock& clock_;
  LeaderMetrics* const metrics_;
  const net::Logger log_;
  std::atomic<bool> leading_{false};

  // The lease as last seen, and since when. Used by one thread at a time.
  Lease observed_;
  net::SteadyTime observed_since_;

  std::mutex mutex_;
  std::condition_variable_any never_;
  net::SteadyTime renewed_;  // when the last successful renewal was sent; guarded by mutex_
  bool lost_ = false;        // guarded by mutex_
};

}  // namespace kube
