#include "reconcilers/integration/secret_reader.h"

#include <algorithm>
#include <utility>

namespace reconcilers {

namespace {

constexpr std::chrono::seconds kUnused{1};
constexpr std::chrono::minutes kLongest{1};
constexpr std::size_t kMostBytes = 8 << 20;
constexpr std::size_t kMostHeld = 64;

std::size_t bytes_of(const SecretReader::Pointer& secret) {
  std::size_t bytes = 256;
  if (secret == nullptr) return bytes;
  for (const auto& [key, value] : secret->data) bytes += key.size() + value.size();
  return bytes;
}

// A Secret that the cache does not have must be missing by the API server's word, too: that one is
// there may have been true before its deletion.
bool serves(const SecretReader::Pointer& secret, const SecretReader::Wanted& wanted) {
  if (wanted.uid.empty()) return secret == nullptr;
  return secret != nullptr && secret->metadata.uid == wanted.uid &&
         !kube::older_resource_version(secret->metadata.resource_version, wanted.version);
}

}  // namespace

net::SteadyTime SecretReader::Held::until() const {
  return std::min<net::SteadyTime>(used + kUnused, read_at + kLongest);
}

SecretReader::SecretReader(kube::Client& client, net::Clock& clock)
    : client_(client), clock_(clock), expiring_([this](std::stop_token stop) { expire(stop); }) {}

SecretReader::~SecretReader() {
  expiring_.request_stop();
  expiring_.join();
}

net::Result<SecretReader::Pointer> SecretReader::read(const Wanted& wanted, std::stop_token stop) {
  net::MutexLock lock(mutex_);
  if (auto held = use_held(wanted)) return std::move(*held);
  if (const auto found = flights_.find(wanted.name);
      found != flights_.end() && !found->second->outdated) {
    const std::shared_ptr<Flight> joined = found->second;
    changed_.wait(lock, stop, [&] { return joined->landed; });
    if (!joined->landed) return net::Error{net::ErrorCode::Cancelled, "stopped"};
    if (!joined->result.ok() || serves(*joined->result, wanted)) return joined->result;
  }
  const auto flight = std::make_shared<Flight>();
  flights_[wanted.name] = flight;
  lock.unlock();
  auto secret = client_.get<kube::Secret>(wanted.name, stop);
  lock.lock();
  flight->landed = true;
  if (secret.ok())
    flight->result = std::make_shared<const kube::Secret>(std::move(*secret));
  else if (secret.error().code != net::ErrorCode::NotFound)
    flight->result = secret.error();
  if (const auto found = flights_.find(wanted.name);
      found != flights_.end() && found->second == flight)
    flights_.erase(found);
  if (flight->result.ok() && !flight->outdated) hold(wanted.name, *flight->result);
  changed_.notify_all();
  return flight->result;
}

void SecretReader::changed(const kube::NamespacedName& name) {
  const net::MutexLock lock(mutex_);
  if (const auto flight = flights_.find(name); flight != flights_.end())
    flight->second->outdated = true;
  if (const auto held = held_.find(name); held != held_.end()) {
    bytes_ -= held->second.bytes;
    held_.erase(held);
  }
}

std::size_t SecretReader::held() const {
  const net::MutexLock lock(mutex_);
  return held_.size();
}

std::optional<SecretReader::Pointer> SecretReader::use_held(const Wanted& wanted) {
  drop_expired();
  const auto found = held_.find(wanted.name);
  if (found == held_.end() || !serves(found->second.secret, wanted)) return std::nullopt;
  found->second.used = clock_.steady();
  return found->second.secret;
}

void SecretReader::hold(const kube::NamespacedName& name, const Pointer& secret) {
  const net::SteadyTime now = clock_.steady();
  const Held fresh{.secret = secret, .bytes = bytes_of(secret), .read_at = now, .used = now};
  if (fresh.bytes > kMostBytes) return;
  if (const auto old = held_.find(name); old != held_.end()) {
    bytes_ -= old->second.bytes;
    held_.erase(old);
  }
  while (bytes_ + fresh.bytes > kMostBytes || held_.size() >= kMostHeld) {
    const auto oldest =
        std::ranges::min_element(held_, {}, [](const auto& entry) { return entry.second.used; });
    bytes_ -= oldest->second.bytes;
    held_.erase(oldest);
  }
  bytes_ += fresh.bytes;
  held_.emplace(name, fresh);
}

void SecretReader::drop_expired() {
  const net::SteadyTime now = clock_.steady();
  std::erase_if(held_, [&](const auto& entry) NET_REQUIRES(mutex_) {
    if (entry.second.until() > now) return false;
    bytes_ -= entry.second.bytes;
    return true;
  });
}

net::SteadyTime SecretReader::next_expiry() const {
  net::SteadyTime next = net::SteadyTime::max();
  for (const auto& [name, held] : held_) next = std::min(next, held.until());
  return next;
}

// Wipes Secrets that nobody asks for any more.
void SecretReader::expire(std::stop_token stop) {
  net::MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const net::SteadyTime next = next_expiry();
    clock_.wait_until(lock, changed_, stop, next,
                      [&]() NET_REQUIRES(mutex_) { return next_expiry() < next; });
    drop_expired();
  }
}

}  // namespace reconcilers
