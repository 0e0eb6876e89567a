#include "reconcilers/offering/discovery_desk.h"

#include <memory>
#include <utility>

#include "net/thrown.h"
#include "net/url.h"

namespace reconcilers {

namespace {

// Among the scheduler's keys, which are Integrations' uids.
std::string work_key(const std::string& uid) { return "discovery of " + uid; }

}  // namespace

DiscoveryDesk::DiscoveryDesk(oauth::CallScheduler& scheduler, net::HttpClient& http,
                             net::Clock& clock, bool allow_http,
                             std::function<void(const kube::NamespacedName&)> done)
    : scheduler_(scheduler),
      http_(http),
      clock_(clock),
      allow_http_(allow_http),
      done_(std::move(done)) {}

DiscoveryDesk::State DiscoveryDesk::state(const kube::ObjectMeta& offering) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(offering.uid);
    if (found == entries_.end()) return {};
    if (found->second.generation == offering.generation) return found->second.state;
    entries_.erase(found);
  }
  scheduler_.cancel(work_key(offering.uid));
  return {};
}

void DiscoveryDesk::start(const api::Offering& offering) {
  const kube::ObjectMeta& metadata = offering.metadata;
  {
    const std::lock_guard lock(mutex_);
    entries_[metadata.uid] = {.generation = metadata.generation,
                              .state = {.running = true, .found = std::nullopt}};
  }
  const auto url = net::parse_url(offering.spec.issuer);
  const auto spec = std::make_shared<const api::OfferingSpec>(offering.spec);
  scheduler_.submit({
      .key = work_key(metadata.uid),
      .host = url.ok() ? url->authority() : offering.spec.issuer,
      .client = "",
      .tenant = "",
      .run = [this, spec, uid = metadata.uid, generation = metadata.generation,
              key = metadata.key()](std::stop_token stop) -> oauth::CallsMade {
        auto found = discover(*spec, stop);
        if (stop.stop_requested()) return {};
        finish(uid, generation, std::move(found));
        done_(key);
        return {};  // the Offering's own schedule says when to try again
      },
  });
}

// The edge for exceptions: over a provider's text, nothing that a library throws may end the
// process.
net::Result<oauth::Metadata> DiscoveryDesk::discover(const api::OfferingSpec& spec,
                                                     std::stop_token stop) {
  try {
    return oauth::discover(spec.issuer, spec.ca_bundle, allow_http_, http_, clock_, stop);
  } catch (...) {
    log_.error("the discovery threw", {{"thrown", net::thrown_type()}});
    return net::Error{net::ErrorCode::Internal,
                      "an internal error while the metadata was read (please report this)."};
  }
}

void DiscoveryDesk::finish(const std::string& uid, std::int64_t generation,
                           net::Result<oauth::Metadata> found) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(uid);
  if (entry == entries_.end() || entry->second.generation != generation) return;
  entry->second.state = {.running = false, .found = std::move(found)};
}

void DiscoveryDesk::forget(const std::string& uid) {
  {
    const std::lock_guard lock(mutex_);
    if (entries_.erase(uid) == 0) return;
  }
  scheduler_.cancel(work_key(uid));
}

}  // namespace reconcilers
