#include "reconcilers/offering/messages.h"

#include "reconcilers/common/message_table.h"

namespace reconcilers {

namespace {

using Id = OfferingMessage;
using Facts = OfferingFacts;

constexpr Fact<Facts> kFacts[] = {
    {"offering", &Facts::offering}, {"hosts", &Facts::hosts}, {"endpoint", &Facts::endpoint},
    {"answer", &Facts::answer},     {"users", &Facts::users},
};

constexpr MessageTable<Id, Facts> kMessages{
    kFacts,
    {
        {Id::Discovered, "Discovered",
         "The operator read the endpoints from the issuer's metadata."},
        {Id::EndpointsGiven, "EndpointsGiven",
         "The Offering names its endpoints itself, so the operator discovers nothing."},
        {Id::OtherHosts, "OtherHosts",
         "The issuer's metadata leads to other hosts, and the operator does not send secrets "
         "there: {hosts}. If the provider moved there, add the hosts to spec.allowedHosts."},
        {Id::EndpointMissing, "EndpointMissing",
         "The issuer's metadata does not have {endpoint}. Give it in spec.endpoints."},
        {Id::DiscoveryFailed, "DiscoveryFailed",
         "The operator got no usable metadata from the issuer: {answer}"},
        {Id::InternalError, "InternalError", "the operator failed. Please report this bug."},

        {Id::Available, "Available", "Integrations can use this Offering."},
        {Id::NotReadYet, "NotReadYet", "The operator has not read the issuer's metadata yet."},
        {Id::InUse, "InUse",
         "This Offering is being deleted, and waits for {users} that it serves. `kubectl get "
         "integrations.oauth.integrations.dev -A --field-selector "
         "spec.offeringRef.name={offering}` lists all that name it. Delete them: the Offering goes "
         "at once with the last one."},
    }};

}  // namespace

std::string text_of(OfferingMessage id, const OfferingFacts& facts) {
  return kMessages.text(id, facts);
}

const char* to_string(OfferingMessage id) { return kMessages[id].name; }

}  // namespace reconcilers
