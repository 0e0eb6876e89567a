// Decides what an Offering's status says, from the outcome of its discovery. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/offering.h"
#include "net/result.h"
#include "oauth/protocol/discovery.h"
#include "reconcilers/common/events.h"

namespace reconcilers {

struct OfferingDecision {
  api::OfferingStatus status;
  std::vector<EventIntent> events;
};

// Must the provider's metadata be read (again)? Not where a status of this generation holds it and
// is younger than spec.verification.interval: a restart asks nobody anything.
bool discovery_due(const api::Offering& offering, net::SystemTime now);
// When it will be; `now` where nothing holds.
net::SystemTime next_discovery(const api::Offering& offering, net::SystemTime now);

// Why what discovery found cannot be used, as a condition (Discovered False); nothing where it can.
std::optional<kube::Condition> objection(const api::OfferingSpec& spec,
                                         const oauth::Metadata& metadata);

struct OfferingView {
  std::string callback_url;
  // The outcome of a discovery just now; nothing if none was due, or if the Offering names no
  // issuer.
  std::optional<net::Result<oauth::Metadata>> discovered;
  // The Integrations that a deletion waits for: counted only while it is being deleted.
  std::size_t users = 0;
  std::optional<net::SystemTime> next_try;  // of a discovery that failed
};

OfferingDecision decide(const api::Offering& offering, const OfferingView& view,
                        net::SystemTime now);

}  // namespace reconcilers
