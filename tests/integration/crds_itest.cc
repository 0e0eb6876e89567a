// The CRDs on a real API server: what it refuses and in which words, what it keeps, and what
// kubectl makes of it.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/crd_manifests.h"
#include "support/crd_schema.h"

namespace {

using support::Cluster;
using support::Json;
using support::manifest;
using support::minimal_spec;

// A spec that differs from the smallest one by a JSON merge patch (RFC 7396), and what the API
// server must say to it.
struct Malformed {
  std::string what;
  Json patch;
  std::string expected;
};

// Sends them all at once, past kubectl's own validation (of which one failure would end it), and
// returns what was said, by name; one that is accepted is missing.
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

void expect_refused(const std::string& kind, const std::vector<Malformed>& table) {
  std::vector<Json> manifests = {manifest(kind, "good", minimal_spec(kind))};
  for (std::size_t i = 0; i < table.size(); ++i) {
    Json spec = minimal_spec(kind);
    spec.merge_patch(table[i].patch);
    manifests.push_back(manifest(kind, "malformed-" + std::to_string(i), spec));
  }
  const auto said = refusals(manifests);
  EXPECT_FALSE(said.contains("good")) << said.at("good");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto words = said.find("malformed-" + std::to_string(i));
    if (words == said.end()) {
      ADD_FAILURE() << table[i].what << " was accepted";
    } else {
      EXPECT_NE(words->second.find(table[i].expected), std::string::npos)
          << table[i].what << "\n  expected: " << table[i].expected
          << "\n  was told: " << words->second.substr(0, 2000);
    }
  }
}

// `value` at a path of the schema: lists ([]) get one item, maps ({}) one key.
Json at_path(const std::string& path, const Json& value) {
  const std::size_t dot = path.rfind('.');
  std::string name = path.substr(dot == std::string::npos ? 0 : dot + 1);
  Json nested = value;
  for (; name.ends_with("[]") || name.ends_with("{}"); name.resize(name.size() - 2)) {
    nested = name.ends_with("[]") ? Json::array({nested}) : Json{{"key", nested}};
  }
  nested = Json{{name, nested}};
  return dot == std::string::npos ? nested : at_path(path.substr(0, dot), nested);
}

std::vector<Malformed> violations_of(const std::string& path, const Json& schema) {
  std::vector<Malformed> found;
  const auto add = [&](const std::string& what, const Json& value, const std::string& expected) {
    found.push_back({path + " " + what, at_path(path, value), expected});
  };
  const std::string type = schema.at("type");
  if (schema.contains("enum"))
    add("with another value", "Nonsense", "Unsupported value: \"Nonsense\"");
  if (schema.contains("maxLength")) {
    const int bound = schema.at("maxLength");
    add("too long", std::string(bound + 1, 'a'),
        "Too long: may not be more than " + std::to_string(bound));
  }
  if (schema.contains("minLength")) add("empty", "", "should be at least 1 chars long");
  if (schema.contains("minProperties"))
    add("empty", Json::object(), "should have at least 1 properties");
  if (schema.contains("minimum")) {
    add("too small", schema.at("minimum").get<int>() - 1, "should be greater than or equal to");
    add("too great", schema.at("maximum").get<int>() + 1, "should be less than or equal to");
  }
  if (schema.contains("maxItems")) {
    Json items = Json::array();
    for (int i = 0; i <= schema.at("maxItems"); ++i) {
      items.push_back(schema.at("/items/type"_json_pointer) == "object"
                          ? Json::object()
                          : Json("item-" + std::to_string(i)));
    }
    add("too many", items, "must have at most " + schema.at("maxItems").dump() + " items");
  }
  if (schema.contains("maxProperties")) {
    Json map = Json::object();
    for (int i = 0; i <= schema.at("maxProperties"); ++i) map["key-" + std::to_string(i)] = "a";
    add("too many", map, "must have at most " + schema.at("maxProperties").dump() + " items");
  }
  if (schema.value("x-kubernetes-list-type", "") == "set") {
    add("with an item twice", {"same", "same"}, "Duplicate value: \"same\"");
  }
  for (const Json& name : schema.value("required", Json::array())) {
    found.push_back({path + " without " + name.get<std::string>(), at_path(path, {{name, nullptr}}),
                     "." + name.get<std::string>() + ": Required value"});
  }
  if (type == "object" || type == "array") {
    add("of another type", 7, "Invalid value: \"integer\"");
  } else {
    add("of another type", Json::array(), "Invalid value: \"array\"");
  }
  return found;
}

