#include "reconcilers/offering/decide.h"

#include <algorithm>
#include <utility>

#include "api/conditions.h"
#include "reconcilers/common/condition_writer.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/offering/messages.h"

namespace reconcilers {

namespace {

using kube::Condition;
using kube::ConditionStatus;
namespace condition = api::condition;
namespace reason = api::reason;

// `over`, and where it is silent, `under`.
oauth::Endpoints merged(const oauth::Endpoints& over, oauth::Endpoints under) {
  for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits)
    if (!(over.*endpoint.url).empty()) under.*endpoint.url = over.*endpoint.url;
  return under;
}

// Those of `endpoints` that the issuer's metadata may lead to; an override may lead anywhere.
oauth::Endpoints of_the_issuer(const oauth::Endpoints& endpoints, const api::OfferingSpec& spec) {
  oauth::Endpoints kept;
  for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits) {
    oauth::Endpoints alone;
    alone.*endpoint.url = endpoints.*endpoint.url;
    if (oauth::endpoints_elsewhere(alone, spec.issuer, spec.allowed_hosts).empty())
      kept.*endpoint.url = endpoints.*endpoint.url;
  }
  return kept;
}

// Returns the endpoints of the metadata for which the spec has no override.
oauth::Endpoints not_overridden(oauth::Endpoints endpoints, const api::OfferingSpec& spec) {
  for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits)
    if (!(spec.endpoints.*endpoint.url).empty()) (endpoints.*endpoint.url).clear();
  return endpoints;
}

bool complete(const oauth::Endpoints& endpoints) {
  return !endpoints.authorization.empty() && !endpoints.token.empty();
}

std::string joined(const std::vector<std::string>& words, std::size_t at_most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), at_most); ++i)
    text += (i == 0 ? "" : ", ") + words[i];
  if (words.size() > at_most) text += " and " + std::to_string(words.size() - at_most) + " more";
  return text;
}

// Rough where there are many: the status need not be written for each that goes. No names: a person
// who may look at Offerings need not know who uses them.
std::string count_of(std::size_t users) {
  for (const std::size_t many : {1000, 100, 10})
    if (users > many) return "more than " + std::to_string(many) + " Integrations";
  return std::to_string(users) + (users == 1 ? " Integration" : " Integrations");
}

const char* discovery_failure(net::ErrorCode code) {
  switch (code) {
    case net::ErrorCode::NotFound:
      return reason::metadata_not_found;
    case net::ErrorCode::Invalid:
    case net::ErrorCode::TooLarge:
      return reason::metadata_invalid;
    default:
      return reason::provider_unreachable;
  }
}

class Deciding {
 public:
  Deciding(const api::Offering& offering, const OfferingView& view, net::SystemTime now)
      : offering_(offering),
        view_(view),
        now_(now),
        conditions_(offering.status.conditions, keep(), offering.metadata.generation, now) {}

  OfferingDecision run() {
    api::OfferingStatus& status = decision_.status;
    status.observed_generation = offering_.metadata.generation;
    status.callback_url = view_.callback_url;
    if (offering_.spec.issuer.empty())
      given();
    else if (view_.discovered && view_.discovered->ok())
      found(**view_.discovered);
    else if (view_.discovered)
      failed(view_.discovered->error());
    else
      keep_endpoints();
    set_ready();
    report_turns();
    return std::move(decision_);
  }

 private:
  // Starts from the earlier status: this decision changes parts of it.
  kube::Conditions& keep() {
    decision_.status = offering_.status;
    return decision_.status.conditions;
  }

  void given() {
    decision_.status.endpoints = offering_.spec.endpoints;
    decision_.status.discovery_time.reset();
    set(condition::discovered, ConditionStatus::True, reason::endpoints_given,
        text_of(OfferingMessage::EndpointsGiven));
  }

  void found(const oauth::Metadata& metadata) {
    if (auto refused = objection(offering_.spec, metadata)) {
      keep_endpoints();
      return set(condition::discovered, refused->status, refused->reason,
                 with_next_try(refused->message));
    }
    decision_.status.endpoints = merged(offering_.spec.endpoints, metadata.endpoints);
    decision_.status.discovery_time = now_;
    set(condition::discovered, ConditionStatus::True, reason::discovered,
        text_of(OfferingMessage::Discovered));
  }

