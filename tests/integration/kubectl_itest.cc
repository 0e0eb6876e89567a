// The CRDs through kubectl on a real API server: stored manifests, explanations, and the columns of
// tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
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

// Writes the status as the operator does.
void apply_status(const std::string& kind, const std::string& name, const Json& status) {
  Json object = manifest(kind, name, {});
  object.erase("spec");
  object["status"] = status;
  const auto finished = Cluster::instance().kubectl(
      {"apply", "--server-side", "--subresource=status", "--field-manager=crds-itest", "-f", "-"},
      object.dump());
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
}

// Specs with every field set, each to an accepted value.
Json full_spec(const std::string& kind) {
  if (kind == "Integration") {
    return Json::parse(R"({
      "displayName": "CRM sync",
      "offeringRef": {"name": "salesforce.sandbox"},
      "credentialsSecretRef": {"name": "crm.client", "clientIDKey": "ID", "clientSecretKey": "key-1.0_secret"},
      "scopes": ["api", "https://scopes.example/read?all=[1]", "a!#$%&'()*+-./:;<=>?@[]^_`{|}~"]
    })");
  }
  return Json::parse(R"json({
    "displayName": "Salesforce (production)",
    "provider": "salesforce",
    "environment": "production",
    "issuer": "https://login.example:8443/tenant/",
    "endpoints": {
      "authorization": "https://login.example/authorize?tenant=a",
      "token": "https://user-content.example/@acme/token",
      "revocation": "http://localhost/revoke",
      "introspection": "http://127.0.0.1:8090/introspect",
      "pushedAuthorizationRequest": "http://[::1]:8090/par",
      "userInfo": "http://login.localhost:8090/userinfo"
    },
    "allowedHosts": ["oauth2.example", "login.example:8443", "[::1]:8090"],
    "clientAuthentication": "ClientSecretBasic",
    "basicEncoding": "Raw",
    "pkce": "None",
    "scopes": {"required": ["refresh_token"], "optional": ["api", "openid"], "separator": ","},
    "authorizationParameters": {"access_type": "offline", "prompt": "consent"},
    "tokenParameters": {"audience": "https://api.example"},
    "tokenResponseFields": ["instance_url", "expires_in"],
    "accountDisplay": true,
    "tokens": {"defaultLifetime": "2h", "refreshBefore": "1m30.5s"},
    "verification": {
      "method": "ClientCredentials",
      "clientCredentialsScope": "api",
      "callbackCheck": "None",
      "interval": "10m",
      "onUnverifiable": "Allow",
      "rules": [{
        "httpStatus": 400, "errorField": "code", "error": "invalid_client_id",
        "descriptionContains": "\"unknown\" client", "subject": "Callback", "verdict": "Unreachable",
        "message": "the consumer key is unknown"
      }]
    },
    "caBundle": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "allowedNamespaces": {
    "from" : "Selector", "selector" : {
      "matchLabels" : {"example.com/crm" : "true"},
                      "matchExpressions"
          : [ {"key" : "team", "operator" : "In", "values" : ["sales"]} ]
    }
    }
})json");
}

bool contains_path(const Json& value, std::string path) {
  if (path.empty()) return true;
  const std::size_t end = path.find_first_of(".[{");
  const std::string name = path.substr(0, end);
  std::string rest = end == std::string::npos ? "" : path.substr(end);
  if (!value.contains(name)) return false;
  const Json* inner = &value.at(name);
  while (rest.starts_with("[]") || rest.starts_with("{}")) {
    if (inner->empty()) return false;
    inner = &*inner->begin();
    rest.erase(0, 2);
  }
  return contains_path(*inner, rest.starts_with(".") ? rest.substr(1) : rest);
}

