#include "kube/leader_election.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "kube/informer.h"
#include "kube/metrics.h"

namespace kube {
namespace {

// Between three quarters and all of `period`: standbys that started together drift apart, and none
// is later.
net::Duration jittered(net::Duration period) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return period * std::uniform_int_distribution<int>{75, 100}(random) / 100;
}

}  // namespace

bool may_acquire(const Lease& lease, const std::string& identity, net::Duration unchanged_for) {
  if (lease.holder_identity.empty() || lease.holder_identity == identity) return true;
  return unchanged_for >= std::chrono::seconds{lease.lease_duration_seconds};
}

LeaderElector::LeaderElector(Client& client, LeaderElectionOptions options, net::Clock& clock,
                             LeaderMetrics* metrics, Fence* fence)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      metrics_(metrics),
      fence_(fence),
      log_(net::Logger("leader-election")
               .with({{"lease", options_.lease.to_string()}, {"identity", options_.identity}})) {}

net::Status LeaderElector::run(std::stop_token stop, std::stop_token resign,
                               const std::function<void(std::stop_token leading)>& lead) {
  if (options_.identity.empty() || options_.lease_duration <= options_.renew_deadline ||
      options_.renew_deadline <= options_.retry_period ||
      options_.retry_period <= net::Duration::zero()) {
    return net::Error{net::ErrorCode::Invalid,
                      "leader election: needs an identity, and a lease duration longer than the "
                      "renew deadline, which is longer than the retry period"};
  }
  if (!acquire(stop)) return {};
  std::stop_source leading;  // what `lead` sees
  std::stop_source term;  // what keeps the lease: it outlives `leading`, until `lead` has returned
  {
    const std::stop_callback on_resign(resign, [&] { leading.request_stop(); });
    const std::jthread keeper([&] { keep(term, leading); });
    const std::jthread watchdog([&] { watch_deadline(term, leading); });
    lead(leading.get_token());
    term.request_stop();
  }
  const net::Status kept = outcome();
  if (kept.ok()) release();
  return kept;
}

net::Status LeaderElector::outcome() {
  const net::MutexLock lock(mutex_);
  if (!lost_) return {};
  const std::string what = "leader election: the lease " + options_.lease.to_string() + " was lost";
  if (failing_ && failing_->code == net::ErrorCode::Forbidden)
    return net::Error{net::ErrorCode::Forbidden, what + ": " + failing_->message};
  return net::Error{net::ErrorCode::Conflict, what};
}

bool LeaderElector::acquire(std::stop_token stop) {
  log_.info("Waiting for the lease");
  if (take(stop)) return true;
  // A dead connection is noticed before a dead leader's lease has expired.
  Informer<Lease> watch(client_,
                        {.namespace_ = options_.lease.namespace_,
                         .field_selector = "metadata.name=" + options_.lease.name,
                         .max_silence = options_.renew_deadline},
                        clock_);
  watch.on_change(
      [this](const auto& change, bool) { hear(change.after ? *change.after : Lease{}); });
  const std::jthread watching([&](std::stop_token over) { watch.run(over); });
  while (await_chance(stop)) {
    if (take(stop)) return true;
  }
  return false;
}

bool LeaderElector::take(std::stop_token stop) {
  const net::SteadyTime sent = clock_.steady();
  const Attempt attempt = try_to_hold(stop);
  if (attempt == Attempt::Holds) {
    renewed_at(sent);
    set_leading(true);
    log_.info("Became the leader");
    return true;
  }
  // The write that the stop cut short may have been done all the same.
  if (attempt == Attempt::Failed && stop.stop_requested()) release();
  const net::MutexLock lock(mutex_);
  look_again_in(jittered(options_.retry_period / 2));
  return false;
}

// A change from the watch of a standby. A leader renews each retry period: as long as renewals are
// heard there is nothing to look at.
void LeaderElector::hear(const Lease& lease) {
  observe(lease);
  {
    const net::MutexLock lock(mutex_);
    free_ = lease.holder_identity.empty();
    look_again_in(jittered(2 * options_.retry_period));
  }
  changed_.notify_all();
}

// False if stopped first.
bool LeaderElector::await_chance(std::stop_token stop) {
  net::MutexLock lock(mutex_);
  while (!free_ && clock_.steady() < next_look_ && !stop.stop_requested()) {
    clock_.wait_until(lock, changed_, stop, next_look_,
                      [this]() NET_REQUIRES(mutex_) { return free_; });
  }
  free_ = false;
  return !stop.stop_requested();
}

// At the latest when the lease expires, if it is not known to have.
void LeaderElector::look_again_in(net::Duration delay) {
  const net::SteadyTime now = clock_.steady();
  next_look_ = now + delay;
  const net::SteadyTime expiry =
      observed_since_ + std::chrono::seconds{observed_.lease_duration_seconds};
  if (expiry > now) next_look_ = std::min(next_look_, expiry);
}

void LeaderElector::keep(std::stop_source& term, std::stop_source& leading) {
  const std::stop_token over = term.get_token();
  while (clock_.sleep(options_.retry_period, over)) {
    const net::SteadyTime sent = clock_.steady();
    switch (try_to_hold(over)) {
      case Attempt::Holds:
        renewed_at(sent);
        break;
      case Attempt::HeldByAnother:
        return lose("another process holds it", term, leading);
      case Attempt::Failed:
        break;  // again, until the deadline
    }
  }
}

