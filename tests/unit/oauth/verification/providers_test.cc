// The verdicts of the catalog's Offerings on real providers' answers: one row for each client at
// each provider. The callbacks are in provider_callbacks_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "catalog_provider.h"

namespace oauth {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using Outcome = CredentialsOutcome;

// One client at one provider: the answers to its own secret, and to another one. Each answer has
// its mark. A verdict may stand on an assumed answer to another secret, or to a made-up code: then
// a row beside it, named assumed_…, has the same answer to the own secret, and shows the result of
// a wrong assumption. Assumed answers to the own secret are in such rows alone. (The mark of a
// refusal is for its meaning. If the server does not check the secret, and so sends no refusal, the
// row of the good secret's assumption holds.)
struct Row {
  std::string name;
  std::string file;
  Fact own;
  Fact made_up;
  Outcome outcome;
  Method method = Method::Auto;             // Auto: the Offering's
  std::optional<Fact> code = std::nullopt;  // to the own secret with a made-up code, if `method`
                                            // sends none; nothing: the same as `own`
  bool is_assumption() const { return name.starts_with("assumed_"); }
  bool has_verdict() const { return outcome != Outcome::Unverifiable; }
  bool assumes_made_up() const { return is_assumed(made_up); }
  bool assumes_code() const { return code && is_assumed(*code); }
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  out << row.name << " [" << row.own.marks << ", another secret: " << row.made_up.marks;
  if (row.code) out << ", made-up code: " << row.code->marks;
  return out << "]";
}

std::vector<Row> salesforce(const std::string& environment) {
  const std::string file = "salesforce-" + environment + ".yaml";
  const std::string name = "salesforce_" + environment;
  return {
      {name + "_unknown_client", file, kSalesforceUnknown, kSalesforceUnknown, Outcome::Rejected},
      {name + "_bad_secret", file, kSalesforceBad, kSalesforceBad, Outcome::Rejected},
      {name + "_good_secret", file, kSalesforceGood, kSalesforceBad, Outcome::Verified},
      {name + "_good_secret_and_expired_code", file, kSalesforceExpired, kSalesforceBad,
       Outcome::Verified},
      {"assumed_" + name + "_asks_for_the_secret", file, kSalesforceGood, assumed(kSalesforceGood),
       Outcome::Unverifiable},
  };
}

const char* const kEntra = "unverified/microsoft-entra-id.yaml";
const char* const kSlack = "unverified/slack.yaml";
const char* const kHubspot = "unverified/hubspot.yaml";
const char* const kOkta = "unverified/okta.yaml";
const char* const kAuth0 = "unverified/auth0.yaml";
const char* const kAtlassian = "unverified/atlassian.yaml";
const char* const kZoom = "unverified/zoom.yaml";
const char* const kGitlab = "unverified/gitlab.yaml";
const char* const kBox = "unverified/box.yaml";
const char* const kWebex = "unverified/webex.yaml";
const char* const kDnsimple = "unverified/dnsimple.yaml";

std::vector<Row> others() {
  const Fact not_found{"U", json_response(404, R"({"error":"Not Found"})")};
  return {
      {"google_unknown_client", "google.yaml", kGoogleUnknown, kGoogleUnknown, Outcome::Rejected},
      {"google_bad_secret", "google.yaml", kGoogleBad, kGoogleBad, Outcome::Rejected},
      {"google_bad_secret_of_old", "google.yaml", kGoogleBadOfOld, kGoogleBadOfOld,
       Outcome::Rejected},
      {"google_good_secret", "google.yaml", kGoogleGood, kGoogleBad, Outcome::Verified},

      {"entra_unknown_client", kEntra, kEntraUnknown, kEntraUnknown, Outcome::Rejected},
      {"entra_unknown_tenant", kEntra, kEntraUnknownTenant, kEntraUnknownTenant,
       Outcome::Unverifiable},
      {"entra_bad_secret", kEntra, kEntraBad, kEntraBad, Outcome::Rejected},
      {"entra_expired_secret", kEntra, kEntraExpired, kEntraBad, Outcome::Rejected},
      {"entra_good_secret", kEntra, kEntraGood, assumed(kEntraBad), Outcome::Verified},
      {"assumed_entra_looks_at_the_secret_first", kEntra, kEntraGood, assumed(kEntraGood),
       Outcome::Unverifiable},
      {"entra_good_secret_answered_otherwise", kEntra, kEntraGoodOtherwise, assumed(kEntraBad),
       Outcome::Verified},
      {"assumed_entra_looks_at_the_secret_first_and_answers_otherwise", kEntra, kEntraGoodOtherwise,
       assumed(kEntraGoodOtherwise), Outcome::Unverifiable},
      {"entra_good_secret_by_client_credentials", kEntra, kEntraToken, kEntraBad, Outcome::Verified,
       Method::ClientCredentials, kEntraGood},
      {"assumed_entra_keeps_its_texts",
       kEntra,
       {"U", error_response(400, "unauthorized_client", "AADSTS4711: another text.")},
       {"U", error_response(400, "unauthorized_client", "AADSTS4711: another text.")},
       Outcome::GrantNotAllowed},

      {"github_unknown_client", "github.yaml", kGithubBad, kGithubBad, Outcome::Rejected},
      {"github_bad_secret", "github.yaml", kGithubBad, kGithubBad, Outcome::Rejected},
      {"github_good_secret", "github.yaml", kGithubGood, kGithubBad, Outcome::Verified},
      {"assumed_github_answers_unknown_clients_by_name", "github.yaml", not_found, not_found,
       Outcome::Unverifiable},

      {"slack_unknown_client", kSlack, kSlackUnknown, kSlackUnknown, Outcome::Rejected},
      {"slack_bad_secret", kSlack, kSlackBad, kSlackBad, Outcome::Rejected},
      {"slack_good_secret", kSlack, kSlackGood, assumed(kSlackBad), Outcome::Verified},
      {"assumed_slack_looks_at_the_secret_first", kSlack, kSlackGood, assumed(kSlackGood),
       Outcome::Unverifiable},
      {"slack_good_secret_and_another_callback", kSlack, kSlackMismatch, assumed(kSlackBad),
       Outcome::Verified},
      {"assumed_slack_looks_at_the_secret_before_the_callback", kSlack, kSlackMismatch,
       assumed(kSlackMismatch), Outcome::Unverifiable},
      {"slack_is_busy", kSlack, kSlackBusy, kSlackBusy, Outcome::Unreachable},

      {"hubspot_unknown_client", kHubspot, kHubspotUnknown, kHubspotUnknown, Outcome::Rejected},
      {"hubspot_good_secret", kHubspot, kHubspotGood, kHubspotBad, Outcome::Verified},
      {"assumed_hubspot_names_a_bad_secret", kHubspot, kHubspotGood, kHubspotOther,
       Outcome::Unverifiable},
      {"assumed_hubspot_names_a_bad_secret_that_is_the_own", kHubspot, kHubspotOther, kHubspotOther,
       Outcome::Unverifiable},
      {"assumed_hubspot_looks_at_the_secret_first", kHubspot, kHubspotGood, assumed(kHubspotGood),
       Outcome::Unverifiable},

      {"okta_unknown_client", kOkta, kOktaUnknown, kOktaUnknown, Outcome::Rejected},
      {"okta_bad_secret", kOkta, kOktaBad, kOktaBad, Outcome::Rejected},
      {"okta_good_secret", kOkta, kOktaGood, kOktaBad, Outcome::Verified},
      {"okta_bad_secret_by_introspection", kOkta, kOktaRefusesToIntrospect,
       kOktaRefusesToIntrospect, Outcome::Rejected, Method::Introspection},
      {"okta_good_secret_by_introspection", kOkta, kOktaInactive, kOktaRefusesToIntrospect,
       Outcome::Verified, Method::Introspection, kOktaGood},

      // Another scanner, Kingfisher, takes access_denied for the answer to a good secret: so there
      // is no rule for it, and a bad secret is not rejected.
      {"assumed_auth0_unknown_client_is_a_401", kAuth0, assumed(kAuth0Bad), assumed(kAuth0Bad),
       Outcome::Unverifiable},
      {"auth0_bad_secret", kAuth0, kAuth0Bad, kAuth0Bad, Outcome::Unverifiable},
      {"auth0_good_secret", kAuth0, kAuth0Good, kAuth0Bad, Outcome::Verified},
      {"auth0_grant_off", kAuth0, kAuth0GrantOff, kAuth0Bad, Outcome::GrantNotAllowed},

      {"assumed_atlassian_unknown_client_is_a_401", kAtlassian, kAtlassianBad, kAtlassianBad,
       Outcome::Unverifiable},
      {"assumed_atlassian_unknown_client_is_a_403", kAtlassian, kAtlassianForbidden,
       kAtlassianForbidden, Outcome::Unverifiable},
      {"atlassian_bad_secret_of_a_service_account", kAtlassian, kAtlassianBadServiceAccount,
       kAtlassianBadServiceAccount, Outcome::Rejected},
      {"atlassian_good_secret", kAtlassian, kAtlassianGood, kAtlassianBad, Outcome::Verified},
      {"assumed_atlassian_refuses_a_bad_secret_with_401", kAtlassian, kAtlassianGood,
       kAtlassianForbidden, Outcome::Unverifiable},
      {"atlassian_good_secret_of_a_newer_app", kAtlassian, kAtlassianGoodOfANewerApp, kAtlassianBad,
       Outcome::Verified},
      {"assumed_atlassian_refuses_a_bad_secret_of_a_newer_app_with_401", kAtlassian,
       kAtlassianGoodOfANewerApp, kAtlassianForbidden, Outcome::Unverifiable},

      {"zoom_bad_secret", kZoom, kZoomBad, kZoomBad, Outcome::Rejected},
      {"zoom_good_secret", kZoom, kZoomGood, kZoomBad, Outcome::Verified},

      {"assumed_keycloak_refuses_an_unknown_client_with_401", "keycloak.yaml", not_found, not_found,
       Outcome::Unverifiable},
      {"keycloak_bad_secret", "keycloak.yaml", kKeycloakBad, kKeycloakBad, Outcome::Rejected},
      {"keycloak_good_secret", "keycloak.yaml", kKeycloakGood, kKeycloakBad, Outcome::Verified},

      {"hydra_unknown_client", "ory-hydra.yaml", kHydraBad, kHydraBad, Outcome::Rejected},
      {"hydra_bad_secret", "ory-hydra.yaml", kHydraBad, kHydraBad, Outcome::Rejected},
      {"hydra_good_secret", "ory-hydra.yaml", kHydraGood, kHydraBad, Outcome::Verified},
      {"hydra_another_style", "ory-hydra.yaml", kHydraOtherStyle, kHydraBad, Outcome::Unverifiable},
      {"hydra_bad_secret_by_revocation", "ory-hydra.yaml", kHydraBad, kHydraBad, Outcome::Rejected,
       Method::Revocation},
      {"hydra_good_secret_by_revocation", "ory-hydra.yaml", kHydraNothingToRevoke, kHydraBad,
       Outcome::Verified, Method::Revocation, kHydraGood},

      {"gitlab_unknown_client", kGitlab, kGitlabBad, kGitlabBad, Outcome::Rejected},
      {"gitlab_bad_secret", kGitlab, kGitlabBad, kGitlabBad, Outcome::Rejected},
      {"gitlab_good_secret", kGitlab, kGitlabGood, kGitlabBad, Outcome::Verified, Method::Auto,
       kGitlabGoodByCode},
      {"gitlab_app_with_the_scope_api", kGitlab, kGitlabScopeApi, kGitlabBad,
       Outcome::Unverifiable},
      {"gitlab_good_secret_by_a_code", kGitlab, kGitlabGoodByCode, kGitlabBad, Outcome::Verified,
       Method::AuthorizationCode},
      {"assumed_gitlab_issues_no_token_to_everybody", kGitlab, assumed(kEntraToken),
       assumed(kEntraToken), Outcome::Unverifiable},

      {"box_unknown_client", kBox, kBoxBad, kBoxBad, Outcome::Rejected, Method::Auto,
       assumed(kBoxBad)},
      {"box_bad_secret", kBox, kBoxBad, kBoxBad, Outcome::Rejected, Method::Auto, assumed(kBoxBad)},
      {"assumed_box_refuses_a_bad_secret_with_a_code_too", kBox, kBoxBad, kBoxBad,
       Outcome::Unverifiable, Method::Auto, kBoxGoodByCode},
      {"box_good_secret", kBox, kBoxGood, kBoxBad, Outcome::Verified, Method::Auto, kBoxGoodByCode},
      {"assumed_box_refuses_a_bad_secret_in_other_words", kBox, kBoxGood, assumed(kBoxGood),
       Outcome::Unverifiable, Method::Auto, kBoxGoodByCode},
      {"assumed_box_app_may_ask_for_codes", kBox, kBoxGood, kBoxBad, Outcome::GrantNotAllowed,
       Method::Auto, assumed(kBoxGood)},

      // No rule reads "message", the only known part.
      {"webex_good_secret_and_unregistered_callback", kWebex, kWebexMismatch, kWebexOther,
       Outcome::Unverifiable},
      {"assumed_webex_says_mismatch_by_name", kWebex, kWebexMismatchByName, kWebexOther,
       Outcome::Unverifiable},
      {"assumed_webex_refuses_a_made_up_code_by_name", kWebex, kWebexOther, kWebexOther,
       Outcome::Unverifiable},

      {"assumed_dnsimple_refuses_an_unknown_client", kDnsimple, assumed(kDnsimpleGood),
       assumed(kDnsimpleGood), Outcome::Unverifiable},
      {"dnsimple_bad_secret", kDnsimple, kDnsimpleBad, kDnsimpleBad, Outcome::Rejected},
      {"dnsimple_good_secret", kDnsimple, kDnsimpleGood, kDnsimpleBad, Outcome::Verified},
      {"dnsimple_good_secret_and_another_callback", kDnsimple, kDnsimpleMismatch, kDnsimpleBad,
       Outcome::Verified},
  };
}

const auto kRows = together<Row>({salesforce("production"), salesforce("sandbox"), others()});

class Providers : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Catalog, Providers, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST_P(Providers, are_read_as_they_mean_it) {
  const Row& row = GetParam();
  VerificationRequest request = request_to(provider_of(row.file, row.method));
  request.provider.check_callback = false;
  const auto report = verify_at(request, [&](const net::HttpRequest& asked) {
    if (!has_own_secret(asked, request)) return row.made_up.answer;
    const bool by_code = field(asked, "grant_type") == "authorization_code";
    return by_code && row.code ? row.code->answer : row.own.answer;
  });
  EXPECT_EQ(report.credentials, row.outcome) << report.credentials_message;
  EXPECT_FALSE(report.credentials_message.empty());
}

// A wrong assumption may cost a verdict, but it neither makes an Integration Configured nor blames
// credentials that may be right.
TEST(ProviderTable, an_assumption_is_named_so_and_proves_nothing) {
  for (const Row& row : kRows) {
    if (is_assumed(row.own)) {
      EXPECT_TRUE(row.is_assumption()) << row;
    }
    if (!row.is_assumption()) continue;
    EXPECT_TRUE(is_assumed(row.own) || row.assumes_made_up() || row.assumes_code()) << row;
    EXPECT_THAT(row.outcome, AnyOf(Outcome::Unverifiable, Outcome::GrantNotAllowed)) << row;
  }
}

// Returns whether `row` has an assumption beside it with another answer to another secret, or to
// the code.
bool has_its_assumption_beside_it(const Row& row, bool about_the_code) {
  return std::any_of(kRows.begin(), kRows.end(), [&](const Row& other) {
    const bool same_question = other.is_assumption() && other.file == row.file &&
                               other.method == row.method && same_answer(other.own, row.own);
    if (!same_question) return false;
    if (!about_the_code) return !same_answer(other.made_up, row.made_up);
    return other.code && !same_answer(*other.code, *row.code);
  });
}

TEST(ProviderTable, a_verdict_that_stands_on_an_assumption_has_it_beside_it) {
  for (const Row& row : kRows) {
    if (row.is_assumption() || !row.has_verdict()) continue;
    if (row.assumes_made_up()) {
      EXPECT_TRUE(has_its_assumption_beside_it(row, false)) << row;
    }
    if (row.assumes_code()) {
      EXPECT_TRUE(has_its_assumption_beside_it(row, true)) << row;
    }
    if (row.assumes_made_up() || row.assumes_code()) {
      EXPECT_TRUE(is_unverified(row.file)) << row << " is no file for what nobody has shown";
    }
  }
}

TEST(ProviderTable, marks_are_those_of_the_catalog) {
  for (const Row& row : kRows) {
    for (const Fact& fact : {row.own, row.made_up, row.code.value_or(row.own)}) {
      EXPECT_TRUE(has_mark(fact)) << row;
    }
  }
}

TEST(ProviderTable, has_rows_for_every_file_of_the_catalog) {
  std::set<std::string> tested;
  for (const Row& row : kRows) tested.insert("catalog/" + row.file);
  const std::vector<std::string> files = support::catalog();
  EXPECT_EQ(tested, std::set<std::string>(files.begin(), files.end()));
}

TEST(ProviderTable, every_rule_about_credentials_stands_on_a_fact) {
  std::map<std::string, std::vector<Fact>> facts;
  for (const Row& row : kRows) {
    for (const Fact& fact : {row.own, row.made_up}) facts[row.file].push_back(fact);
  }
  for (const auto& [file, answers] : facts) {
    const std::vector<Rule> rules = catalog_offering(file).spec.verification.rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].subject != Subject::Credentials) continue;
      EXPECT_TRUE(stands_on_one_of(answers, file, i)) << file << ", rule " << i + 1;
    }
  }
}