class Crd : public testing::TestWithParam<const char*> {
 protected:
  std::string kind() const { return GetParam(); }
  std::string plural() const { return kind() == "Offering" ? "offerings" : "integrations"; }
  std::vector<std::string> in_namespace(std::vector<std::string> arguments) const {
    if (kind() == "Integration") arguments.insert(arguments.end(), {"--namespace", "default"});
    return arguments;
  }
  support::Finished kubectl(const std::vector<std::string>& arguments,
                            const std::string& input = {}) const {
    return Cluster::instance().kubectl(in_namespace(arguments), input);
  }

  // Creates an object that exists until the test ends.
  void create(const Json& spec) {
    const auto finished = kubectl({"create", "-f", "-"}, manifest(kind(), name_, spec).dump());
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  }
  Json get() const {
    const auto finished = kubectl({"get", plural(), name_, "-o", "json"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return Json::parse(finished.out);
  }
  void TearDown() override { kubectl({"delete", plural(), name_, "--ignore-not-found"}); }

  const std::string name_ = "crds-itest";
};
INSTANTIATE_TEST_SUITE_P(Both, Crd, testing::Values("Offering", "Integration"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_P(Crd, a_manifest_with_every_field_is_accepted_and_kept_as_it_is) {
  const Json spec = full_spec(kind());
  support::walk(support::read_schema(plural()).at("/properties/spec"_json_pointer),
                [&](const std::string& path, const Json&) {
                  EXPECT_TRUE(contains_path(spec, path))
                      << path << " is missing in the test's own manifest";
                });
  create(spec);
  EXPECT_EQ(get().at("spec"), spec);
}

TEST_P(Crd, what_is_left_out_gets_the_defaults_of_the_schema) {
  Json spec = minimal_spec(kind());
  support::apply_defaults(support::read_schema(plural()).at("/properties/spec"_json_pointer), spec);
  create(minimal_spec(kind()));
  EXPECT_EQ(get().at("spec"), spec);
}

TEST_P(Crd, a_new_object_is_not_yet_observed) {
  create(minimal_spec(kind()));
  EXPECT_EQ(get().at("status"), Json({{"observedGeneration", -1}}));
}

TEST_P(Crd, every_field_of_a_status_is_kept_and_an_emptied_one_goes_with_the_next_apply) {
  create(minimal_spec(kind()));
  Json status =
      support::example_of(support::read_schema(plural()).at("/properties/status"_json_pointer));
  apply_status(kind(), name_, status);
  EXPECT_EQ(get().at("status"), status);

  status.erase("callbackURL");
  status["conditions"].erase(1);
  apply_status(kind(), name_, status);
  EXPECT_EQ(get().at("status"), status);
}

std::string normalized(const std::string& text) {
  std::istringstream words(text);
  std::string result;
  for (std::string word; words >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

// The API server publishes the schemas of new CRDs a moment after it serves them.
std::string explain(const std::string& path) {
  support::Finished finished;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  do {
    finished = Cluster::instance().kubectl({"explain", path});
  } while (finished.exit_code != 0 && std::chrono::steady_clock::now() < limit);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return normalized(finished.out);
}

TEST_P(Crd, kubectl_explain_has_every_description) {
  support::walk(support::read_schema(plural()), [&](const std::string& path, const Json& schema) {
    if (!schema.contains("properties") || path == "metadata") return;
    std::string plain = path;
    while (plain.find("[]") != std::string::npos) plain.erase(plain.find("[]"), 2);
    const std::string told = explain(plural() + (plain.empty() ? "" : "." + plain));
    EXPECT_EQ(told.find("no description"), std::string::npos) << path;
    for (const auto& [name, property] : schema.at("properties").items()) {
      const std::string description = normalized(property.value("description", ""));
      EXPECT_NE(told.find(description), std::string::npos)
          << path << "." << name << ": " << description;
    }
  });
  EXPECT_NE(explain(plural() + ".status.callbackURL").find("provider"), std::string::npos);
}

class CrdTables : public testing::Test {
 protected:
  void SetUp() override {
    cluster_.apply(manifest("Offering", "crds-itest", full_spec("Offering")).dump());
    cluster_.apply(manifest("Integration", "crds-itest", full_spec("Integration")).dump());
    const Json conditions =
        Json::parse(R"([{"type": "Ready", "status": "True", "reason": "TheReason",
                                             "message": "", "lastTransitionTime": "2026-11-24T10:00:00Z"}])");
    apply_status("Offering", "crds-itest",
                 {{"conditions", conditions}, {"callbackURL", "https://cb.example/o"}});
    apply_status("Integration", "crds-itest",
                 {{"conditions", conditions},
                  {"phase", "Configured"},
                  {"clientID", "the-client"},
                  {"callbackURL", "https://cb.example/i"},
                  {"verification", {{"time", "2024-11-01T00:00:00Z"}}}});
  }
  void TearDown() override {
    cluster_.kubectl({"delete", "intg", "crds-itest", "-n", "default"});
    cluster_.kubectl({"delete", "ofr", "crds-itest"});
  }
  // The lines of a table, with single spaces.
  std::vector<std::string> table(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"get", "-n", "default"});
    const auto finished = cluster_.kubectl(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::istringstream lines(finished.out);
    std::vector<std::string> result;
    for (std::string line; std::getline(lines, line);) result.push_back(normalized(line));
    EXPECT_GE(result.size(), 2u) << finished.out;
    result.resize(std::max<std::size_t>(result.size(), 2));
    return result;
  }

  Cluster& cluster_ = Cluster::instance();
};

TEST_F(CrdTables, integrations_have_the_columns_that_people_need) {
  const auto narrow = table({"intg", "crds-itest"});
  EXPECT_EQ(narrow[0], "NAME OFFERING PHASE REASON AGE");
  EXPECT_TRUE(narrow[1].starts_with("crds-itest salesforce.sandbox Configured TheReason "))
      << narrow[1];
  const auto wide = table({"intg", "crds-itest", "-o", "wide"});
  EXPECT_EQ(wide[0], "NAME OFFERING PHASE REASON AGE CLIENT ID CALLBACK URL VERIFIED");
  EXPECT_FALSE(wide[1].ends_with(">")) << "neither <unknown> nor <none>: " << wide[1];
  EXPECT_NE(wide[1].find(" the-client https://cb.example/i "), std::string::npos) << wide[1];
}

TEST_F(CrdTables, offerings_have_the_columns_that_people_need) {
  const auto narrow = table({"ofr", "crds-itest"});
  EXPECT_EQ(narrow[0], "NAME PROVIDER ENVIRONMENT READY REASON AGE");
  EXPECT_TRUE(narrow[1].starts_with("crds-itest salesforce production True TheReason "))
      << narrow[1];
  const auto wide = table({"ofr", "crds-itest", "-o", "wide"});
  EXPECT_EQ(wide[0], "NAME PROVIDER ENVIRONMENT READY REASON AGE CALLBACK URL ISSUER");
  EXPECT_TRUE(wide[1].ends_with(" https://cb.example/o https://login.example:8443/tenant/"))
      << wide[1];
}

TEST_F(CrdTables, the_category_oauth_holds_both_kinds) {
  const auto finished = cluster_.kubectl({"get", "oauth", "-n", "default", "-o", "name",
                                          "--cache-dir", cluster_.temporary_path("kubectl-cache")});
  EXPECT_NE(finished.out.find("offering.oauth.integrations.dev/crds-itest"), std::string::npos)
      << finished.out << finished.err;
  EXPECT_NE(finished.out.find("integration.oauth.integrations.dev/crds-itest"), std::string::npos)
      << finished.out << finished.err;
}

TEST_F(CrdTables, integrations_can_be_selected_by_their_offering) {
  const auto named = [&](const std::string& offering) {
    return cluster_
        .kubectl({"get", "intg", "-n", "default", "-o", "name", "--field-selector",
                  "spec.offeringRef.name=" + offering})
        .out;
  };
  EXPECT_EQ(named("salesforce.sandbox"), "integration.oauth.integrations.dev/crds-itest\n");
  EXPECT_EQ(named("other"), "");
}

}  // namespace
