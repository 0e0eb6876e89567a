#include "oauth/calls/call_scheduler.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/mutex.h"
#include "net/turns.h"
#include "oauth/calls/client_limits.h"

namespace oauth {
namespace {

using net::Turns;

// A whole host is silent once so many clients in a row got a Retry-After. One tenant alone does not
// silence it for the others.
constexpr std::size_t kClientsToldToWait = 3;
constexpr std::size_t kTenantsToldToWait = 2;

using Works = std::list<ProviderWork>;

// The waiting work of one client of one tenant. A person's request is at the front.
struct Line {
  Works trusted, others;

  bool empty() const { return trusted.empty() && others.empty(); }
  Works& works(bool is_trusted) { return is_trusted ? trusted : others; }
};

struct Tenant {
  Turns<Line> clients;
};

struct Client {
  ClientLimits limits;
  int trusted_waiting = 0;
};

struct Host {
  int under_way = 0;
  std::array<Turns<Tenant>, 2> tenants;  // by priority: waiting work
  std::unordered_map<std::string, Client> clients;
  net::SteadyTime silent_until = net::SteadyTime::min();
  std::set<std::string> clients_told, tenants_told;  // with a Retry-After, in a row

  Turns<Tenant>& waiting(CallPriority priority) {
    return tenants.at(static_cast<std::size_t>(priority));
  }
  bool nothing_waits() const {
    return std::all_of(tenants.begin(), tenants.end(), [](const auto& t) { return t.empty(); });
  }
};

}  // namespace

struct CallScheduler::Impl {
  Impl(CallSchedulerOptions limits, net::Clock& time) : options(limits), clock(time) {}

  const CallSchedulerOptions options;
  net::Clock& clock;

  net::Mutex mutex;
  std::condition_variable_any changed;
  // A sleeping thread compares it, to see whether to look again.
  std::uint64_t changes NET_GUARDED_BY(mutex) = 0;
  Turns<Host> hosts NET_GUARDED_BY(mutex);
  std::unordered_map<std::string, Works::iterator> waiting NET_GUARDED_BY(mutex);  // by key
  std::map<std::string, std::stop_source> running NET_GUARDED_BY(mutex);           // by key
  int idle NET_GUARDED_BY(mutex) = 0;
  std::stop_source stopping;  // thread-safe by itself
  std::vector<std::jthread> threads NET_GUARDED_BY(mutex);

  // --- The choice of the next work.

  bool may_call(const Host& host, net::SteadyTime now) const NET_REQUIRES(mutex) {
    if (host.under_way >= options.per_host || host.silent_until > now) return false;
    const int busy = static_cast<int>(threads.size()) - idle;
    return host.under_way == 0 || busy < options.total - options.total / 8;
  }

  static bool is_silent(const ProviderWork& work, const ClientLimits& limits, net::SteadyTime now) {
    return limits.silent_until() > now && !(work.requested && limits.may_be_broken_by(work.tenant));
  }

  bool may_run(const ProviderWork& work, const Host& host, net::SteadyTime now) const
      NET_REQUIRES(mutex) {
    if (running.contains(work.key)) return false;
    const auto found = host.clients.find(work.client);
    if (found == host.clients.end()) return true;
    const auto& [limits, trusted_waiting] = found->second;
    if (is_silent(work, limits, now)) return false;
    if (work.may_fail == 0) return true;
    return !limits.busy() && limits.room_for(work.may_fail) <= now &&
           (work.trusted || trusted_waiting == 0);
  }

  // Limits are the same for the whole line, and differences are at its front: one look is enough,
  // except for work that waits for its own key.
  ProviderWork* first_of(Line& line, const Host& host, net::SteadyTime now) const
      NET_REQUIRES(mutex) {
    for (Works* works : {&line.trusted, &line.others}) {
      const auto first = std::find_if(
          works->begin(), works->end(),
          [&](const auto& work) NET_REQUIRES(mutex) { return !running.contains(work.key); });
      if (first != works->end() && may_run(*first, host, now)) return &*first;
    }
    return nullptr;
  }

  ProviderWork* choose() NET_REQUIRES(mutex) {
    const net::SteadyTime now = clock.steady();
    for (const CallPriority priority : {CallPriority::Refresh, CallPriority::Verification}) {
      for (auto& [host_name, host] : hosts) {
        if (!may_call(host, now)) continue;
        for (auto& [tenant_name, tenant] : host.waiting(priority)) {
          for (auto& [client, line] : tenant.clients) {
            if (ProviderWork* work = first_of(line, host, now)) return work;
          }
        }
      }
    }
    return nullptr;
  }

  // --- Waiting work.

  void append(ProviderWork work) NET_REQUIRES(mutex) {
    Host& host = hosts[work.host];
    Tenant& tenant = host.waiting(work.priority)[work.tenant];
    Works& works = tenant.clients[work.client].works(work.trusted);
    if (work.trusted) ++host.clients[work.client].trusted_waiting;
    const auto at = works.insert(work.requested ? works.begin() : works.end(), std::move(work));
    waiting.emplace(at->key, at);
  }

