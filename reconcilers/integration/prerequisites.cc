#include "reconcilers/integration/prerequisites.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/conditions.h"
#include "net/text.h"
#include "reconcilers/common/messages.h"
#include "reconcilers/common/serving.h"
#include "reconcilers/common/status_text.h"
#include "reconcilers/integration/messages.h"

namespace reconcilers {

namespace {

using kube::Condition;
using kube::ConditionStatus;

Condition offering_condition(ConditionStatus status, const char* reason, IntegrationMessage id,
                             const IntegrationFacts& facts) {
  return {.type = api::condition::offering_available,
          .status = status,
          .reason = reason,
          .message = text_of(id, facts)};
}

// An Offering that is not ready says itself why.
Condition not_ready(const api::Offering& offering) {
  const std::string& name = offering.metadata.name;
  const Condition* ready = kube::find_condition(offering.status.conditions, api::condition::ready);
  if (ready == nullptr)
    return offering_condition(ConditionStatus::False, api::reason::offering_not_ready,
                              IntegrationMessage::OfferingNotReadyYet, {.offering = name});
  return offering_condition(ConditionStatus::False, api::reason::offering_not_ready,
                            IntegrationMessage::OfferingNotReady,
                            {.offering = name,
                             .reason = ready->reason,
                             .answer = as_sentence(without_tail(ready->message))});
}

bool has_endpoints(const api::Offering& offering) {
  return !offering.status.endpoints.authorization.empty() &&
         !offering.status.endpoints.token.empty();
}

// Those of `a` that are not in `b`.
std::vector<std::string> without(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b) {
  std::vector<std::string> rest;
  std::copy_if(a.begin(), a.end(), std::back_inserter(rest), [&](const std::string& word) {
    return std::find(b.begin(), b.end(), word) == b.end();
  });
  return rest;
}

}  // namespace

Condition offering_available(const api::Integration& integration, const api::Offering* offering,
                             const kube::Namespace* ns) {
  const IntegrationFacts facts{.offering = integration.spec.offering,
                               .ns = integration.metadata.namespace_};
  if (offering == nullptr)
    return offering_condition(ConditionStatus::False, api::reason::offering_not_found,
                              IntegrationMessage::OfferingNotFound, facts);
  if (!is_allowed(*offering, ns))
    return offering_condition(ConditionStatus::False, api::reason::namespace_not_allowed,
                              IntegrationMessage::NamespaceNotAllowed, facts);
  if (offering->metadata.being_deleted()) {
    if (!was_served_before(integration, *offering))
      return offering_condition(ConditionStatus::False, api::reason::offering_terminating,
                                IntegrationMessage::OfferingTerminating, facts);
    if (has_endpoints(*offering))
      return offering_condition(ConditionStatus::True, api::reason::available,
                                IntegrationMessage::OfferingServesUntilItGoes, facts);
  }
  if (!kube::is_true(offering->status.conditions, api::condition::ready))
    return not_ready(*offering);
  return offering_condition(ConditionStatus::True, api::reason::available,
                            IntegrationMessage::OfferingAvailable, facts);
}

bool offering_in_transition(const api::Offering& offering) {
  return offering.status.observed_generation != offering.metadata.generation;
}

Condition scopes_valid(const api::Integration& integration, const api::Offering& offering) {
  Condition condition{.type = api::condition::scopes_valid,
                      .status = ConditionStatus::False,
                      .reason = {},
                      .message = {}};
  const api::OfferingScopes& offered = offering.spec.scopes;
  if (const auto absent = without(offered.required, integration.spec.scopes); !absent.empty()) {
    condition.reason = api::reason::missing_required_scopes;
    condition.message =
        text_of(IntegrationMessage::RequiredScopesMissing, {.scopes = net::joined(absent, ", ")});
    return condition;
  }
  if (const auto foreign =
          without(without(integration.spec.scopes, offered.required), offered.optional);
      !foreign.empty()) {
    condition.reason = api::reason::scopes_not_offered;
    condition.message = text_of(
        offered.optional.empty() ? IntegrationMessage::ScopesNotOffered
                                 : IntegrationMessage::ScopesNotOfferedButOthers,
        {.scopes = net::joined(foreign, ", "), .offered = net::joined(offered.optional, ", ")});
    return condition;
  }
  condition.status = ConditionStatus::True;
  condition.reason = api::reason::valid;
  condition.message = text_of(IntegrationMessage::ScopesValid);
  return condition;
}

}  // namespace reconcilers
