// Who may call a provider, and when: a limit of calls under way per host, fair between tenants, and
// silence for a (host, client) that was told to wait (Retry-After, RFC 9110 10.2.3).
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
  int total = 64;    // over all hosts: a bound on threads
};

struct ProviderWork {
  std::string key;        // work with the same key replaces what waits, and waits for what runs
  std::string host;       // authority of the endpoint that is called
  std::string client_id;  // with host: what Retry-After holds for
  std::string tenant;     // e.g. a namespace: tenants take turns at a host
  // Runs on a thread of the scheduler's; throws nothing. Returns how long (host, client) must be
  // left alone, if the provider said so.
  std::function<std::optional<std::chrono::seconds>(std::stop_token)> run;
};

// Thread-safe. Work runs on threads of the scheduler's own. Destruction (or stop()) requests a stop
// of what runs, drops what waits, and waits for the threads.
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
  int under_way(const std::string& host) const;
  // For how long (host, client) is to be left alone still; zero where nobody said so.
  net::Duration silence(const std::string& host, const std::string& client_id) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oauth