// On a thread of its own, so that a hanging renewal cannot hide the end of the time.
void LeaderElector::watch_deadline(std::stop_source& term, std::stop_source& leading) {
  net::MutexLock lock(mutex_);
  while (!term.stop_requested()) {
    const net::SteadyTime deadline = renewed_ + options_.renew_deadline;
    if (clock_.steady() >= deadline) {
      lock.unlock();
      return lose("this process could not renew it in time", term, leading);
    }
    clock_.wait_until(lock, changed_, term.get_token(), deadline, [] { return false; });
  }
}

// Empties the holder, as client-go's ReleaseOnCancel does, so that a standby's next look succeeds.
// Read first: a renewal that was cut short may have been written all the same.
void LeaderElector::release() {
  close_fence();
  std::stop_source give_up;
  const std::jthread limit([&](std::stop_token in_time) {
    if (clock_.sleep(options_.retry_period / 2, in_time)) give_up.request_stop();
  });
  set_leading(false);
  auto lease = client_.get<Lease>(options_.lease, give_up.get_token());
  if (lease.ok()) {
    if (lease->holder_identity != options_.identity) return;
    lease->holder_identity.clear();
    lease->lease_duration_seconds = 1;
    lease->acquire_time = lease->renew_time = clock_.now();
    lease = client_.update(*lease, give_up.get_token());
  }
  if (lease.ok()) {
    log_.info("Released the lease");
  } else {
    log_.warn("The lease was not released. Another replica leads once it has expired",
              {{"err", lease.error()}});
  }
}

LeaderElector::Attempt LeaderElector::try_to_hold(std::stop_token stop) {
  auto lease = client_.get<Lease>(options_.lease, stop);
  if (!lease.ok()) {
    if (lease.error().code == net::ErrorCode::NotFound) return create(stop);
    return failed("The lease was not read", lease.error(), stop);
  }
  const net::Duration unchanged_for = observe(*lease);
  // A leader whose name is gone was replaced, even if the lease is free again by now.
  if (leading_ && lease->holder_identity != options_.identity) return Attempt::HeldByAnother;
  if (!may_acquire(*lease, options_.identity, unchanged_for)) return Attempt::HeldByAnother;
  return update(std::move(*lease), stop);
}

LeaderElector::Attempt LeaderElector::create(std::stop_token stop) {
  Lease lease;
  lease.metadata.name = options_.lease.name;
  lease.metadata.namespace_ = options_.lease.namespace_;
  lease.holder_identity = options_.identity;
  lease.lease_duration_seconds = static_cast<int>(options_.lease_duration.count());
  lease.acquire_time = lease.renew_time = clock_.now();
  auto created = client_.create(lease, stop);
  if (created.ok()) return succeeded(*created);
  return failed("The lease was not created", created.error(), stop);
}

// By the resourceVersion that was read: of several that try at once, one succeeds.
LeaderElector::Attempt LeaderElector::update(Lease lease, std::stop_token stop) {
  if (lease.holder_identity != options_.identity) {
    lease.holder_identity = options_.identity;
    lease.acquire_time = clock_.now();
    ++lease.lease_transitions;
  }
  lease.lease_duration_seconds = static_cast<int>(options_.lease_duration.count());
  lease.renew_time = clock_.now();
  auto updated = client_.update(lease, stop);
  if (updated.ok()) return succeeded(*updated);
  return failed("The lease was not written", updated.error(), stop);
}

LeaderElector::Attempt LeaderElector::succeeded(const Lease& lease) {
  observe(lease);
  const net::MutexLock lock(mutex_);
  failing_.reset();
  return Attempt::Holds;
}

// A line when it begins to fail, or fails in another way: candidates try every second.
LeaderElector::Attempt LeaderElector::failed(const char* what, const net::Error& error,
                                             const std::stop_token& stop) {
  if (stop.stop_requested()) return Attempt::Failed;
  const net::MutexLock lock(mutex_);
  const bool same = failing_ && failing_->code == error.code;
  failing_ = error;
  if (!same)
    log_.warn(
        std::string{what} + ". No replica works without it. This one retries until it succeeds",
        {{"err", error}});
  return Attempt::Failed;
}

// For how long this version of the lease has been seen. The version from a watch may be older than
// one that was read meanwhile: the lease then seems fresh for longer, never for shorter.
net::Duration LeaderElector::observe(const Lease& lease) {
  const net::MutexLock lock(mutex_);
  const net::SteadyTime now = clock_.steady();
  if (lease.metadata.uid != observed_.metadata.uid ||
      lease.metadata.resource_version != observed_.metadata.resource_version) {
    if (lease.holder_identity != observed_.holder_identity) {
      log_.info("The lease has a new holder", {{"holder", lease.holder_identity}});
    }
    observed_ = lease;
    observed_since_ = now;
  }
  return now - observed_since_;
}

// Others saw this renewal later than it was sent: none may take the lease before a lease's duration
// has passed since then. With the lock, so that a late renewal opens nothing again.
void LeaderElector::renewed_at(net::SteadyTime time) {
  const net::MutexLock lock(mutex_);
  if (lost_) return;
  renewed_ = time;
  if (fence_ != nullptr) fence_->open_until(time + options_.lease_duration);
}

void LeaderElector::lose(const char* why, std::stop_source& term, std::stop_source& leading) {
  {
    const net::MutexLock lock(mutex_);
    if (std::exchange(lost_, true)) return;
    close_fence();
  }
  log_.error("Lost the lease", {{"why", why}});
  set_leading(false);
  leading.request_stop();
  term.request_stop();
}

void LeaderElector::close_fence() {
  if (fence_ != nullptr) fence_->close();
}

void LeaderElector::set_leading(bool yes) {
  leading_ = yes;
  if (metrics_ != nullptr) metrics_->leading(yes);
}

}  // namespace kube