// A wrong style looks like a wrong secret, or like an unknown client. provider_answers.h has the
// reports.
TEST(ProviderTable, credentials_are_sent_where_the_provider_reads_them) {
  struct Reader {
    const char* file;
    Fact to_basic;
    Fact good;
    Fact bad;
  };
  const std::vector<Reader> readers = {
      {"salesforce-production.yaml", kSalesforceUnknown, kSalesforceGood, kSalesforceBad},
      {"salesforce-sandbox.yaml", kSalesforceUnknown, kSalesforceGood, kSalesforceBad},
      {kSlack, kSlackBad, kSlackGood, kSlackBad},
  };
  for (const Reader& reader : readers) {
    VerificationRequest request = request_to(provider_of(reader.file));
    request.provider.check_callback = false;
    const auto script = [&](const net::HttpRequest& asked) {
      const std::string secret = field(asked, "client_secret");
      if (secret.empty()) return reader.to_basic.answer;
      return secret == request.secrets[0].value.reveal() ? reader.good.answer : reader.bad.answer;
    };
    EXPECT_EQ(verify_at(request, script).credentials, Outcome::Verified) << reader.file;
    request.provider.client_authentication = ClientAuthentication::ClientSecretBasic;
    EXPECT_EQ(verify_at(request, script).credentials, Outcome::Rejected) << reader.file;
  }
}

// Production does not know a sandbox's key, and the other way round.
TEST(ProviderTable, an_unknown_key_of_salesforce_is_told_of_the_environment) {
  for (const std::string environment : {"production", "sandbox"}) {
    VerificationRequest request = request_to(provider_of("salesforce-" + environment + ".yaml"));
    const auto report =
        verify_at(request, [](const net::HttpRequest&) { return kSalesforceUnknown.answer; });
    EXPECT_THAT(report.credentials_message, HasSubstr("no such consumer key in " + environment));
    EXPECT_THAT(report.credentials_message, HasSubstr("belongs to this environment"));
  }
}

}  // namespace
}  // namespace oauth
