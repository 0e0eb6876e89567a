// The verdicts of the catalog's Offerings on real providers' answers about the callback: those of
// the authorization endpoint, of the token endpoint, and to pushed requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "catalog_provider.h"

namespace oauth {
namespace {

using testing::HasSubstr;
using Outcome = CallbackOutcome;

// One callback at one provider: the authorization endpoint's answers to it, and to an unregistered
// one. If the token endpoint checks the callback, `token` is its answer to the own secret. As in
// providers_test.cc, the name of an assumption says so.
struct CallbackRow {
  std::string name;
  std::string file;
  std::optional<Fact> ours;  // none: not requested
  std::optional<Fact> made_up;
  Outcome outcome;
  std::optional<Fact> token = std::nullopt;  // none: it accepts the client

  bool is_assumption() const { return name.starts_with("assumed_"); }
  std::vector<Fact> facts() const {
    std::vector<Fact> known;
    for (const auto& fact : {ours, made_up, token}) {
      if (fact) known.push_back(*fact);
    }
    return known;
  }
};

std::ostream& operator<<(std::ostream& out, const CallbackRow& row) {
  out << row.name << " [";
  for (const Fact& fact : row.facts()) out << ' ' << fact.marks;
  return out << " ]";
}

const std::string kOurs = "https://operator.example/oauth/callback/catalog";
const Fact kSignIn{"U", html_response(200, "<form>Sign in</form>")};
const Fact kElsewhere{"U", redirect_response("https://provider.example/signin")};

std::vector<CallbackRow> salesforce(const std::string& environment) {
  const std::string file = "salesforce-" + environment + ".yaml";
  const std::string name = "salesforce_" + environment;
  return {
      {name + "_unregistered", file, kSalesforceMismatchPage, kSalesforceMismatchPage,
       Outcome::Rejected},
      {name + "_unknown_client_is_no_callback", file, kSalesforceUnknownPage,
       kSalesforceUnknownPage, Outcome::NotCheckable},
      {"assumed_" + name + "_looks_at_the_callback_before_the_code", file, kSignIn, kSignIn,
       Outcome::NotCheckable, assumed(kSalesforceGood)},
  };
}

std::vector<CallbackRow> others() {
  return {
      {"google_unregistered", "google.yaml", kGoogleMismatchPage, kGoogleMismatchPage,
       Outcome::Rejected},
      {"assumed_google_tells_before_the_sign_in", "google.yaml", kElsewhere, kElsewhere,
       Outcome::NotCheckable},
      {"assumed_google_tells_at_the_token_endpoint", "google.yaml", kElsewhere, kElsewhere,
       Outcome::NotCheckable, Fact{"U", error_response(400, "redirect_uri_mismatch")}},

      {"assumed_entra_refuses_with_an_error_status", "unverified/microsoft-entra-id.yaml",
       Fact{"U", html_response(200, "<p>AADSTS50011: The redirect URI does not match</p>")},
       Fact{"U", html_response(200, "<p>AADSTS50011: The redirect URI does not match</p>")},
       Outcome::NotCheckable},

      {"github_unregistered_at_the_token_endpoint", "github.yaml", std::nullopt, std::nullopt,
       Outcome::Rejected, kGithubMismatch},
      {"assumed_github_looks_at_the_callback_before_the_code", "github.yaml", kSignIn, kSignIn,
       Outcome::NotCheckable, assumed(kGithubGood)},

      // It compares with the original request, which does not exist.
      {"assumed_slack_shows_a_page_to_whoever_comes", "unverified/slack.yaml", kSignIn, kSignIn,
       Outcome::NotCheckable, kSlackMismatch},
      {"assumed_hubspot_shows_a_page_to_whoever_comes", "unverified/hubspot.yaml", kSignIn, kSignIn,
       Outcome::NotCheckable, kHubspotGood},
      {"assumed_okta_tells_before_the_sign_in", "unverified/okta.yaml", kElsewhere, kElsewhere,
       Outcome::NotCheckable, kOktaGood},
      {"assumed_atlassian_shows_a_page_to_whoever_comes", "unverified/atlassian.yaml", kSignIn,
       kSignIn, Outcome::NotCheckable, kAtlassianGood},

      {"zoom_unregistered", "unverified/zoom.yaml", kZoomMismatchPage, kZoomMismatchPage,
       Outcome::Rejected},
      {"zoom_unknown_client_is_no_callback", "unverified/zoom.yaml", kZoomUnknownPage,
       kZoomUnknownPage, Outcome::NotCheckable},
      {"assumed_zoom_tells_before_the_sign_in", "unverified/zoom.yaml", kSignIn, kSignIn,
       Outcome::NotCheckable},
      {"assumed_zoom_looks_at_the_callback_before_the_code", "unverified/zoom.yaml", kSignIn,
       kSignIn, Outcome::NotCheckable, assumed(kZoomGood)},

      {"keycloak_registered", "keycloak.yaml",
       Fact{"F", redirect_response(kOurs + "?error=login_required")}, kKeycloakMismatchPage,
       Outcome::Accepted},
      {"keycloak_unregistered", "keycloak.yaml", kKeycloakMismatchPage, kKeycloakMismatchPage,
       Outcome::Rejected},

      {"assumed_webex_says_mismatch_by_name", "unverified/webex.yaml", kSignIn, kSignIn,
       Outcome::NotCheckable, kWebexMismatch},
      {"assumed_dnsimple_shows_a_page_to_whoever_comes", "unverified/dnsimple.yaml", kSignIn,
       kSignIn, Outcome::NotCheckable, kDnsimpleMismatch},
  };
}

const auto kRows =
    together<CallbackRow>({salesforce("production"), salesforce("sandbox"), others()});

class ProviderCallbacks : public testing::TestWithParam<CallbackRow> {};
INSTANTIATE_TEST_SUITE_P(Catalog, ProviderCallbacks, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST_P(ProviderCallbacks, are_read_as_they_mean_it) {
  const CallbackRow& row = GetParam();
  const VerificationRequest request = request_to(provider_of(row.file));
  ASSERT_EQ(request.redirect_uri, kOurs);
  bool asked_silently = false;
  const auto report =
      verify_at(request, [&](const net::HttpRequest& asked) -> net::Result<net::HttpResponse> {
        if (asked.method == "GET") {
          asked_silently = true;
          const auto& fact = field(asked, "redirect_uri") == kOurs ? row.ours : row.made_up;
          if (!fact) return net::Error{net::ErrorCode::Internal, "nobody asks"};
          return fact->answer;
        }
        if (!has_own_secret(asked, request)) return error_response(401, "invalid_client");
        return row.token ? row.token->answer : error_response(400, "invalid_grant");
      });
  EXPECT_EQ(report.callback, row.outcome) << report.callback_message;
  EXPECT_EQ(asked_silently, row.ours.has_value());
  if (row.outcome == Outcome::Rejected) {
    EXPECT_THAT(report.callback_message, HasSubstr(kOurs)) << "what is to be registered";
  }
}

TEST(ProviderCallbackTable, an_assumption_is_named_so_and_proves_nothing) {
  for (const CallbackRow& row : kRows) {
    const std::vector<Fact> facts = row.facts();
    const bool assumes = std::any_of(facts.begin(), facts.end(), is_assumed);
    EXPECT_EQ(row.is_assumption(), assumes) << row;
    if (assumes) {
      EXPECT_EQ(row.outcome, Outcome::NotCheckable) << row;
    }
    EXPECT_TRUE(std::all_of(facts.begin(), facts.end(), has_mark)) << row;
  }
}

TEST(ProviderCallbackTable, every_rule_about_callbacks_stands_on_a_fact) {
  // No source has the answer in these words, as the file says.
  std::map<std::string, std::vector<Fact>> facts = {
      {"unverified/webex.yaml", {kWebexMismatchByName}}};
  for (const CallbackRow& row : kRows) {
    for (const Fact& fact : row.facts()) facts[row.file].push_back(fact);
  }
  for (const std::string& path : support::catalog()) {
    const std::string file = path.substr(std::string("catalog/").size());
    const std::vector<Rule> rules = catalog_offering(file).spec.verification.rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].subject == Subject::Credentials) continue;
      EXPECT_TRUE(stands_on_one_of(facts[file], file, i)) << file << ", rule " << i + 1;
    }
  }
}

