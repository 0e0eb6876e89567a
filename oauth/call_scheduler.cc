#include "oauth/call_scheduler.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace oauth {
namespace {

// What waits at one host: a line for each tenant, and the order in which the tenants take turns.
struct Host {
  int under_way = 0;
  std::deque<std::string> turns;  // each tenant that has something waiting, once
  std::map<std::string, std::deque<ProviderWork>> lines;
};

using HostAndClient = std::pair<std::string, std::string>;

// Which waiting work may run: where it stands.
struct Choice {
  Host* host = nullptr;
  std::deque<std::string>::iterator turn;
  std::deque<ProviderWork>::iterator work;
};

}  // namespace

struct CallScheduler::Impl {
  Impl(CallSchedulerOptions limits, net::Clock& time) : options(limits), clock(time) {}

  const CallSchedulerOptions options;
  net::Clock& clock;

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::uint64_t changes = 0;  // what a sleeping thread compares, to see whether to look again
  std::map<std::string, Host> hosts;
  std::map<std::string, std::stop_source> running;        // by key
  std::map<HostAndClient, net::SteadyTime> silent_until;  // Retry-After
  int idle = 0;
  std::stop_source stopping;
  std::vector<std::jthread> threads;

  void announce() {
    ++changes;
    changed.notify_all();
  }

  net::Duration silence(const std::string& host, const std::string& client_id,
                        net::SteadyTime now) const {
    const auto until = silent_until.find({host, client_id});
    if (until == silent_until.end()) return net::Duration::zero();
    return std::max<net::Duration>(until->second - now, net::Duration::zero());
  }

  bool is_silent(const ProviderWork& work, net::SteadyTime now) const {
    return silence(work.host, work.client_id, now) > net::Duration::zero();
  }

  bool may_run(const ProviderWork& work, net::SteadyTime now) const {
    return !running.contains(work.key) && !is_silent(work, now);
  }

  std::optional<Choice> choose() {
    const net::SteadyTime now = clock.steady();
    for (auto& [name, host] : hosts) {
      if (host.under_way >= options.per_host) continue;
      for (auto turn = host.turns.begin(); turn != host.turns.end(); ++turn) {
        std::deque<ProviderWork>& line = host.lines.at(*turn);
        const auto work = std::find_if(line.begin(), line.end(), [&](const ProviderWork& waiting) {
          return may_run(waiting, now);
        });
        if (work != line.end()) return Choice{&host, turn, work};
      }
    }
    return std::nullopt;
  }

  // The tenant whose work it is goes to the end of the turns, if there is more of it.
  static ProviderWork take(const Choice& choice) {
    ProviderWork work = std::move(*choice.work);
    std::string tenant = std::move(*choice.turn);
    choice.host->turns.erase(choice.turn);
    std::deque<ProviderWork>& line = choice.host->lines.at(tenant);
    line.erase(choice.work);
    if (line.empty()) {
      choice.host->lines.erase(tenant);
    } else {
      choice.host->turns.push_back(std::move(tenant));
    }
    return work;
  }

  void forget_if_quiet(const std::string& name) {
    const auto host = hosts.find(name);
    if (host->second.under_way == 0 && host->second.turns.empty()) hosts.erase(host);
  }

  // Takes the waiting work of that key out, wherever it stands.
  std::optional<ProviderWork> remove(const std::string& key) {
    for (auto& [name, host] : hosts) {
      for (auto turn = host.turns.begin(); turn != host.turns.end(); ++turn) {
        std::deque<ProviderWork>& line = host.lines.at(*turn);
        const auto work = std::find_if(line.begin(), line.end(), [&](const ProviderWork& waiting) {
          return waiting.key == key;
        });
        if (work == line.end()) continue;
        ProviderWork removed = std::move(*work);
        line.erase(work);
        if (line.empty()) {
          host.lines.erase(*turn);
          host.turns.erase(turn);
        }
        forget_if_quiet(name);
        return removed;
      }
    }
    return std::nullopt;
  }

  // In the place of the old one where it belongs to the same line, else at its line's end.
  std::optional<ProviderWork> replace(ProviderWork& work) {
    const auto host = hosts.find(work.host);
    if (host == hosts.end()) return std::nullopt;
    const auto line = host->second.lines.find(work.tenant);
    if (line == host->second.lines.end()) return std::nullopt;
    for (ProviderWork& waiting : line->second) {
      if (waiting.key == work.key) return std::exchange(waiting, std::move(work));
    }
    return std::nullopt;
  }

