#include "operator/install_mark.h"

#include <utility>

namespace op {

namespace {

constexpr std::chrono::seconds kDuration{60};
constexpr std::chrono::seconds kAfterRelease{10};
constexpr std::chrono::seconds kRenewal{10};
constexpr std::chrono::seconds kLook{2};

const kube::NamespacedName kMark{kMarkNamespace, kMarkName};

}  // namespace

InstallMark::InstallMark(kube::Client& client, std::string install, net::Clock& clock)
    : client_(client),
      install_(std::move(install)),
      clock_(clock),
      log_(
          net::Logger("install-mark").with({{"lease", kMark.to_string()}, {"install", install_}})) {
}

InstallMark::~InstallMark() = default;

net::Status InstallMark::await_free(std::stop_token stop) {
  bool waiting = false;
  do {
    const auto mark = read(stop);
    if (stop.stop_requested()) return {};
    if (!mark.ok()) {
      if (mark.error().code == net::ErrorCode::NotFound) return {};
      note("The operator cannot read this cluster's mark, so another install may run unnoticed",
           mark.error());
      if (mark.error().code == net::ErrorCode::Forbidden) return {};
      continue;
    }
    const bool renewed =
        waiting && mark->metadata.resource_version != seen_.metadata.resource_version;
    if (expired(*mark) || !is_anothers(*mark)) return {};
    if (renewed) return taken_by_another();
    if (!std::exchange(waiting, true))
      log_.warn("Another install has marked this cluster. Waiting to see whether it still runs",
                {{"holder", mark->holder_identity}});
  } while (clock_.sleep(kLook, stop));
  return {};
}

net::Status InstallMark::hold(std::stop_token stop, std::function<void(const net::Error&)> lost) {
  while (!stop.stop_requested()) {
    const Take taken = take(kDuration, stop);
    if (taken == Take::Taken) return taken_by_another();
    if (taken == Take::Done) break;
    if (!clock_.sleep(kLook, stop)) break;
  }
  renewal_ = std::jthread([this, stop, lost = std::move(lost)](std::stop_token released) {
    std::stop_source end;
    const std::stop_callback on_stop(stop, [&] { end.request_stop(); });
    const std::stop_callback on_release(released, [&] { end.request_stop(); });
    renew(end.get_token(), lost);
  });
  return {};
}

void InstallMark::renew(std::stop_token stop, const std::function<void(const net::Error&)>& lost) {
  while (clock_.sleep(kRenewal, stop)) {
    if (take(kDuration, stop) != Take::Taken) continue;
    lost(taken_by_another());
    return;
  }
}

void InstallMark::release() {
  if (!renewal_.joinable()) return;
  renewal_.request_stop();
  renewal_.join();
  std::stop_source give_up;
  const std::jthread limit([&](std::stop_token in_time) {
    if (clock_.sleep(std::chrono::milliseconds{500}, in_time)) give_up.request_stop();
  });
  take(kAfterRelease, give_up.get_token());
}

net::Result<kube::Lease> InstallMark::read(std::stop_token stop) {
  return client_.get<kube::Lease>(kMark, std::move(stop));
}

// Also done without the right to read the mark: nothing more can be checked then.
InstallMark::Take InstallMark::take(std::chrono::seconds duration, std::stop_token stop) {
  auto mark = read(stop);
  if (mark.ok() && !expired(*mark) && is_anothers(*mark)) return Take::Taken;
  const bool fresh = !mark.ok() && mark.error().code == net::ErrorCode::NotFound;
  if (mark.ok() || fresh) {
    kube::Lease lease = fresh ? kube::Lease{} : std::move(*mark);
    lease.metadata.name = kMark.name;
    lease.metadata.namespace_ = kMark.namespace_;
    if (lease.holder_identity != install_) lease.acquire_time = clock_.now();
    lease.holder_identity = install_;
    lease.lease_duration_seconds = static_cast<int>(duration.count());
    lease.renew_time = clock_.now();
    mark = fresh ? client_.create(lease, stop) : client_.update(lease, stop);
  }
  if (mark.ok()) {
    if (std::exchange(failing_, std::nullopt))
      log_.info("The mark of this install is written again");
    return Take::Done;
  }
  if (stop.stop_requested() || mark.error().code == net::ErrorCode::Cancelled) return Take::Retry;
  // Another replica may have been faster, or the API server is unavailable: read the mark again.
  if (mark.error().code != net::ErrorCode::Conflict &&
      mark.error().code != net::ErrorCode::AlreadyExists)
    note("The operator cannot write this install's mark, so a second install may run unnoticed",
         mark.error());
  return mark.error().code == net::ErrorCode::Forbidden ? Take::Done : Take::Retry;
}

bool InstallMark::is_anothers(const kube::Lease& mark) const {
  return !mark.holder_identity.empty() && mark.holder_identity != install_;
}

// Also remembers it.
bool InstallMark::expired(const kube::Lease& mark) {
  const net::SteadyTime now = clock_.steady();
  if (mark.metadata.uid != seen_.metadata.uid ||
      mark.metadata.resource_version != seen_.metadata.resource_version) {
    seen_ = mark;
    seen_since_ = now;
  }
  return now - seen_since_ >= std::chrono::seconds{mark.lease_duration_seconds};
}

// Logs a line when it begins to fail, or fails in another way.
void InstallMark::note(const char* what, const net::Error& error) {
  if (std::exchange(failing_, error.code) == error.code) return;
  log_.warn(what, {{"needs",
                    std::string{"get, create and update of leases in namespace "} + kMarkNamespace},
                   {"err", error}});
}

net::Error InstallMark::taken_by_another() const {
  return {net::ErrorCode::AlreadyExists,
          "another install of the operator runs in this cluster, in namespace \"" +
              seen_.holder_identity + "\" (this one's is \"" + install_ +
              "\"). Both would write the same statuses in turns, and verify everything again and "
              "again. Use that install, with --namespace " +
              seen_.holder_identity +
              ", or remove it first. If it is gone, this install can start a minute after its end. "
              "The mark is the Lease " +
              kMark.to_string()};
}

}  // namespace op