  // Endpoints that were found before stay: an issuer that is down takes nobody's Integration away.
  void failed(const net::Error& error) {
    keep_endpoints();
    set(condition::discovered, ConditionStatus::False, discovery_failure(error.code),
        with_next_try(
            text_of(OfferingMessage::DiscoveryFailed, {.answer = as_sentence(error.message)})));
  }

  // An address from an override goes once the admin has removed the override: secrets would still
  // go there.
  void keep_endpoints() {
    decision_.status.endpoints =
        merged(offering_.spec.endpoints, of_the_issuer(offering_.status.endpoints, offering_.spec));
  }

  std::string with_next_try(const std::string& message) const {
    if (!view_.next_try) return message;
    return message + " " + text_at(CommonMessage::NextChecks, *view_.next_try);
  }

  void set_ready() {
    if (offering_.metadata.being_deleted() && view_.users > 0)
      return set_not_ready(reason::in_use,
                           text_of(OfferingMessage::InUse, {.offering = offering_.metadata.name,
                                                            .users = count_of(view_.users)}));
    if (complete(decision_.status.endpoints))
      return set_ready_to(ConditionStatus::True, reason::available,
                          text_of(OfferingMessage::Available));
    const Condition* discovered = conditions_.now(condition::discovered);
    if (discovered == nullptr)
      return set_not_ready(reason::pending, text_of(OfferingMessage::NotReadYet));
    const Condition because = *discovered;  // a copy: conditions move when another is added
    set_not_ready(because.reason, because.message);
  }

  void set_not_ready(const std::string& why, const std::string& message) {
    set_ready_to(ConditionStatus::False, why, message);
  }

  void set_ready_to(ConditionStatus status, const std::string& why, const std::string& message) {
    set(condition::ready, status, why, message);
    const Condition ready = *conditions_.now(condition::ready);
    const bool passes =
        why == reason::provider_unreachable || why == reason::pending || why == reason::in_use;
    set_progress(decision_.status.conditions, ready, passes, now_);
  }

  void report_turns() {
    for (const char* type : {condition::discovered, condition::ready}) {
      auto turn = conditions_.turn(type);
      if (!turn) continue;
      decision_.events.push_back(std::move(*turn));
      // Ready would report the same again.
      if (decision_.events.back().type == kube::EventType::Warning) return;
    }
  }

  void set(const char* type, ConditionStatus status, const std::string& why, std::string message) {
    conditions_.set(type, status, why, std::move(message));
  }

  const api::Offering& offering_;
  const OfferingView& view_;
  const net::SystemTime now_;
  OfferingDecision decision_;
  ConditionWriter conditions_;  // of decision_.status
};

}  // namespace

std::optional<Condition> objection(const api::OfferingSpec& spec, const oauth::Metadata& metadata) {
  Condition refused{
      .type = condition::discovered, .status = ConditionStatus::False, .reason = {}, .message = {}};
  const auto elsewhere = oauth::endpoints_elsewhere(not_overridden(metadata.endpoints, spec),
                                                    spec.issuer, spec.allowed_hosts);
  if (!elsewhere.empty()) {
    refused.reason = reason::endpoint_host_changed;
    refused.message = text_of(OfferingMessage::OtherHosts, {.hosts = joined(elsewhere, 6)});
    return refused;
  }
  const oauth::Endpoints endpoints = merged(spec.endpoints, metadata.endpoints);
  if (complete(endpoints)) return std::nullopt;
  refused.reason = reason::metadata_invalid;
  refused.message =
      text_of(OfferingMessage::EndpointMissing,
              {.endpoint = endpoints.token.empty() ? "token_endpoint" : "authorization_endpoint"});
  return refused;
}

bool discovery_due(const api::Offering& offering, net::SystemTime now) {
  return !offering.spec.issuer.empty() && !offering.metadata.being_deleted() &&
         next_discovery(offering, now) <= now;
}

net::SystemTime next_discovery(const api::Offering& offering, net::SystemTime now) {
  const api::OfferingStatus& status = offering.status;
  const bool holds = status.observed_generation == offering.metadata.generation &&
                     status.discovery_time && *status.discovery_time <= now &&
                     kube::is_true(status.conditions, condition::discovered);
  return holds ? *status.discovery_time + offering.spec.verification.interval : now;
}

OfferingDecision decide(const api::Offering& offering, const OfferingView& view,
                        net::SystemTime now) {
  return Deciding(offering, view, now).run();
}

}  // namespace reconcilers