  // Takes the old work's place if it belongs to the same line; otherwise goes to the end of its
  // line.
  std::optional<ProviderWork> replace(ProviderWork& work) NET_REQUIRES(mutex) {
    const auto found = waiting.find(work.key);
    if (found == waiting.end()) return std::nullopt;
    ProviderWork& old = *found->second;
    const bool same_place = old.host == work.host && old.tenant == work.tenant &&
                            old.client == work.client && old.priority == work.priority &&
                            old.trusted == work.trusted && old.requested == work.requested;
    return same_place ? std::optional(std::exchange(old, std::move(work))) : std::nullopt;
  }

  std::optional<ProviderWork> remove(const std::string& key) NET_REQUIRES(mutex) {
    const auto found = waiting.find(key);
    if (found == waiting.end()) return std::nullopt;
    const Works::iterator at = found->second;
    waiting.erase(found);
    ProviderWork work = std::move(*at);
    Host& host = *hosts.find(work.host);
    Turns<Tenant>& tenants = host.waiting(work.priority);
    Tenant& tenant = *tenants.find(work.tenant);
    Line& line = *tenant.clients.find(work.client);
    line.works(work.trusted).erase(at);
    if (work.trusted) --host.clients[work.client].trusted_waiting;
    if (line.empty()) tenant.clients.erase(work.client);
    if (tenant.clients.empty()) tenants.erase(work.tenant);
    forget_if_quiet(work.host, clock.steady());
    return work;
  }

  // Moves its host, tenant and client to the end of their turns.
  ProviderWork take(const std::string& key) NET_REQUIRES(mutex) {
    const net::SteadyTime now = clock.steady();
    Host& host = *hosts.find(waiting.at(key)->host);
    ++host.under_way;  // before the host might be forgotten
    ProviderWork work = *remove(key);
    hosts.end_turn(work.host);
    host.waiting(work.priority).end_turn(work.tenant);
    if (Tenant* tenant = host.waiting(work.priority).find(work.tenant))
      tenant->clients.end_turn(work.client);
    ClientLimits& limits = host.clients[work.client].limits;
    if (limits.silent_until() > now) limits.broken_by(work.tenant);
    if (work.may_fail > 0) limits.begin();
    return work;
  }

  void forget_if_quiet(const std::string& name, net::SteadyTime now) NET_REQUIRES(mutex) {
    Host& host = *hosts.find(name);
    if (host.under_way == 0 && host.nothing_waits() && host.clients.empty() &&
        host.silent_until <= now && host.clients_told.empty())
      hosts.erase(name);
  }

  static bool forgettable(const Client& client, net::SteadyTime now) {
    return client.trusted_waiting == 0 && client.limits.forgettable(now);
  }

  // Returns when the first work that only waits for time may run. Forgets what has passed.
  net::SteadyTime next_deadline() NET_REQUIRES(mutex) {
    const net::SteadyTime now = clock.steady();
    net::SteadyTime deadline = net::SteadyTime::max();
    const auto consider = [&](net::SteadyTime time) {
      if (time > now) deadline = std::min(deadline, time);
    };
    std::vector<std::string> names;
    for (auto& [name, host] : hosts) {
      std::erase_if(host.clients,
                    [&](const auto& entry) { return forgettable(entry.second, now); });
      names.push_back(name);
      if (host.nothing_waits()) continue;
      consider(host.silent_until);
      for (const auto& [client, known] : host.clients) {
        consider(known.limits.silent_until());
        for (int room = 1; room <= kFailedSignInBudget; ++room)
          consider(known.limits.room_for(room));
      }
    }
    for (const std::string& name : names) forget_if_quiet(name, now);
    return deadline;
  }

  // --- Threads.

  // A sleeping thread, or a new one if none sleeps, looks for work. A thread with work wakes the
  // next one, so that the last one awake has a fresh deadline to sleep until.
  void wake_one() NET_REQUIRES(mutex) {
    ++changes;
    if (idle > 0) {
      changed.notify_one();
    } else if (static_cast<int>(threads.size()) < options.total) {
      ++idle;  // it counts as started
      threads.emplace_back([this] { work_until_stopped(); });
    }
  }

  void work_until_stopped() {
    net::MutexLock lock(mutex);
    while (!stopping.stop_requested()) {
      if (const ProviderWork* chosen = choose()) {
        --idle;
        ProviderWork work = take(std::string(chosen->key));
        const std::stop_source stop;
        running.emplace(work.key, stop);
        if (!waiting.empty() && (idle > 0 || choose() != nullptr)) wake_one();
        lock.unlock();
        const CallsMade made = work.run(stop.get_token());
        work.run = nullptr;  // gives back its captures without the lock
        lock.lock();
        finish(work, made);
        ++idle;
      } else {
        const std::uint64_t seen = changes;
        clock.wait_until(lock, changed, stopping.get_token(), next_deadline(),
                         [&]() NET_REQUIRES(mutex) { return changes != seen; });
      }
    }
  }

