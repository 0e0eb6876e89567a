// Decides whose work may call a provider, and when.
//
// - At one host a few pieces of work run at a time, and some threads are reserved for hosts without
//   any, so that hanging hosts do not delay the others.
// - Refreshes come before verifications. Within a priority the hosts take turns, at a host its
//   tenants, and of a tenant its clients.
// - Work whose sign-ins may fail runs alone for its (host, client), within a budget of failed
//   sign-ins: client_limits.h says why.
// - After a Retry-After (RFC 9110 10.2.3) the (host, client) gets no calls until it is over; the
//   same holds for a whole host after several in a row, to several clients of several tenants.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "net/clock.h"

namespace oauth {

struct CallSchedulerOptions {
  int per_host = 4;  // pieces of work under way at one host; each makes one call at a time
  int total = 64;  // over all hosts: a bound on threads. An eighth is for hosts with none under way
};

enum class CallPriority { Refresh, Verification };

// The calls of a piece of work to the provider.
struct CallsMade {
  bool any = true;                                  // false: the work made no call after all
  std::optional<std::chrono::seconds> retry_after;  // the provider's own word
  int failed_sign_ins = 0;
};

struct ProviderWork {
  std::string key;     // work with the same key replaces what waits, and waits for what runs
  std::string host;    // authority of the endpoint that is called
  std::string client;  // with host: the key of limits. The client id, or a substitute
  std::string tenant;  // e.g. a namespace: tenants take turns at a host
  CallPriority priority = CallPriority::Verification;
  // How many sign-ins may fail, by all that is known beforehand; 0: none, so that it need not run
  // alone. From kFailedSignInBudget on it waits for the whole budget.
  int may_fail = 0;
  bool trusted = false;    // the client is known to be this tenant's: first of its (host, client)
  bool requested = false;  // by a person: breaks the client's silence, once for each and tenant
  // Runs on a thread of the scheduler's; throws nothing.
  std::function<CallsMade(std::stop_token)> run;
};

// Why work waits.
struct Waiting {
  enum class Why {
    Turn,           // for others under way, or for its turn
    RetryAfter,     // the provider asked for it
    FailedSignIns,  // more might lock the client out
  };
  Why why = Why::Turn;
  net::Duration at_least = net::Duration::zero();
};

// Thread-safe. Work runs on threads of the scheduler's own. Destruction (or stop()) requests a stop
// of running work, drops waiting work, and waits for the threads. Times are taken from `clock`.
class CallScheduler {
 public:
  explicit CallScheduler(CallSchedulerOptions options = {},
                         net::Clock& clock = net::system_clock());
  ~CallScheduler();
  // Does not block. Ignored after stop().
  void submit(ProviderWork work);
  // Drops the work of that key if it waits, requests a stop if it runs; does not wait for its end.
  void cancel(const std::string& key);
  // Call it from one thread, not from one of the scheduler's own.
  void stop();
  // Returns nothing if no work of that key waits.
  std::optional<Waiting> waiting(const std::string& key) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oauth
