#include "operator/offering_manifest.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cel/expression.h"
#include "support/crd_manifests.h"
#include "support/crd_schema.h"
#include "support/manifest_tables.h"

namespace op {
namespace {

const std::string kHead =
    "apiVersion: oauth.integrations.dev/v1alpha1\nkind: Offering\nmetadata: {name: acme}\n";

std::string manifest(const std::string& spec) { return kHead + "spec:\n  provider: acme\n" + spec; }
const std::string kGood = manifest("  issuer: https://login.example\n");

std::string error_of(const std::string& text) {
  const auto offering = read_offering(text, "offering.yaml");
  EXPECT_FALSE(offering.ok()) << "accepted:\n" << text;
  if (offering.ok()) return "";
  EXPECT_EQ(offering.error().code, net::ErrorCode::Invalid);
  return offering.error().message;
}

void expect_error(const std::string& text, const std::vector<std::string>& words) {
  const std::string message = error_of(text);
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << word << " is not in: " << message;
}

TEST(OfferingManifest, defaults_are_those_of_the_crd) {
  const auto offering = read_offering(kGood, "offering.yaml");
  ASSERT_TRUE(offering.ok()) << offering.error().message;
  EXPECT_EQ(offering->metadata.name, "acme");
  EXPECT_EQ(offering->spec.issuer, "https://login.example");
  EXPECT_EQ(offering->spec.verification.method, oauth::Method::Auto);
  EXPECT_EQ(offering->spec.client_authentication, oauth::ClientAuthentication::ClientSecretBasic);
}

TEST(OfferingManifest, json_is_read_too) {
  EXPECT_TRUE(read_offering("{\"apiVersion\": \"oauth.integrations.dev/v1alpha1\", \"kind\": "
                            "\"Offering\", \"metadata\": {\"name\": \"acme\"}, \"spec\": "
                            "{\"provider\": \"acme\", \"issuer\": \"https://login.example\"}}",
                            "offering.json")
                  .ok());
}

TEST(OfferingManifest, every_offering_of_the_catalog_is_read) {
  for (const std::string& path : support::catalog()) {
    std::ifstream file(std::string{SOURCE_DIR "/"} + path);
    std::ostringstream text;
    text << file.rdbuf();
    const auto offering = read_offering(text.str(), path);
    EXPECT_TRUE(offering.ok()) << (offering.ok() ? "" : offering.error().message);
  }
}

TEST(OfferingManifest, the_one_offering_is_found_among_other_documents) {
  EXPECT_TRUE(
      read_offering("---\nkind: Secret\nmetadata: {name: s}\n---\n" + kGood + "---\n", "a.yaml")
          .ok());
}

TEST(OfferingManifest, none_or_several_offerings_are_an_error_that_names_what_is_there) {
  expect_error("", {"offering.yaml", "empty"});
  expect_error("---\nkind: Secret\nmetadata: {name: s}\n---\nkind: Integration\n",
               {"does not hold an Offering", "Secret s", "Integration"});
  expect_error(kGood + "---\n" + kGood, {"several", "Offering acme, Offering acme"});
  expect_error("[1, 2]", {"does not hold an Offering"});
}

TEST(OfferingManifest, what_is_no_yaml_is_named_with_its_line) {
  expect_error("a: b\nc: [d\n", {"offering.yaml:"});
}

TEST(OfferingManifest, another_api_version_is_named_with_its_line) {
  expect_error("kind: Offering\napiVersion: oauth.integrations.dev/v2\n",
               {"offering.yaml:2", "oauth.integrations.dev/v1alpha1", "v2"});
}

TEST(OfferingManifest, a_field_that_does_not_exist_is_named_with_its_line_and_those_that_do) {
  expect_error(manifest("  isuer: https://login.example\n"),
               {"offering.yaml:6: spec.isuer", "unknown field", "issuer"});
  expect_error(manifest("  issuer: https://login.example\n  verification:\n    methd: Auto\n"),
               {"offering.yaml:8: spec.verification.methd", "method"});
  expect_error(kGood + "sepc: {}\n", {"offering.yaml:7: sepc"});
}

TEST(OfferingManifest, types_and_bounds_are_held) {
  const std::string issuer = "  issuer: https://login.example\n";
  expect_error(manifest("  issuer: 8\n"), {":6: spec.issuer", "string"});
  expect_error(manifest("  issuer: ''\n"), {":6: spec.issuer", "empty"});
  expect_error(manifest(issuer + "  pkce: plain\n"), {":7: spec.pkce", "S256", "None"});
  expect_error(manifest(issuer + "  scopes: {required: [a, a]}\n"),
               {":7: spec.scopes.required[1]", "duplicated"});
  expect_error(manifest(issuer + "  allowedHosts: login.example\n"), {"list"});
  expect_error(manifest(issuer + "  verification: {rules: [{httpStatus: 99, subject: Callback, "
                                 "verdict: Rejected}]}\n"),
               {"spec.verification.rules[0].httpStatus", "at least 100"});
  expect_error(
      manifest(issuer + "  verification: {rules: [{httpStatus: 400, subject: Callback}]}\n"),
      {"spec.verification.rules[0].verdict", "required"});
  expect_error(manifest(issuer + "  issuer: https://other.example\n"),
               {":7: spec.issuer", "duplicated"});
  expect_error(kHead + "spec: {issuer: 'https://login.example'}\n", {"spec.provider", "required"});
}

TEST(OfferingManifest, the_rules_of_the_crd_are_held_with_its_own_words) {
  expect_error(manifest(""), {"spec.endpoints", "there is nothing to discover endpoints from"});
  expect_error(manifest("  issuer: http://login.example\n"), {":6: spec.issuer", "https://"});
  expect_error(manifest("  issuer: https://login.example\n  verification: {method: None}\n"),
               {"spec.verification.onUnverifiable", "set onUnverifiable to Allow"});
  const std::string scope = "  issuer: https://login.example\n  verification: {";
  expect_error(manifest(scope + "clientCredentialsScope: api}\n"),
               {"spec.verification.clientCredentialsScope", "set method to that"});
  expect_error(manifest(scope + "method: ClientCredentials, clientCredentialsScope: 'a  b'}\n"),
               {"spec.verification.clientCredentialsScope", "one space between them"});
  expect_error("apiVersion: oauth.integrations.dev/v1alpha1\nkind: Offering\nmetadata: {name: " +
                   std::string(64, 'a') +
                   "}\nspec: {provider: acme, issuer: 'https://a.example'}\n",
               {":3: metadata.name", "at most 63"});
}

std::string manifest_of(const support::Json& patch) {
  support::Json spec = support::minimal_spec("Offering");
  spec.merge_patch(patch);
  return support::manifest("Offering", "acme", spec).dump();
}

// crds_itest holds the same tables against a real API server.
TEST(OfferingManifest, what_an_api_server_refuses_is_refused) {
  int rows = 0;
  for (const auto& table : support::refused_manifests()) {
    if (table.kind != "Offering") continue;
    for (const auto& row : table.rows) {
      ++rows;
      EXPECT_FALSE(read_offering(manifest_of(row.patch), "a.json").ok())
          << table.sentence << ": " << row.what << " was accepted";
    }
  }
  EXPECT_GT(rows, 400);
}

TEST(OfferingManifest, what_an_api_server_accepts_is_accepted) {
  for (const auto& row : support::accepted_manifests()) {
    if (row.kind != "Offering") continue;
    const auto offering = read_offering(manifest_of(row.patch), "a.json");
    EXPECT_TRUE(offering.ok()) << row.what << ": " << offering.error().message;
  }
}

TEST(OfferingManifest, a_message_that_the_crd_computes_is_computed) {
  expect_error(manifest_of({{"scopes", {{"required", {"a", "b"}}, {"optional", {"b"}}}}}),
               {"spec.scopes: a scope is either required or optional: remove b from one"});
}

TEST(OfferingManifest, a_name_that_the_api_server_refuses_is_refused) {
  for (const char* name : {"Acme", "a..b", "-a", "a.-b", "a_b"}) {
    std::string text = kGood;
    text.replace(text.find("acme}"), 4, name);
    expect_error(text, {":3: metadata.name", "lower-case letters"});
  }
}

// A rule that cel/ cannot evaluate would refuse every manifest; its author learns it here.
class Rules : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Crds, Rules, testing::Values("offerings", "integrations"),
                         [](const auto& plural) { return std::string(plural.param); });

TEST_P(Rules, every_one_is_in_the_subset_of_cel) {
  int rules = 0;
  const auto look = [&](const std::string& path, const support::Json& field) {
    if (path.starts_with("status") || !field.contains("x-kubernetes-validations")) return;
    for (const auto& rule : field["x-kubernetes-validations"]) {
      for (const char* key : {"rule", "messageExpression"}) {
        if (!rule.contains(key)) continue;
        ++rules;
        const auto expression = cel::Expression::parse(rule[key].get<std::string>());
        EXPECT_TRUE(expression.ok()) << path << ": " << expression.error().message;
      }
    }
  };
  support::walk(support::read_schema(GetParam()), look, "");
  EXPECT_GT(rules, 10);
}

}  // namespace
}  // namespace op