  void append(ProviderWork work) {
    Host& host = hosts[work.host];
    std::deque<ProviderWork>& line = host.lines[work.tenant];
    if (line.empty()) host.turns.push_back(work.tenant);
    line.push_back(std::move(work));
  }

  // When the first of what waits only for a Retry-After may run.
  net::SteadyTime next_deadline() {
    const net::SteadyTime now = clock.steady();
    net::SteadyTime deadline = net::SteadyTime::max();
    std::erase_if(silent_until, [&](const auto& entry) { return entry.second <= now; });
    for (const auto& [where, until] : silent_until) {
      if (hosts.contains(where.first)) deadline = std::min(deadline, until);
    }
    return deadline;
  }

  // A thread more, if there is work that no thread is free for.
  void add_thread_if_needed() {
    if (idle > 0 || static_cast<int>(threads.size()) >= options.total || !choose()) return;
    ++idle;  // it is as good as there
    threads.emplace_back([this] { work_until_stopped(); });
  }

  void work_until_stopped() {
    std::unique_lock lock(mutex);
    while (!stopping.stop_requested()) {
      if (const auto choice = choose()) {
        --idle;
        ProviderWork work = take(*choice);
        const std::stop_source stop;
        running.emplace(work.key, stop);
        ++choice->host->under_way;
        add_thread_if_needed();
        lock.unlock();
        const auto wait = work.run(stop.get_token());
        work.run = nullptr;  // what it holds is given back without the lock
        lock.lock();
        finish(work, wait);
        ++idle;
      } else {
        const std::uint64_t seen = changes;
        clock.wait_until(lock, changed, stopping.get_token(), next_deadline(),
                         [&] { return changes != seen; });
      }
    }
  }

  void finish(const ProviderWork& work, std::optional<std::chrono::seconds> wait) {
    running.erase(work.key);
    --hosts.at(work.host).under_way;
    forget_if_quiet(work.host);
    if (wait) silent_until[{work.host, work.client_id}] = clock.steady() + *wait;
    announce();
  }
};

CallScheduler::CallScheduler(CallSchedulerOptions options, net::Clock& clock)
    : impl_(std::make_unique<Impl>(options, clock)) {}

CallScheduler::~CallScheduler() { stop(); }

void CallScheduler::submit(ProviderWork work) {
  std::optional<ProviderWork> replaced;  // destroyed without the lock: it may hold anything
  const std::lock_guard guard(impl_->mutex);
  if (impl_->stopping.stop_requested()) return;
  replaced = impl_->replace(work);
  if (!replaced) {
    replaced = impl_->remove(work.key);
    impl_->append(std::move(work));
  }
  impl_->announce();
  impl_->add_thread_if_needed();
}

void CallScheduler::cancel(const std::string& key) {
  std::optional<ProviderWork> dropped;
  std::stop_source running(std::nostopstate);
  {
    const std::lock_guard guard(impl_->mutex);
    dropped = impl_->remove(key);
    const auto found = impl_->running.find(key);
    if (found != impl_->running.end()) running = found->second;
  }
  running.request_stop();  // runs callbacks: not under the lock
}

void CallScheduler::stop() {
  std::map<std::string, Host> dropped;
  std::vector<std::stop_source> running;
  std::vector<std::jthread> threads;
  {
    const std::lock_guard guard(impl_->mutex);
    impl_->stopping.request_stop();
    for (auto& [name, host] : impl_->hosts) {
      dropped[name].lines = std::move(host.lines);
      host.lines.clear();
      host.turns.clear();
    }
    for (const auto& [key, source] : impl_->running) running.push_back(source);
    threads.swap(impl_->threads);
    impl_->announce();
  }
  for (std::stop_source& source : running) source.request_stop();
  for (std::jthread& thread : threads) thread.join();
}

int CallScheduler::under_way(const std::string& host) const {
  const std::lock_guard guard(impl_->mutex);
  const auto found = impl_->hosts.find(host);
  return found == impl_->hosts.end() ? 0 : found->second.under_way;
}

net::Duration CallScheduler::silence(const std::string& host, const std::string& client_id) const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->silence(host, client_id, impl_->clock.steady());
}

}  // namespace oauth