  void finish(const ProviderWork& work, const CallsMade& made) NET_REQUIRES(mutex) {
    const net::SteadyTime now = clock.steady();
    running.erase(work.key);
    Host& host = *hosts.find(work.host);
    --host.under_way;
    hosts.end_turn(work.host);  // a host that has had nothing meanwhile comes first
    Client& client = host.clients[work.client];
    if (work.may_fail > 0) client.limits.end();
    client.limits.sign_ins_failed(made.failed_sign_ins, now);
    if (made.retry_after) client.limits.be_silent(now + *made.retry_after, now);
    if (made.any) note_wait(host, work, made.retry_after, now);
    if (forgettable(client, now)) host.clients.erase(work.client);
    forget_if_quiet(work.host, now);
  }

  static void note_wait(Host& host, const ProviderWork& work,
                        std::optional<std::chrono::seconds> wait, net::SteadyTime now) {
    if (wait) {
      host.clients_told.insert(work.client);
      host.tenants_told.insert(work.tenant);
      if (host.clients_told.size() < kClientsToldToWait ||
          host.tenants_told.size() < kTenantsToldToWait)
        return;
      host.silent_until = now + std::min<net::Duration>(*wait, kLongestSilence);
    }
    host.clients_told.clear();
    host.tenants_told.clear();
  }

  Waiting why_it_waits(const ProviderWork& work) NET_REQUIRES(mutex) {
    const net::SteadyTime now = clock.steady();
    const Host& host = *hosts.find(work.host);
    net::SteadyTime silent = host.silent_until;
    net::SteadyTime room = net::SteadyTime::min();
    if (const auto client = host.clients.find(work.client); client != host.clients.end()) {
      const ClientLimits& limits = client->second.limits;
      if (is_silent(work, limits, now)) silent = std::max(silent, limits.silent_until());
      if (work.may_fail > 0) room = limits.room_for(work.may_fail);
    }
    if (silent <= now && room <= now) return {};
    if (silent >= room) return {Waiting::Why::RetryAfter, silent - now};
    return {Waiting::Why::FailedSignIns, room - now};
  }
};

CallScheduler::CallScheduler(CallSchedulerOptions options, net::Clock& clock)
    : impl_(std::make_unique<Impl>(options, clock)) {}

CallScheduler::~CallScheduler() { stop(); }

void CallScheduler::submit(ProviderWork work) {
  std::optional<ProviderWork> replaced;  // destroyed without the lock: it may hold anything
  const net::MutexLock guard(impl_->mutex);
  if (impl_->stopping.stop_requested()) return;
  const std::string key = work.key;
  replaced = impl_->replace(work);
  if (!replaced) {
    replaced = impl_->remove(key);
    impl_->append(std::move(work));
  }
  // A thread that waits for the end of a limit checks this work then. But one must first wake up to
  // learn the deadline of work that a limit delays.
  const net::SteadyTime now = impl_->clock.steady();
  const ProviderWork& waiting = *impl_->waiting.at(key);
  const Host& host = *impl_->hosts.find(waiting.host);
  const bool by_time = impl_->why_it_waits(waiting).why != Waiting::Why::Turn;
  if (by_time || (impl_->may_call(host, now) && impl_->may_run(waiting, host, now)))
    impl_->wake_one();
}

void CallScheduler::cancel(const std::string& key) {
  std::optional<ProviderWork> dropped;
  std::stop_source running(std::nostopstate);
  {
    const net::MutexLock guard(impl_->mutex);
    dropped = impl_->remove(key);
    // When trusted work goes, the client's other work may run.
    if (dropped && dropped->trusted) impl_->wake_one();
    const auto found = impl_->running.find(key);
    if (found != impl_->running.end()) running = found->second;
  }
  running.request_stop();  // runs callbacks: not under the lock
}

void CallScheduler::stop() {
  std::vector<ProviderWork> dropped;
  std::vector<std::stop_source> running;
  std::vector<std::jthread> threads;
  {
    const net::MutexLock guard(impl_->mutex);
    impl_->stopping.request_stop();
    while (!impl_->waiting.empty())
      dropped.push_back(*impl_->remove(std::string(impl_->waiting.begin()->first)));
    for (const auto& [key, source] : impl_->running) running.push_back(source);
    threads.swap(impl_->threads);
    ++impl_->changes;
    impl_->changed.notify_all();
  }
  for (std::stop_source& source : running) source.request_stop();
  for (std::jthread& thread : threads) thread.join();
}

std::optional<Waiting> CallScheduler::waiting(const std::string& key) const {
  const net::MutexLock guard(impl_->mutex);
  const auto found = impl_->waiting.find(key);
  if (found == impl_->waiting.end()) return std::nullopt;
  return impl_->why_it_waits(*found->second);
}

}  // namespace oauth
