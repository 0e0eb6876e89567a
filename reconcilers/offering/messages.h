// The texts of an Offering's conditions and Events, each by its id. Tests assert ids; the texts
// stand in tests/unit/reconcilers/offering/messages.golden, too. Pure.
#pragma once

#include <string>

namespace reconcilers {

enum class OfferingMessage {
  // Discovered
  Discovered,
  EndpointsGiven,
  OtherHosts,
  EndpointMissing,
  DiscoveryFailed,
  InternalError,  // follows a colon
  // Ready
  Available,
  NotReadYet,
  InUse,
};

struct OfferingFacts {
  std::string offering;
  std::string hosts;     // "token: login.evil.example"
  std::string endpoint;  // "token_endpoint"
  std::string answer;    // why the discovery failed, in sentences
  std::string users;     // "2 Integrations"
};

// Returns a sentence or more, with a full stop at the end.
std::string text_of(OfferingMessage id, const OfferingFacts& facts = {});

// For tests: the name of the id, "InUse".
const char* to_string(OfferingMessage id);

}  // namespace reconcilers
