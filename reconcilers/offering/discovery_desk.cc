#include "reconcilers/offering/discovery_desk.h"

#include <utility>

#include "net/url.h"
#include "reconcilers/offering/messages.h"

namespace reconcilers {

namespace {

using Metadata = net::Result<oauth::Metadata>;

std::string inputs_of(const kube::ObjectMeta& offering) {
  return std::to_string(offering.generation);
}

Metadata if_thrown() {
  return net::Error{net::ErrorCode::Internal, text_of(OfferingMessage::InternalError)};
}

}  // namespace

// The Offering's own schedule says when to try again, so a Retry-After is not the scheduler's.
DiscoveryDesk::DiscoveryDesk(oauth::CallScheduler& scheduler, net::HttpClient& http,
                             net::Clock& clock, bool allow_http,
                             std::function<void(const kube::NamespacedName&)> done)
    : desk_(scheduler, clock,
            {.name = "discovery",
             .run =
                 [&http, &clock, allow_http](const std::string&, const api::OfferingSpec& spec,
                                             std::stop_token stop) {
                   return Work::Answer{.result = oauth::discover(spec.issuer, spec.ca_bundle,
                                                                 allow_http, http, clock, stop),
                                       .calls = {}};
                 },
             .if_thrown = if_thrown,
             .done = std::move(done)}) {}

DiscoveryDesk::State DiscoveryDesk::state(const kube::ObjectMeta& offering) {
  return desk_.state(offering.uid, inputs_of(offering));
}

void DiscoveryDesk::start(const api::Offering& offering) {
  const kube::ObjectMeta& metadata = offering.metadata;
  const auto url = net::parse_url(offering.spec.issuer);
  desk_.start(metadata.uid, metadata.key(),
              {.inputs = inputs_of(metadata),
               .cause = {},
               .call = {.key = {},
                        .host = url.ok() ? url->authority() : offering.spec.issuer,
                        .client = "",
                        .tenant = "",
                        .run = {}},
               .request = offering.spec});
}

}  // namespace reconcilers
