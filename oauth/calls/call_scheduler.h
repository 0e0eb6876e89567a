// Who may call a provider, and when.
//
// - At one host a few pieces of work are under way at a time, and some threads are kept for hosts
//   that have none, so that hosts that hang do not hold up the others.
// - Refreshes come before verifications. Within a priority the hosts take turns, at a host its
//   tenants, and of a tenant its clients.
// - Work whose sign-ins may fail runs alone for its (host, client), within a budget of failed
//   sign-ins: client_limits.h says why.
// - A (host, client) that was told to wait (Retry-After, RFC 9110 10.2.3) is left alone; so is the
//   whole host where several clients, of several tenants, were told so in a row.
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

// What a piece of work did at the provider.
struct CallsMade {
  bool any = true;                                  // false: the provider was not asked after all
  std::optional<std::chrono::seconds> retry_after;  // the provider's own word
  int failed_sign_ins = 0;
};

struct ProviderWork {
  std::string key;     // work with the same key replaces what waits, and waits for what runs
  std::string host;    // authority of the endpoint that is called
  std::string client;  // with host: what limits hold for. The client id, or what stands for it
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
// of what runs, drops what waits, and waits for the threads. Times are taken from `clock`.
class CallScheduler {
 public:
  explicit CallScheduler(CallSchedulerOptions options = {},
                         net::Clock& clock = net::system_clock());
  ~CallScheduler();
  // Does not block. Ignored after stop().
  void submit(ProviderWork work);
  // Drops the work of that key if it waits, requests a stop if it runs; does not wait for its end.
  void cancel(const std::string& key);
  // From one thread, which is none of the scheduler's own.
  void stop();
  // Nothing where no work of that key waits.
  std::optional<Waiting> waiting(const std::string& key) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oauth