std::vector<Malformed> violations_of_spec(const std::string& plural) {
  std::vector<Malformed> all;
  const Json spec = support::read_schema(plural).at("/properties/spec"_json_pointer);
  support::walk(spec, [&](const std::string& path, const Json& schema) {
    if (path.empty()) return;
    const auto found = violations_of(path, schema);
    all.insert(all.end(), found.begin(), found.end());
  });
  return all;
}

TEST(OfferingCrd, every_bound_of_every_field_is_kept) {
  const auto table = violations_of_spec("offerings");
  EXPECT_GT(table.size(), 100u);
  expect_refused("Offering", table);
}

TEST(IntegrationCrd, every_bound_of_every_field_is_kept) {
  const auto table = violations_of_spec("integrations");
  EXPECT_GT(table.size(), 20u);
  expect_refused("Integration", table);
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

constexpr const char* wants_https = "must begin with https:// (http:// is for loopback hosts only";
constexpr const char* wants_issuer = "must be an absolute URL without user info, query, fragment";
constexpr const char* wants_url = "must be an absolute URL without user info, fragment, spaces";

TEST(OfferingCrd, an_issuer_is_an_https_url_without_query_and_fragment) {
  expect_refused("Offering",
                 {{"http", {{"issuer", "http://login.example"}}, wants_https},
                  {"ftp", {{"issuer", "ftp://login.example"}}, wants_https},
                  {"looks like loopback", {{"issuer", "http://127.0.0.1.example"}}, wants_https},
                  {"looks like localhost", {{"issuer", "http://localhost.example"}}, wants_https},
                  {"user info", {{"issuer", "https://user@login.example"}}, wants_issuer},
                  {"query", {{"issuer", "https://login.example?tenant=a"}}, wants_issuer},
                  {"query after path", {{"issuer", "https://login.example/a?b"}}, wants_issuer},
                  {"fragment", {{"issuer", "https://login.example/#a"}}, wants_issuer},
                  {"no scheme", {{"issuer", "login.example"}}, wants_issuer},
                  {"no host", {{"issuer", "https:///a"}}, wants_issuer},
                  {"space", {{"issuer", "https://login.example/a b"}}, wants_issuer},
                  {"trailing newline", {{"issuer", "https://login.example\n"}}, wants_issuer}});
}

TEST(OfferingCrd, every_endpoint_is_an_https_url_without_fragment) {
  std::vector<Malformed> table;
  for (const char* endpoint : {"authorization", "token", "revocation", "introspection",
                               "pushedAuthorizationRequest", "userInfo"}) {
    const auto add = [&](const std::string& url, const std::string& expected) {
      table.push_back({endpoint + (" " + url), {{"endpoints", {{endpoint, url}}}}, expected});
    };
    add("http://login.example/a", wants_https);
    add("http://127.0.0.1@login.example/a", wants_url);
    add("https://login.example/a#b", wants_url);
    add("https://login.example/a b", wants_url);
    add("/oauth2/token", wants_url);
  }
  expect_refused("Offering", table);
}

TEST(OfferingCrd, without_an_issuer_the_endpoints_must_be_given) {
  const char* expected =
      "spec.endpoints: Invalid value: without spec.issuer there is nothing to discover endpoints "
      "from: "
      "set spec.issuer, or both spec.endpoints.authorization and spec.endpoints.token";
  const Json both = {{"authorization", "https://login.example/a"},
                     {"token", "https://login.example/t"}};
  expect_refused(
      "Offering",
      {{"no endpoints", {{"issuer", nullptr}}, expected},
       {"only token", {{"issuer", nullptr}, {"endpoints", {{"token", both["token"]}}}}, expected},
       {"only authorization",
        {{"issuer", nullptr}, {"endpoints", {{"authorization", both["authorization"]}}}},
        expected},
       {"a method without its endpoint",
        {{"issuer", nullptr},
         {"endpoints", both},
         {"verification", {{"method", "PushedAuthorizationRequest"}}}},
        "without spec.issuer, set spec.endpoints.pushedAuthorizationRequest"},
       {"introspection without its endpoint",
        {{"issuer", nullptr}, {"endpoints", both}, {"verification", {{"method", "Introspection"}}}},
        "without spec.issuer, set spec.endpoints.introspection"},
       {"revocation without its endpoint",
        {{"issuer", nullptr}, {"endpoints", both}, {"verification", {{"method", "Revocation"}}}},
        "without spec.issuer, set spec.endpoints.revocation"}});
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

TEST(OfferingCrd, allowed_hosts_are_hosts) {
  const char* expected = "must be a host or host:port in lower case, without scheme and path";
  std::vector<Malformed> table;
  for (const char* host : {"https://login.example", "login.example/a", "Login.example", "a b",
                           "login.example:0", "login.example:", "*.example"}) {
    table.push_back({host, {{"allowedHosts", {host}}}, expected});
  }
  table.push_back({"default port", {{"allowedHosts", {"login.example:443"}}}, "leave out :443"});
  expect_refused("Offering", table);
}

constexpr const char* wants_scope = "must be a single scope without spaces, quotes and backslashes";

TEST(OfferingCrd, scopes_are_scope_tokens_and_required_or_optional) {
  std::vector<Malformed> table;
  for (const char* scope : {"openid email", "a\"b", "a\\b", "a\nb", "ü"}) {
    table.push_back({scope, {{"scopes", {{"required", {scope}}}}}, wants_scope});
    table.push_back({scope, {{"scopes", {{"optional", {scope}}}}}, wants_scope});
  }
  table.push_back({"in both lists",
                   {{"scopes", {{"required", {"openid", "api"}}, {"optional", {"email", "api"}}}}},
                   "a scope is either required or optional: remove api from one of the two lists"});
  for (const char* list : {"required", "optional"}) {
    table.push_back(
        {"with the separator",
         {{"scopes", {{list, {"openid,email"}}, {"separator", ","}}}},
         "a scope must not contain the separator: write each scope as an item of its own"});
  }
  expect_refused("Offering", table);
}

TEST(OfferingCrd, the_protocols_own_parameters_cannot_be_set) {
  std::vector<Malformed> table;
  const auto add = [&](const char* field, const char* name, const std::string& expected) {
    table.push_back({std::string(field) + "." + name, {{field, {{name, "a"}}}}, expected});
  };
  for (const char* name :
       {"response_type", "response_mode", "client_id", "client_secret", "client_assertion",
        "client_assertion_type", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "request", "request_uri", "registration", "dpop_jkt"}) {
    add("authorizationParameters", name,
        "the operator itself sends what the protocol needs: remove response_type");
  }
  for (const char* name :
       {"grant_type", "code", "redirect_uri", "client_id", "client_secret", "client_assertion",
        "client_assertion_type", "code_verifier", "refresh_token", "scope", "username", "password",
        "assertion", "token", "token_type_hint"}) {
    add("tokenParameters", name,
        "the operator itself sends what the protocol needs: remove grant_type");
  }
  for (const char* field : {"authorizationParameters", "tokenParameters"}) {
    for (const char* name : {"", "a b", "a=b", "a&b"}) {
      add(field, name, "the names of parameters are 1 to 64 letters, digits and ._~-");
    }
  }
  expect_refused("Offering", table);
}

TEST(OfferingCrd, workloads_get_no_refresh_and_id_tokens) {
  std::vector<Malformed> table;
  const auto add = [&](const char* name, const char* expected) {
    table.push_back({name, {{"tokenResponseFields", {name}}}, expected});
  };
  add("refresh_token", "refresh_token and id_token are never handed to workloads: remove them");
  add("id_token", "refresh_token and id_token are never handed to workloads: remove them");
  for (const char* name : {"access_token", "token_type", "expires_at", "scope"}) {
    add(name, "access_token, token_type, expires_at and scope are written anyway: remove them");
  }
  add("a/b", "becomes a key of a Secret: write letters, digits and -._ only");
  expect_refused("Offering", table);
}

TEST(OfferingCrd, durations_are_durations_and_long_enough) {
  std::vector<Malformed> table;
  const auto add = [&](const char* path, const char* value, const char* expected) {
    table.push_back({std::string(path) + " " + value, at_path(path, value), expected});
  };
  for (const char* value : {"soon", "1d", "-1h", "3600", "1h 30m", "9m59s"}) {
    add("verification.interval", value,
        "must be a duration of at least 10m in h, m, s and ms, such as 24h");
  }
  for (const char* value : {"soon", "59s"}) {
    add("tokens.defaultLifetime", value,
        "must be a duration of at least 1m in h, m, s and ms, such as 2h");
  }
  for (const char* value : {"soon", "9s"}) {
    add("tokens.refreshBefore", value,
        "must be a duration of at least 10s in h, m, s and ms, such as 10m");
  }
  table.push_back(
      {"refreshed before issued",
       {{"tokens", {{"defaultLifetime", "1h"}, {"refreshBefore", "60m"}}}},
       "spec.tokens.refreshBefore: Invalid value: must be shorter than defaultLifetime"});
  expect_refused("Offering", table);
}

TEST(OfferingCrd, verification_that_never_verifies_must_be_allowed_in_so_many_words) {
  const char* expected = "set onUnverifiable to Allow, or choose another method";
  expect_refused(
      "Offering",
      {{"None alone", {{"verification", {{"method", "None"}}}}, expected},
       {"None and Block",
        {{"verification", {{"method", "None"}, {"onUnverifiable", "Block"}}}},
        expected},
       {"a scope for another method",
        {{"verification", {{"clientCredentialsScope", "api"}}}},
        "is for the method ClientCredentials alone"},
       {"scopes that are none",
        {{"verification", {{"method", "ClientCredentials"}, {"clientCredentialsScope", "a  b"}}}},
        "must be scopes with one space between them"},
       {"a rule for everything",
        {{"verification", {{"rules", {{{"subject", "Credentials"}, {"verdict", "Verified"}}}}}}},
        "a rule without criteria would fit every answer: set httpStatus, error or "
        "descriptionContains"}});
}

TEST(OfferingCrd, a_ca_bundle_is_pem) {
  const char* expected =
      "must be one or more PEM certificates, and begin with -----BEGIN CERTIFICATE-----";
  expect_refused("Offering",
                 {{"base64", {{"caBundle", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}}, expected},
                  {"half", {{"caBundle", "-----BEGIN CERTIFICATE-----\nMIIB"}}, expected},
                  {"comment first",
                   {{"caBundle", "# CA\n-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"}},
                   expected}});
}

TEST(OfferingCrd, a_selector_of_namespaces_is_complete) {
  const auto selecting = [](const Json& selector) {
    return Json{{"allowedNamespaces", {{"from", "Selector"}, {"selector", selector}}}};
  };
  const auto demanding = [&](const Json& expression) {
    return selecting({{"matchExpressions", {expression}}});
  };
  const char* together = "from: Selector and a selector belong together: set both, or neither";
  const char* values = "In and NotIn need values; Exists and DoesNotExist have none";
  expect_refused(
      "Offering",
      {{"no selector", {{"allowedNamespaces", {{"from", "Selector"}}}}, together},
       {"a selector with All", {{"allowedNamespaces", {{"selector", Json::object()}}}}, together},
       {"no label", selecting({{"matchLabels", {{"a b", "c"}}}}),
        "the keys must be names of labels"},
       {"In nothing", demanding({{"key", "a"}, {"operator", "In"}}), values},
       {"In an empty list",
        demanding({{"key", "a"}, {"operator", "NotIn"}, {"values", Json::array()}}), values},
       {"Exists with a value", demanding({{"key", "a"}, {"operator", "Exists"}, {"values", {"b"}}}),
        values}});
}

TEST(IntegrationCrd, references_name_what_can_exist) {
  std::vector<Malformed> table;
  for (const char* name : {"Salesforce", "a b", "-a", "a/b", "a..b"}) {
    table.push_back({name,
                     {{"offeringRef", {{"name", name}}}},
                     "must be the name of an Offering: lower-case letters"});
    table.push_back({name,
                     {{"credentialsSecretRef", {{"name", name}}}},
                     "must be the name of a Secret: lower-case letters"});
  }
  for (const char* field : {"clientIDKey", "clientSecretKey"}) {
    table.push_back({field,
                     {{"credentialsSecretRef", {{field, "client id"}}}},
                     "must be a key of a Secret: letters, digits, -, _ and . only"});
  }
  const char* different =
      "spec.credentialsSecretRef.clientSecretKey: Invalid value: the client id and the client "
      "secret must be under different keys";
  table.push_back({"one key for both",
                   {{"credentialsSecretRef", {{"clientIDKey", "a"}, {"clientSecretKey", "a"}}}},
                   different});
  table.push_back({"the other's default",
                   {{"credentialsSecretRef", {{"clientSecretKey", "client_id"}}}},
                   different});
  for (const char* scope : {"openid email", "a\"b", "a\\b"}) {
    table.push_back({scope, {{"scopes", {scope}}}, wants_scope});
  }
  expect_refused("Integration", table);
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
