// Faults of the operator's writes: refusals with the meaning "later" or "read it again", and lost
// answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "faults/proxied_operator.h"

namespace {

using namespace support;
using Proxy = FaultyProxy;

class Writes : public ProxiedOperator {};

// The API server's priority and fairness: no seat and no queue for the operator's own requests.
constexpr const char* kNoSeats = R"(
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: no-seats}
spec:
  type: Limited
  limited: {nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: no-seats}
spec:
  priorityLevelConfiguration: {name: no-seats}
  matchingPrecedence: 2
  rules:
    - subjects: [{kind: ServiceAccount, serviceAccount: {namespace: integration-operator, name: integration-operator}}]
      resourceRules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*']}]
)";

TEST_F(Writes, the_api_server_s_own_429_only_delays) {
  const auto refused = [] {
    return proxy_->count([](const Proxy::Request& request) { return request.status == 429; });
  };
  const long before = refused();
  cluster_.apply(kNoSeats);
  // The API server takes a moment to apply and to remove them.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  const long edits = edits_->taken();
  while (refused() - before < 30 && std::chrono::steady_clock::now() < end) edits_->next();
  for (const char* kind : {"flowschema", "prioritylevelconfiguration"})
    EXPECT_EQ(cluster_.kubectl({"delete", kind, "no-seats"}).exit_code, 0);
  const long lost = edits_->lost(std::chrono::seconds{60});
  FaultReport::instance().row("429 with Retry-After by API priority and fairness",
                              refused() - before, edits_->taken() - edits, lost);
}

TEST_F(Writes, a_conflict_at_every_first_write_is_tried_again) {
  struct Seen {
    std::mutex mutex;
    std::set<std::string> paths;
  };
  proxy_->play([seen = std::make_shared<Seen>()](const Proxy::Request& request) -> Proxy::Decision {
    if (!request.writes_status()) return tamper_with_watches(request);
    const std::lock_guard lock(seen->mutex);
    if (!seen->paths.insert(request.path).second) return Proxy::Pass{};
    ++injected_;
    return refusal(409, "Conflict",
                   "the object has been modified; please apply your changes to "
                   "the latest version and try again");
  });
  edit_through("409 Conflict at the first write of each object", kIntegrations);
}

TEST_F(Writes, a_write_whose_answer_is_lost_is_repeated_once_at_most) {
  // How often the status of each generation was written, and whether its answer was lost.
  struct Write {
    int times = 0;
    bool lost = false;
  };
  struct Seen {
    std::mutex mutex;
    std::map<std::pair<std::string, std::int64_t>, Write> writes;
  };
  const auto seen = std::make_shared<Seen>();
  proxy_->play([seen](const Proxy::Request& request) -> Proxy::Decision {
    if (!request.writes_status()) return tamper_with_watches(request);
    const auto status = net::Json::parse(request.body).at("status");
    const auto generation = status.at("observedGeneration").get<std::int64_t>();
    const std::lock_guard lock(seen->mutex);
    Write& write = seen->writes[{request.path, generation}];
    ++write.times;
    if (write.times > 1 || seen->writes.size() % 3 != 0) return Proxy::Pass{};
    write.lost = true;
    ++injected_;
    return Proxy::LoseAnswer{};
  });
  edit_through("status write that was accepted, its answer lost", 100);
  const std::lock_guard lock(seen->mutex);
  for (const auto& [what, write] : seen->writes)
    EXPECT_LE(write.times, write.lost ? 2 : 1) << what.first << ", generation " << what.second;
}

}  // namespace
