#include "reconcilers/integration/prerequisites.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/conditions.h"
#include "net/text.h"
#include "reconcilers/common/serving.h"
#include "reconcilers/common/status_text.h"

namespace reconcilers {

namespace {

using kube::Condition;
using kube::ConditionStatus;

Condition offering_condition(ConditionStatus status, const char* reason, std::string message) {
  return {.type = api::condition::offering_available,
          .status = status,
          .reason = reason,
          .message = std::move(message)};
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
  const std::string name = "Offering \"" + integration.spec.offering + "\"";
  if (offering == nullptr)
    return offering_condition(ConditionStatus::False, api::reason::offering_not_found,
                              name +
                                  " does not exist. `kubectl get offerings` lists what the "
                                  "platform offers; if it is added, "
                                  "it is picked up at once.");
  if (!is_allowed(*offering, ns))
    return offering_condition(ConditionStatus::False, api::reason::namespace_not_allowed,
                              name + " is not offered to namespace \"" +
                                  integration.metadata.namespace_ +
                                  "\": the namespace's labels do not match spec.allowedNamespaces. "
                                  "Ask the platform's admins.");
  if (offering->metadata.being_deleted()) {
    if (!was_served_before(integration, *offering))
      return offering_condition(
          ConditionStatus::False, api::reason::offering_terminating,
          name + " is being deleted and takes no new Integrations. Choose another Offering.");
    if (has_endpoints(*offering))
      return offering_condition(
          ConditionStatus::True, api::reason::available,
          name + " is being deleted, and serves this Integration until then.");
  }
  if (!kube::is_true(offering->status.conditions, api::condition::ready)) {
    const Condition* ready =
        kube::find_condition(offering->status.conditions, api::condition::ready);
    return offering_condition(
        ConditionStatus::False, api::reason::offering_not_ready,
        name + " is not ready" +
            (ready == nullptr ? " yet."
                              : ": " + ready->reason + ": " + without_tail(ready->message)) +
            " This Integration goes on as soon as it is.");
  }
  return offering_condition(ConditionStatus::True, api::reason::available, name + " is available.");
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
        "The Offering requires scopes that spec.scopes lacks. Add: " + net::joined(absent, ", ") +
        ".";
    return condition;
  }
  if (const auto foreign =
          without(without(integration.spec.scopes, offered.required), offered.optional);
      !foreign.empty()) {
    condition.reason = api::reason::scopes_not_offered;
    condition.message = "The Offering does not offer these scopes; remove them from spec.scopes: " +
                        net::joined(foreign, ", ") + ".";
    if (!offered.optional.empty())
      condition.message +=
          " It offers, besides the required ones: " + net::joined(offered.optional, ", ") + ".";
    return condition;
  }
  condition.status = ConditionStatus::True;
  condition.reason = api::reason::valid;
  condition.message = "The scopes are what the Offering asks for.";
  return condition;
}

}  // namespace reconcilers
