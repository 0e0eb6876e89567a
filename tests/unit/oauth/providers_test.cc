// What real providers answer, and what the catalog's Offerings make of it. The rules are those of
// the files: neither can change without the other.
//
// Marks: S, the server's source; D, the provider's own documentation; V, a tool that verifies
// credentials in the field; F, a report from the field; U, assumed. A row marked U has a name that
// begins with "assumed_": it is about the assumption being wrong, and that may cost a verdict, but
// never give a false one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/offering.h"
#include "oauth/verifier.h"
#include "scripted_http.h"
#include "support/crd_schema.h"

namespace oauth {
namespace {

using testing::HasSubstr;
using Outcome = CredentialsOutcome;

api::Offering offering(const std::string& file) {
  return support::read_manifest("catalog/" + file).get<api::Offering>();
}

// The Offering's endpoints, and for what would be discovered some of a host of the tests.
Provider provider_of(const std::string& file) {
  api::Offering described = offering(file);
  described.status.endpoints = described.spec.endpoints;
  Provider provider = api::to_provider(described);
  Endpoints& endpoints = provider.endpoints;
  if (endpoints.token.empty()) endpoints.token = "https://provider.example/token";
  if (endpoints.authorization.empty()) {
    endpoints.authorization = "https://provider.example/authorize";
  }
  return provider;
}

VerificationRequest request_to(const Provider& provider) {
  VerificationRequest request;
  request.provider = provider;
  request.client_id = "invented-client-4711";
  request.secrets = {{"client_secret", net::SecretString("invented-Secret-0815")}};
  request.redirect_uri = "https://operator.example/oauth/callback/catalog";
  return request;
}

bool has_own_secret(const net::HttpRequest& asked, const VerificationRequest& request) {
  const net::SecretString& secret = request.secrets[0].value;
  if (request.provider.client_authentication == ClientAuthentication::ClientSecretPost) {
    return field(asked, "client_secret") == secret.reveal();
  }
  const auto own = client_request(request.provider, asked.url, {request.client_id, secret}, {});
  return asked.headers.get("Authorization") == own.headers.get("Authorization");
}

// One client at one provider: what its own secret is answered, and what another one is.
struct Row {
  const char* name;
  const char* marks;
  const char* file;
  net::HttpResponse own;
  net::HttpResponse made_up;
  Outcome outcome;
  Method method = Method::Auto;  // Auto: the Offering's
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name << " [" << row.marks << "]";
}

net::HttpResponse json(int status, const char* body) { return json_response(status, body); }

const net::HttpResponse kInvalidClient = error_response(401, "invalid_client");
const net::HttpResponse kSalesforceUnknown =
    error_response(400, "invalid_client_id", "client identifier invalid");
const net::HttpResponse kSalesforceBad =
    error_response(400, "invalid_client", "invalid client credentials");
const net::HttpResponse kSalesforceGood =
    error_response(400, "invalid_grant", "invalid authorization code");
const net::HttpResponse kGoogleUnknown =
    error_response(401, "invalid_client", "The OAuth client was not found.");
const net::HttpResponse kGoogleBad =
    error_response(401, "invalid_client", "The provided client secret is invalid.");
const net::HttpResponse kGoogleGood = error_response(400, "invalid_grant", "Malformed auth code.");
const net::HttpResponse kEntraUnknown =
    error_response(400, "unauthorized_client",
                   "AADSTS700016: Application with identifier 'x' was not found in the directory.");
const net::HttpResponse kEntraBad =
    error_response(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
const net::HttpResponse kEntraExpired = error_response(
    401, "invalid_client", "AADSTS7000222: The provided client secret keys are expired.");
const net::HttpResponse kEntraGood =
    error_response(400, "invalid_grant", "AADSTS9002313: Invalid request. Request is malformed.");
const net::HttpResponse kGithubBad =
    error_response(200, "incorrect_client_credentials",
                   "The client_id and/or client_secret passed are incorrect.");
const net::HttpResponse kGithubGood =
    error_response(200, "bad_verification_code", "The code passed is incorrect or expired.");
const net::HttpResponse kSlackUnknown = json(200, R"({"ok":false,"error":"invalid_client_id"})");
const net::HttpResponse kSlackBad = json(200, R"({"ok":false,"error":"bad_client_secret"})");
const net::HttpResponse kSlackGood = json(200, R"({"ok":false,"error":"invalid_code"})");
const net::HttpResponse kHubspotUnknown =
    json(400, R"({"status":"BAD_CLIENT_ID","message":"missing or unknown client id"})");
const net::HttpResponse kHubspotBad =
    json(400, R"({"status":"BAD_CLIENT_SECRET","message":"missing or unknown client secret"})");
const net::HttpResponse kHubspotGood =
    json(400, R"({"status":"BAD_AUTH_CODE","message":"missing or unknown auth code"})");
const net::HttpResponse kHubspotOther = json(400, R"({"status":"BAD_REQUEST","message":"no"})");
const net::HttpResponse kOktaBad = error_response(
    401, "invalid_client", "The client secret supplied for a confidential client is invalid.");
const net::HttpResponse kOktaGood =
    error_response(400, "invalid_grant", "The authorization code is invalid or has expired.");
const net::HttpResponse kAuth0Bad = error_response(401, "access_denied", "Unauthorized");
const net::HttpResponse kAuth0Good =
    error_response(403, "invalid_grant", "Invalid authorization code");
const net::HttpResponse kAtlassianNew =
    error_response(400, "invalid_request", "authorization_code is invalid");
const net::HttpResponse kZoomBad =
    json(400, R"({"reason":"Invalid client_id or client_secret","error":"invalid_client"})");
const net::HttpResponse kZoomGood =
    json(400, R"({"reason":"Invalid authorization code made-up","error":"invalid_grant"})");
const net::HttpResponse kKeycloakBad =
    error_response(401, "unauthorized_client", "Invalid client or Invalid client credentials");
const net::HttpResponse kKeycloakGood = error_response(400, "invalid_grant", "Code not valid");
const net::HttpResponse kHydraBad = error_response(
    401, "invalid_client",
    "Client authentication failed (e.g., unknown client, no client authentication included, or "
    "unsupported authentication method).");
const net::HttpResponse kHydraGood = error_response(
    400, "invalid_grant",
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or "
    "refresh token is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client.");
const net::HttpResponse kGitlabBad =
    error_response(401, "invalid_client",
                   "Client authentication failed due to unknown client, no client authentication "
                   "included, or unsupported authentication method.");
const net::HttpResponse kBoxBad =
    error_response(400, "invalid_client", "The client credentials are invalid");
const net::HttpResponse kBoxGood =
    error_response(400, "unauthorized_client", "The grant type is unauthorized for this client_id");
const net::HttpResponse kWebexGood = error_response(400, "redirect_uri_mismatch");
const net::HttpResponse kMintedToken =
    json(200, R"({"access_token":"minted-0000","token_type":"Bearer","expires_in":3599})");

const char* const kEntra = "unverified/microsoft-entra-id.yaml";
const std::vector<Row> kRows = {
    // omniphx/forrest#184, omniauth-salesforce#27; TruffleHog salesforceoauth2; restforce#338.
    {"salesforce_unknown_client", "F", "salesforce-production.yaml", kSalesforceUnknown,
     kSalesforceUnknown, Outcome::Rejected},
    {"salesforce_bad_secret", "FV", "salesforce-production.yaml", kSalesforceBad, kSalesforceBad,
     Outcome::Rejected},
    {"salesforce_good_secret", "F", "salesforce-production.yaml", kSalesforceGood, kSalesforceBad,
     Outcome::Verified},
    {"salesforce_sandbox_unknown_client", "F", "salesforce-sandbox.yaml", kSalesforceUnknown,
     kSalesforceUnknown, Outcome::Rejected},
    {"salesforce_sandbox_bad_secret", "FV", "salesforce-sandbox.yaml", kSalesforceBad,
     kSalesforceBad, Outcome::Rejected},
    {"salesforce_sandbox_good_secret", "F", "salesforce-sandbox.yaml", kSalesforceGood,
     kSalesforceBad, Outcome::Verified},
    {"assumed_salesforce_asks_for_the_secret", "U", "salesforce-production.yaml", kSalesforceGood,
     kSalesforceGood, Outcome::Unverifiable},
    // TruffleHog googleoauth2clientcredentials; googlesamples/google-signin-unity#64.
    {"google_unknown_client", "V", "google.yaml", kGoogleUnknown, kGoogleUnknown,
     Outcome::Rejected},
    {"google_bad_secret", "V", "google.yaml", kGoogleBad, kGoogleBad, Outcome::Rejected},
    {"google_bad_secret_of_old", "F", "google.yaml",
     error_response(401, "invalid_client", "Unauthorized"),
     error_response(401, "invalid_client", "Unauthorized"), Outcome::Rejected},
    {"google_good_secret", "VF", "google.yaml", kGoogleGood, kGoogleBad, Outcome::Verified},
    // TruffleHog azure_entra/serviceprincipal; MicrosoftDocs/azure-docs#33356.
    {"entra_unknown_client", "V", kEntra, kEntraUnknown, kEntraUnknown, Outcome::Rejected},
    {"entra_unknown_tenant", "V", kEntra,
     error_response(400, "invalid_request", "AADSTS90002: Tenant 'x' not found."),
     error_response(400, "invalid_request", "AADSTS90002: Tenant 'x' not found."),
     Outcome::Unverifiable},
    {"entra_bad_secret", "V", kEntra, kEntraBad, kEntraBad, Outcome::Rejected},
    {"entra_expired_secret", "V", kEntra, kEntraExpired, kEntraBad, Outcome::Rejected},
    {"entra_good_secret", "F", kEntra, kEntraGood, kEntraBad, Outcome::Verified},
    {"entra_good_secret_by_client_credentials", "V", kEntra, kMintedToken, kEntraBad,
     Outcome::Verified, Method::ClientCredentials},
    {"assumed_entra_looks_at_the_secret_first_good", "U", kEntra, kEntraGood, kEntraGood,
     Outcome::Unverifiable},
    // docs.github.com, "Troubleshooting OAuth app access token request errors"; TruffleHog
    // github_oauth2.
    {"github_unknown_client", "D", "github.yaml", kGithubBad, kGithubBad, Outcome::Rejected},
    {"github_bad_secret", "D", "github.yaml", kGithubBad, kGithubBad, Outcome::Rejected},
    {"github_good_secret", "DV", "github.yaml", kGithubGood, kGithubBad, Outcome::Verified},
    {"assumed_github_unknown_client_is_named", "U", "github.yaml",
     json(404, R"({"error":"Not Found"})"), json(404, R"({"error":"Not Found"})"),
     Outcome::Unverifiable},
    // Slack's reference of oauth.v2.access; python-slack-sdk#529.
    {"slack_unknown_client", "D", "unverified/slack.yaml", kSlackUnknown, kSlackUnknown,
     Outcome::Rejected},
    {"slack_bad_secret", "D", "unverified/slack.yaml", kSlackBad, kSlackBad, Outcome::Rejected},
    {"slack_good_secret", "DF", "unverified/slack.yaml", kSlackGood, kSlackBad, Outcome::Verified},
    {"assumed_slack_looks_at_the_secret_first", "U", "unverified/slack.yaml", kSlackGood,
     kSlackGood, Outcome::Unverifiable},
    // Recorded exchanges in public repositories; mk-node-hubspot#87.
    {"hubspot_unknown_client", "F", "unverified/hubspot.yaml", kHubspotUnknown, kHubspotUnknown,
     Outcome::Rejected},
    {"hubspot_good_secret", "F", "unverified/hubspot.yaml", kHubspotGood, kHubspotBad,
     Outcome::Verified},
    {"assumed_hubspot_names_a_bad_secret_good", "U", "unverified/hubspot.yaml", kHubspotGood,
     kHubspotOther, Outcome::Unverifiable},
    {"assumed_hubspot_names_a_bad_secret_bad", "U", "unverified/hubspot.yaml", kHubspotOther,
     kHubspotOther, Outcome::Unverifiable},
    // okta-smartfhir-docs#13; devforum.okta.com 10974 and 25024.
    {"okta_unknown_client", "F", "unverified/okta.yaml", kInvalidClient, kInvalidClient,
     Outcome::Rejected},
    {"okta_bad_secret", "F", "unverified/okta.yaml", kOktaBad, kOktaBad, Outcome::Rejected},
    {"okta_good_secret", "F", "unverified/okta.yaml", kOktaGood, kOktaBad, Outcome::Verified},
    // TruffleHog auth0oauth; Kingfisher's auth0.yml says the opposite of access_denied, so a new
    // client with a bad secret is not rejected.
    {"auth0_bad_secret", "V", "unverified/auth0.yaml", kAuth0Bad, kAuth0Bad, Outcome::Unverifiable},
    {"auth0_good_secret", "V", "unverified/auth0.yaml", kAuth0Good, kAuth0Bad, Outcome::Verified},
    {"auth0_grant_off", "V", "unverified/auth0.yaml", error_response(403, "unauthorized_client"),
     kAuth0Bad, Outcome::GrantNotAllowed},
    // Atlassian community 1442839; n8n-io/n8n#37513; community.developer.atlassian.com 66643.
    {"atlassian_good_secret", "F", "unverified/atlassian.yaml", kAuth0Good, kAuth0Bad,
     Outcome::Verified},
    {"atlassian_good_secret_of_a_newer_app", "F", "unverified/atlassian.yaml", kAtlassianNew,
     kAuth0Bad, Outcome::Verified},
    {"atlassian_bad_secret_of_a_service_account", "F", "unverified/atlassian.yaml",
     error_response(400, "invalid_client"), error_response(400, "invalid_client"),
     Outcome::Rejected},
    {"assumed_atlassian_refuses_a_bad_secret_with_401", "U", "unverified/atlassian.yaml",
     kAtlassianNew, error_response(403, "access_denied"), Outcome::Unverifiable},
    // JubaerHossain/zoom-laravel#3; 1nm/zoomapps-test.
    {"zoom_bad_secret", "F", "unverified/zoom.yaml", kZoomBad, kZoomBad, Outcome::Rejected},
    {"zoom_good_secret", "F", "unverified/zoom.yaml", kZoomGood, kZoomBad, Outcome::Verified},
    // keycloak/keycloak TokenEndpoint, ClientIdAndSecretAuthenticator.
    {"keycloak_bad_secret", "S", "keycloak.yaml", kKeycloakBad, kKeycloakBad, Outcome::Rejected},
    {"keycloak_good_secret", "S", "keycloak.yaml", kKeycloakGood, kKeycloakBad, Outcome::Verified},
    {"assumed_keycloak_knows_its_clients", "U", "keycloak.yaml", json(404, R"({"error":"none"})"),
     json(404, R"({"error":"none"})"), Outcome::Unverifiable},
    // ory/fosite access_request_handler.go; ory/k8s#112.
    {"hydra_unknown_client", "F", "ory-hydra.yaml", kHydraBad, kHydraBad, Outcome::Rejected},
    {"hydra_bad_secret", "S", "ory-hydra.yaml", kHydraBad, kHydraBad, Outcome::Rejected},
    {"hydra_good_secret", "S", "ory-hydra.yaml", kHydraGood, kHydraBad, Outcome::Verified},
    {"hydra_another_style", "S", "ory-hydra.yaml",
     error_response(401, "invalid_client",
                    "The OAuth 2.0 Client supports client authentication method "
                    "'client_secret_post', but method 'client_secret_basic' was requested."),
     kHydraBad, Outcome::Unverifiable},
    // TruffleHog gitlaboauth2.
    {"gitlab_bad_secret", "V", "unverified/gitlab.yaml", kGitlabBad, kGitlabBad, Outcome::Rejected},
    {"gitlab_good_secret", "V", "unverified/gitlab.yaml", error_response(400, "invalid_scope"),
     kGitlabBad, Outcome::Verified},
    {"gitlab_app_with_the_scope_api", "V", "unverified/gitlab.yaml", json(422, "{}"), kGitlabBad,
     Outcome::Unverifiable},
    {"assumed_gitlab_issues_no_token_to_everybody", "U", "unverified/gitlab.yaml", kMintedToken,
     kMintedToken, Outcome::Unverifiable},
    // TruffleHog boxoauth.
    {"box_unknown_client", "V", "unverified/box.yaml", kBoxBad, kBoxBad, Outcome::Rejected},
    {"box_bad_secret", "V", "unverified/box.yaml", kBoxBad, kBoxBad, Outcome::Rejected},
    {"box_good_secret", "V", "unverified/box.yaml", kBoxGood, kBoxBad, Outcome::Verified},
    {"assumed_box_refuses_a_bad_secret_in_other_words", "U", "unverified/box.yaml", kBoxGood,
     kBoxGood, Outcome::Unverifiable},
    // TruffleHog webex.
    {"webex_good_secret_and_unregistered_callback", "V", "unverified/webex.yaml", kWebexGood,
     kInvalidClient, Outcome::Verified},
    {"assumed_webex_refuses_a_bad_secret_by_name", "U", "unverified/webex.yaml", kWebexGood,
     error_response(400, "bad_request"), Outcome::Unverifiable},
    // dnsimple/dnsimple-developer#1025.
    {"dnsimple_bad_secret", "D", "unverified/dnsimple.yaml", kInvalidClient, kInvalidClient,
     Outcome::Rejected},
    {"dnsimple_good_secret", "D", "unverified/dnsimple.yaml", error_response(400, "invalid_grant"),
     kInvalidClient, Outcome::Verified},
    {"assumed_dnsimple_unknown_client_is_refused", "U", "unverified/dnsimple.yaml",
     error_response(400, "invalid_grant"), error_response(400, "invalid_grant"),
     Outcome::Unverifiable},
};

class Providers : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Catalog, Providers, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Providers, are_read_as_they_mean_it) {
  const Row& row = GetParam();
  VerificationRequest request = request_to(provider_of(row.file));
  request.provider.check_callback = false;
  if (row.method != Method::Auto) request.provider.method = row.method;
  ScriptedHttp http([&](const net::HttpRequest& asked) {
    return has_own_secret(asked, request) ? row.own : row.made_up;
  });
  net::ManualClock clock;
  const VerificationReport report = verify(request, http, clock, {});
  EXPECT_EQ(report.credentials, row.outcome) << report.credentials_message;
  EXPECT_FALSE(report.credentials_message.empty());
}

TEST(ProviderTable, an_assumption_is_named_so_and_never_ends_in_a_verdict) {
  for (const Row& row : kRows) {
    const bool assumed = std::string(row.marks).find('U') != std::string::npos;
    EXPECT_EQ(std::string(row.name).starts_with("assumed_"), assumed) << row.name;
    if (assumed) {
      EXPECT_EQ(row.outcome, Outcome::Unverifiable) << row.name;
    }
  }
}

TEST(ProviderTable, has_rows_for_every_file_of_the_catalog) {
  std::set<std::string> tested;
  for (const Row& row : kRows) tested.insert("catalog/" + std::string(row.file));
  const std::vector<std::string> files = support::catalog();
  EXPECT_EQ(tested, std::set<std::string>(files.begin(), files.end()));
}

TEST(Catalog, no_file_lets_unproven_credentials_pass) {
  for (const std::string& path : support::catalog()) {
    const auto described = support::read_manifest(path).get<api::Offering>();
    EXPECT_EQ(described.spec.verification.on_unverifiable, api::OnUnverifiable::Block) << path;
    EXPECT_TRUE(described.spec.verification.callback_check) << path;
    EXPECT_FALSE(described.spec.display_name.empty()) << path;
  }
}

// Callbacks: what the authorization endpoint answers to ours, and to one that nobody registered.
struct CallbackRow {
  const char* what;
  const char* marks;
  const char* file;
  net::HttpResponse ours;
  net::HttpResponse made_up;
  CallbackOutcome outcome;
};

TEST(ProviderTable, callbacks_are_read_as_the_authorization_endpoint_means_it) {
  const std::string ours = "https://operator.example/oauth/callback/catalog";
  const auto back = redirect_response(ours + "?error=login_required");
  const auto salesforce = redirect_response(
      "https://provider.example/setup/secur/RemoteAccessErrorPage.apexp?error=redirect_uri_mismatch"
      "&error_description=redirect_uri%20must%20match%20configuration");
  const auto google = html_response(400, "<h1>Error 400: redirect_uri_mismatch</h1>");
  const auto keycloak = html_response(400, "<p>Invalid parameter: redirect_uri</p>");
  const auto sign_in = html_response(200, "<form>Sign in</form>");
  const auto zoom = json_response(400, R"({"errorCode":4709,"errorMessage":"no"})");
  const std::vector<CallbackRow> rows = {
      {"Salesforce, unregistered (knowledge article 001122778)", "D", "salesforce-production.yaml",
       salesforce, salesforce, CallbackOutcome::Rejected},
      {"Google, unregistered", "F", "google.yaml", google, google, CallbackOutcome::Rejected},
      {"Keycloak, registered", "SF", "keycloak.yaml", back, keycloak, CallbackOutcome::Accepted},
      {"Keycloak, unregistered", "S", "keycloak.yaml", keycloak, keycloak,
       CallbackOutcome::Rejected},
      {"GitHub, Slack, HubSpot: a page for whoever comes", "F", "github.yaml", sign_in, sign_in,
       CallbackOutcome::NotCheckable},
      {"Zoom, unregistered", "D", "unverified/zoom.yaml", zoom, zoom, CallbackOutcome::Rejected},
      {"Google tells nothing before the sign-in", "U", "google.yaml",
       redirect_response("https://provider.example/signin"),
       redirect_response("https://provider.example/signin"), CallbackOutcome::NotCheckable},
      {"Zoom tells nothing before the sign-in", "U", "unverified/zoom.yaml", sign_in, sign_in,
       CallbackOutcome::NotCheckable},
  };
  for (const CallbackRow& row : rows) {
    VerificationRequest request = request_to(provider_of(row.file));
    ScriptedHttp http([&](const net::HttpRequest& asked) -> net::HttpResponse {
      if (asked.method == "GET") {
        return field(asked, "redirect_uri") == ours ? row.ours : row.made_up;
      }
      return error_response(400,
                            has_own_secret(asked, request) ? "invalid_grant" : "invalid_client");
    });
    net::ManualClock clock;
    const VerificationReport report = verify(request, http, clock, {});
    EXPECT_EQ(report.callback, row.outcome) << row.what << ": " << report.callback_message;
  }
}

// keycloak/keycloak ParEndpoint; ory/fosite pushed_authorize_request_handler.go. [S]
TEST(ProviderTable, pushed_requests_are_read_as_keycloak_and_fosite_mean_it) {
  struct Pushed {
    const char* file;
    net::HttpResponse bad_secret;
    net::HttpResponse bad_callback;
  };
  const std::vector<Pushed> servers = {
      {"keycloak.yaml", kKeycloakBad,
       error_response(400, "invalid_request", "Invalid parameter: redirect_uri")},
      {"ory-hydra.yaml", kHydraBad,
       error_response(400, "invalid_request",
                      "The request is missing a required parameter, includes an invalid parameter "
                      "value, includes a parameter more than once, or is otherwise malformed. The "
                      "'redirect_uri' parameter does not match any of the OAuth 2.0 Client's "
                      "pre-registered redirect urls.")},
  };
  for (const Pushed& server : servers) {
    for (const bool registered : {true, false}) {
      VerificationRequest request = request_to(provider_of(server.file));
      request.provider.endpoints.pushed_authorization_request = "https://provider.example/par";
      ScriptedHttp http([&](const net::HttpRequest& asked) -> net::HttpResponse {
        if (!has_own_secret(asked, request)) return server.bad_secret;
        if (!asked.url.ends_with("/par")) return error_response(400, "invalid_grant");
        const bool ours = field(asked, "redirect_uri") == request.redirect_uri;
        if (!ours || !registered) return server.bad_callback;
        return json_response(201, R"({"request_uri":"urn:invented","expires_in":60})");
      });
      net::ManualClock clock;
      const VerificationReport report = verify(request, http, clock, {});
      EXPECT_EQ(report.credentials, Outcome::Verified) << server.file;
      EXPECT_EQ(report.callback, registered ? CallbackOutcome::Accepted : CallbackOutcome::Rejected)
          << server.file << ": " << report.callback_message;
      EXPECT_LE(http.requests.size(), 4U);
    }
  }
}

// TruffleHog webex: client, then redirect, then code. [V]
TEST(ProviderTable, webex_tells_of_the_callback_at_the_token_endpoint) {
  VerificationRequest request = request_to(provider_of("unverified/webex.yaml"));
  ScriptedHttp http([&](const net::HttpRequest& asked) {
    return has_own_secret(asked, request) ? kWebexGood : kInvalidClient;
  });
  net::ManualClock clock;
  const VerificationReport report = verify(request, http, clock, {});
  EXPECT_EQ(report.credentials, Outcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Rejected);
  EXPECT_THAT(report.callback_message, HasSubstr(request.redirect_uri));
}

}  // namespace
}  // namespace oauth
