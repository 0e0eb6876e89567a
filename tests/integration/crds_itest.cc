// The CRDs on a real API server: its refusals and their words, the stored objects, and kubectl's
// view of them.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/crd_manifests.h"
#include "support/crd_schema.h"
#include "support/manifest_tables.h"

namespace {

using support::Cluster;
using support::Json;
using support::manifest;
using support::minimal_spec;

// Sends them all at once, past kubectl's own validation (whose first failure would end it), and
// returns the refusals by name; accepted ones are missing.
std::map<std::string, std::string> refusals(const std::vector<Json>& manifests) {
  const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", manifests}};
  const auto finished = Cluster::instance().kubectl(
      {"create", "--dry-run=server", "--validate=false", "-f", "-"}, list.dump());
  std::map<std::string, std::string> said;
  std::istringstream lines(finished.err);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find("\" is invalid: ");
    if (end == std::string::npos) continue;
    const std::size_t begin = line.rfind('"', end - 1) + 1;
    said[line.substr(begin, end - begin)] = line.substr(end);
  }
  return said;
}

class Refusals : public testing::TestWithParam<support::RefusedTable> {};
INSTANTIATE_TEST_SUITE_P(Crds, Refusals, testing::ValuesIn(support::refused_manifests()),
                         [](const auto& table) { return table.param.sentence; });

TEST_P(Refusals, are_in_words_that_say_what_to_write) {
  const auto& [sentence, kind, rows] = GetParam();
  ASSERT_FALSE(rows.empty());
  std::vector<Json> manifests = {manifest(kind, "good", minimal_spec(kind))};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Json spec = minimal_spec(kind);
    spec.merge_patch(rows[i].patch);
    manifests.push_back(manifest(kind, "malformed-" + std::to_string(i), spec));
  }
  const auto said = refusals(manifests);
  EXPECT_FALSE(said.contains("good")) << said.at("good");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto words = said.find("malformed-" + std::to_string(i));
    if (words == said.end()) {
      ADD_FAILURE() << rows[i].what << " was accepted";
    } else {
      EXPECT_NE(words->second.find(rows[i].expected), std::string::npos)
          << rows[i].what << "\n  expected: " << rows[i].expected
          << "\n  was told: " << words->second.substr(0, 2000);
    }
  }
}

TEST(Crds, accept_what_is_unusual_and_right) {
  std::vector<Json> manifests;
  const auto rows = support::accepted_manifests();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Json spec = minimal_spec(rows[i].kind);
    spec.merge_patch(rows[i].patch);
    manifests.push_back(manifest(rows[i].kind, "right-" + std::to_string(i), spec));
  }
  const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", manifests}};
  const auto finished = Cluster::instance().kubectl(
      {"create", "--dry-run=server", "--validate=strict", "-f", "-"}, list.dump());
  EXPECT_EQ(finished.err, "");
}

TEST(OfferingCrd, a_field_that_does_not_exist_is_named) {
  Json spec = minimal_spec("Offering");
  spec["isuer"] = "https://login.example";
  const auto finished = Cluster::instance().kubectl({"create", "--dry-run=server", "-f", "-"},
                                                    manifest("Offering", "typo", spec).dump());
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.err.find("isuer"), std::string::npos) << finished.err;
}

TEST(OfferingCrd, a_name_that_is_too_long_for_a_callback_url_is_refused) {
  const std::string name(64, 'a');
  const auto said = refusals({manifest("Offering", name, minimal_spec("Offering")),
                              manifest("Offering", name.substr(1), minimal_spec("Offering"))});
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said.at(name).find("write one of at most 63 characters"), std::string::npos)
      << said.at(name);
}

TEST(OfferingCrd, every_offering_of_the_catalog_is_accepted_as_it_is) {
  std::vector<Json> manifests;
  for (const std::string& path : support::catalog()) {
    manifests.push_back(support::read_manifest(path));
  }
  ASSERT_GT(manifests.size(), 14U);
  const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", manifests}};
  const auto finished = Cluster::instance().kubectl(
      {"create", "--dry-run=server", "--validate=strict", "-f", "-"}, list.dump());
  EXPECT_EQ(finished.err, "");
}

TEST(OfferingCrd, an_issuer_can_be_neither_changed_nor_removed_nor_added) {
  Cluster& cluster = Cluster::instance();
  const char* expected =
      "spec.issuer: Invalid value: the issuer can be neither changed nor added nor removed later";
  const Json endpoints = {{"authorization", "https://login.example/a"},
                          {"token", "https://login.example/t"}};
  const auto create = [&](const std::string& name, Json spec) {
    spec["endpoints"] = endpoints;
    cluster.apply(manifest("Offering", name, spec).dump());
  };
  const auto patched = [&](const std::string& name, const std::string& patch) {
    const auto finished = cluster.kubectl(
        {"patch", "offering", name, "--type=merge", "--dry-run=server", "-p", patch});
    return finished.exit_code == 0 ? "accepted" : finished.err;
  };
  create("crds-itest-issuer", minimal_spec("Offering"));
  create("crds-itest-endpoints", {{"provider", "example"}});
  const std::string changed =
      patched("crds-itest-issuer", R"({"spec": {"issuer": "https://other.example"}})");
  EXPECT_NE(changed.find(expected), std::string::npos) << changed;
  const std::string removed = patched("crds-itest-issuer", R"({"spec": {"issuer": null}})");
  EXPECT_NE(removed.find(expected), std::string::npos) << removed;
  const std::string added =
      patched("crds-itest-endpoints", R"({"spec": {"issuer": "https://login.example"}})");
  EXPECT_NE(added.find(expected), std::string::npos) << added;
  EXPECT_EQ(patched("crds-itest-issuer", R"({"spec": {"environment": "sandbox"}})"), "accepted");
  cluster.kubectl({"delete", "offering", "crds-itest-issuer", "crds-itest-endpoints"});
}

TEST(IntegrationCrd, an_integration_stays_on_its_offering) {
  Cluster& cluster = Cluster::instance();
  cluster.apply(manifest("Integration", "crds-itest-stays", minimal_spec("Integration")).dump());
  const auto patch = [&](const std::string& text) {
    return cluster.kubectl({"patch", "intg", "crds-itest-stays", "-n", "default", "--type=merge",
                            "--dry-run=server", "-p", text});
  };
  const auto moved = patch(R"({"spec": {"offeringRef": {"name": "other"}}})");
  EXPECT_NE(moved.exit_code, 0);
  EXPECT_NE(moved.err.find("create a new Integration for another Offering"), std::string::npos)
      << moved.err;
  EXPECT_EQ(patch(R"({"spec": {"scopes": ["api"]}})").exit_code, 0);
  cluster.kubectl({"delete", "intg", "crds-itest-stays", "-n", "default"});
}

}  // namespace
