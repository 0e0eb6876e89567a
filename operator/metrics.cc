#include "operator/metrics.h"

#include <set>
#include <string>

namespace op {

namespace {

// An Offering is gone, or has other hosts.
bool leaves_hosts(const api::Offering* before, const api::Offering* after) {
  if (before == nullptr) return false;
  return after == nullptr || hosts_of(*before) != hosts_of(*after);
}

}  // namespace

void Metrics::follow(reconcilers::Caches& caches) {
  caches.integrations.on_change([this](const auto& change, bool) {
    state_.changed(change.before.get(), change.after.get());
  });
  caches.offerings.on_change(
      [this, &offerings = caches.offerings.store()](const auto& change, bool initial) {
        state_.changed(change.before.get(), change.after.get());
        if (!initial && leaves_hosts(change.before.get(), change.after.get()))
          keep_hosts_of(offerings);
      });
}

void Metrics::keep_hosts_of(const kube::Store<api::Offering>& offerings) {
  std::set<std::string> hosts;
  for (const auto& offering : offerings.list()) hosts.merge(hosts_of(*offering));
  providers.keep_only(hosts);
}

}  // namespace op
