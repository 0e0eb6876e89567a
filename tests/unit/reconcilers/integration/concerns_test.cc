#include "reconcilers/integration/concerns.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "api/conditions.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using Change = std::function<void(api::Offering&)>;

kube::Condition& ready(api::Offering& offering) { return offering.status.conditions.at(1); }

bool matters(const Change& change) {
  api::Offering after = gen::Offering("acme");
  change(after);
  return concerns_integrations(gen::Offering("acme"), after);
}

TEST(ConcernsIntegrations, all_that_a_decision_looks_at_does) {
  const std::vector<Change> changes = {
      [](auto& o) { o.metadata.generation = 2; },
      [](auto& o) { o.metadata.uid = "another"; },
      [](auto& o) { o.metadata.deletion_timestamp = gen::start; },
      [](auto& o) { o.status.observed_generation = 2; },
      [](auto& o) { o.status.endpoints.token = "https://other.example/token"; },
      [](auto& o) { ready(o).status = kube::ConditionStatus::False; },
      [](auto& o) { ready(o).reason = api::reason::in_use; },
      [](auto& o) { o.status.conditions.clear(); }};
  for (const Change& change : changes) EXPECT_TRUE(matters(change)) << &change - changes.data();
}

TEST(ConcernsIntegrations, the_rest_does_not) {
  const std::vector<Change> changes = {
      [](auto& o) { o.metadata.resource_version = "101"; },
      [](auto& o) { o.metadata.annotations["team"] = "x"; },
      [](auto& o) { o.metadata.labels["team"] = "x"; },
      [](auto& o) { o.metadata.finalizers.push_back(api::offering_in_use_finalizer); },
      [](auto& o) { ready(o).message = "It said no. Next check at 2026-01-01T00:00:00Z."; },
      [](auto& o) { o.status.conditions.at(0).reason = api::reason::provider_unreachable; },
      [](auto& o) { o.status.discovery_time = gen::start; }};
  for (const Change& change : changes) EXPECT_FALSE(matters(change)) << &change - changes.data();
}

TEST(ConcernsIntegrations, of_a_namespace_its_labels_do) {
  const auto plain = gen::Namespace("team");
  EXPECT_TRUE(concerns_integrations(plain, gen::Namespace("team", gen::label("tier", "gold"))));
  EXPECT_FALSE(concerns_integrations(plain, gen::Namespace("team", gen::annotation("a", "b"))));
}

}  // namespace
}  // namespace reconcilers