TEST(ProviderCallbackTable, pushed_requests_are_read_as_keycloak_and_fosite_mean_it) {
  struct Server {
    const char* file;
    Fact bad_secret;
    Fact bad_callback;
  };
  const std::vector<Server> servers = {
      {"keycloak.yaml", kKeycloakBad, kKeycloakMismatch},
      {"ory-hydra.yaml", kHydraBad, kHydraMismatch},
  };
  for (const Server& server : servers) {
    for (const bool registered : {true, false}) {
      VerificationRequest request = request_to(provider_of(server.file));
      request.provider.endpoints.pushed_authorization_request = "https://provider.example/par";
      ScriptedHttp http([&](const net::HttpRequest& asked) -> net::HttpResponse {
        if (!has_own_secret(asked, request)) return server.bad_secret.answer;
        if (!asked.url.ends_with("/par")) return error_response(400, "invalid_grant");
        const bool ours = field(asked, "redirect_uri") == request.redirect_uri;
        if (!ours || !registered) return server.bad_callback.answer;
        return json_response(201, R"({"request_uri":"urn:invented","expires_in":60})");
      });
      net::ManualClock clock;
      const VerificationReport report = verify(request, http, clock, {});
      EXPECT_EQ(report.credentials, CredentialsOutcome::Verified) << server.file;
      EXPECT_EQ(report.callback, registered ? Outcome::Accepted : Outcome::Rejected)
          << server.file << ": " << report.callback_message;
      EXPECT_LE(http.requests.size(), 4U);
    }
  }
}

}  // namespace
}  // namespace oauth
