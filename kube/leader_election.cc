#include "kube/leader_election.h"

#include <random>
#include <thread>
#include <utility>

#include "kube/metrics.h"

namespace kube {
namespace {

// Between three quarters and all of `period`: standbys that started together drift apart, and none
// is later than that.
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
                             LeaderMetrics* metrics)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      metrics_(metrics),
      log_(net::Logger("leader-election")
               .with({{"lease", options_.lease.to_string()}, {"identity", options_.identity}})) {}

net::Status LeaderElector::run(std::stop_token stop,
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
    const std::stop_callback on_stop(stop, [&] { leading.request_stop(); });
    const std::jthread keeper([&] { keep(term, leading); });
    const std::jthread watchdog([&] { watch_deadline(term, leading); });
    lead(leading.get_token());
    term.request_stop();
  }
  if (lost_) {
    return net::Error{net::ErrorCode::Conflict,
                      "leader election: the lease " + options_.lease.to_string() + " was lost"};
  }
  release();
  return {};
}

bool LeaderElector::acquire(std::stop_token stop) {
  log_.info("Waiting for the lease");
  while (!stop.stop_requested()) {
    const net::SteadyTime sent = clock_.steady();
    if (try_to_hold(stop) == Attempt::Holds) {
      renewed_at(sent);
      set_leading(true);
      log_.info("Became the leader");
      return true;
    }
    // Twice a period, so that a release is noticed, and taken, within one.
    clock_.sleep(jittered(options_.retry_period / 2), stop);
  }
  return false;
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
        return lose("another holds it", term, leading);
      case Attempt::Failed:
        break;  // again, until the deadline
    }
  }
}

// On a thread of its own, so that a renewal that hangs cannot hide that the time is up.
void LeaderElector::watch_deadline(std::stop_source& term, std::stop_source& leading) {
  std::unique_lock lock(mutex_);
  while (!term.stop_requested()) {
    const net::SteadyTime deadline = renewed_ + options_.renew_deadline;
    if (clock_.steady() >= deadline) {
      lock.unlock();
      return lose("it could not be renewed in time", term, leading);
    }
    clock_.wait_until(lock, never_, term.get_token(), deadline, [] { return false; });
  }
}

// Empties the holder, as client-go's ReleaseOnCancel does, so that a standby's next look succeeds.
// Read first: a renewal that was cut short may have been written all the same.
void LeaderElector::release() {
  std::stop_source give_up;
  const std::jthread limit([&](std::stop_token in_time) {
    if (clock_.sleep(options_.retry_period / 2, in_time)) give_up.request_stop();
  });
  set_leading(false);
  auto lease = client_.get<Lease>(options_.lease, give_up.get_token());
  if (lease.ok() && lease->holder_identity == options_.identity) {
    lease->holder_identity.clear();
    lease->lease_duration_seconds = 1;
    lease->acquire_time = lease->renew_time = clock_.now();
    lease = client_.update(*lease, give_up.get_token());
  }
  if (lease.ok()) {
    log_.info("Released the lease");
  } else {
    log_.warn("The lease was not released: another leader begins when it has expired",
              {{"err", lease.error()}});
  }
}

LeaderElector::Attempt LeaderElector::try_to_hold(std::stop_token stop) {
  auto lease = client_.get<Lease>(options_.lease, stop);
  if (!lease.ok()) {
    if (lease.error().code == net::ErrorCode::NotFound) return create(stop);
    if (!stop.stop_requested()) log_.warn("The lease was not read", {{"err", lease.error()}});
    return Attempt::Failed;
  }
  observe(std::move(*lease));
  // A leader whose name is gone was replaced, even if the lease is free again by now.
  if (leading_ && observed_.holder_identity != options_.identity) return Attempt::HeldByAnother;
  if (!may_acquire(observed_, options_.identity, clock_.steady() - observed_since_)) {
    return Attempt::HeldByAnother;
  }
  return update(stop);
}

LeaderElector::Attempt LeaderElector::create(std::stop_token stop) {
  Lease lease;
  lease.metadata.name = options_.lease.name;
  lease.metadata.namespace_ = options_.lease.namespace_;
  lease.holder_identity = options_.identity;
  lease.lease_duration_seconds = static_cast<int>(options_.lease_duration.count());
  lease.acquire_time = lease.renew_time = clock_.now();
  auto created = client_.create(lease, stop);
  if (created.ok()) {
    observe(std::move(*created));
    return Attempt::Holds;
  }
  if (!stop.stop_requested()) log_.warn("The lease was not created", {{"err", created.error()}});
  return Attempt::Failed;
}

// By the resourceVersion that was read: of several that try at once, one succeeds.
LeaderElector::Attempt LeaderElector::update(std::stop_token stop) {
  Lease lease = observed_;
  if (lease.holder_identity != options_.identity) {
    lease.holder_identity = options_.identity;
    lease.acquire_time = clock_.now();
    ++lease.lease_transitions;
  }
  lease.lease_duration_seconds = static_cast<int>(options_.lease_duration.count());
  lease.renew_time = clock_.now();
  auto updated = client_.update(lease, stop);
  if (updated.ok()) {
    observe(std::move(*updated));
    return Attempt::Holds;
  }
  if (!stop.stop_requested()) log_.warn("The lease was not written", {{"err", updated.error()}});
  return Attempt::Failed;
}

void LeaderElector::observe(Lease lease) {
  if (lease.metadata.uid == observed_.metadata.uid &&
      lease.metadata.resource_version == observed_.metadata.resource_version) {
    return;
  }
  if (lease.holder_identity != observed_.holder_identity) {
    log_.info("The lease has a new holder", {{"holder", lease.holder_identity}});
  }
  observed_ = std::move(lease);
  observed_since_ = clock_.steady();
}

void LeaderElector::renewed_at(net::SteadyTime time) {
  const std::lock_guard lock(mutex_);
  renewed_ = time;
}

void LeaderElector::lose(const char* why, std::stop_source& term, std::stop_source& leading) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(lost_, true)) return;
  }
  log_.error("Lost the lease", {{"why", why}});
  set_leading(false);
  leading.request_stop();
  term.request_stop();
}

void LeaderElector::set_leading(bool yes) {
  leading_ = yes;
  if (metrics_ != nullptr) metrics_->leading(yes);
}

}  // namespace kube
