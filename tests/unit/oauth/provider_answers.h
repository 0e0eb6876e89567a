// The answers of real providers, each with its source: the facts behind the catalog's Offerings.
// Ids, secrets and tokens in them are invented.
#pragma once

#include <string>

#include "scripted_http.h"

namespace oauth {

// Marks: S, the server's source; D, the provider's own documentation; V, a tool that verifies
// credentials in the field; F, a report from the field; U, assumed: nobody has shown it.
struct Fact {
  std::string marks;
  net::HttpResponse answer;
};

inline bool is_assumed(const Fact& fact) { return fact.marks == "U"; }

inline bool has_mark(const Fact& fact) {
  const bool has_source =
      !fact.marks.empty() && fact.marks.find_first_not_of("SDVF") == std::string::npos;
  return has_source || is_assumed(fact);
}

// A known answer, but nobody has shown it for this question.
inline Fact assumed(Fact fact) {
  fact.marks = "U";
  return fact;
}

inline bool same_answer(const Fact& one, const Fact& other) {
  return one.answer.status == other.answer.status && one.answer.body == other.answer.body &&
         one.answer.headers.get("Location") == other.answer.headers.get("Location");
}

// Salesforce: omniphx/forrest#184 and #169; omniauth-salesforce#27, also about Basic;
// restforce#338; TruffleHog salesforceoauth2; knowledge article 001122778.
inline const Fact kSalesforceUnknown{
    "F", error_response(400, "invalid_client_id", "client identifier invalid")};
inline const Fact kSalesforceBad{
    "FV", error_response(400, "invalid_client", "invalid client credentials")};
inline const Fact kSalesforceGood{
    "F", error_response(400, "invalid_grant", "invalid authorization code")};
inline const Fact kSalesforceExpired{
    "F", error_response(400, "invalid_grant", "expired authorization code")};
inline const Fact kSalesforceMismatchPage{
    "D", redirect_response("https://provider.example/setup/secur/RemoteAccessErrorPage.apexp"
                           "?error=redirect_uri_mismatch"
                           "&error_description=redirect_uri%20must%20match%20configuration")};
inline const Fact kSalesforceUnknownPage{
    "F", redirect_response("https://provider.example/setup/secur/RemoteAccessErrorPage.apexp"
                           "?error=invalid_client_id"
                           "&error_description=client%20identifier%20invalid")};

// Google: TruffleHog googleoauth2clientcredentials; googlesamples/google-signin-unity#64;
// nextcloud/integration_google#147.
inline const Fact kGoogleUnknown{
    "V", error_response(401, "invalid_client", "The OAuth client was not found.")};
inline const Fact kGoogleBad{
    "V", error_response(401, "invalid_client", "The provided client secret is invalid.")};
inline const Fact kGoogleBadOfOld{"F", error_response(401, "invalid_client", "Unauthorized")};
inline const Fact kGoogleGood{"VF", error_response(400, "invalid_grant", "Malformed auth code.")};
inline const Fact kGoogleMismatchPage{
    "F", html_response(400, "<h1>Error 400: redirect_uri_mismatch</h1>")};

// Microsoft Entra ID: TruffleHog azure_entra/serviceprincipal, by the client credentials grant;
// MicrosoftDocs/azure-docs#33356 and Azure-Samples/ms-identity-dotnet-webapi-azurefunctions#3, by a
// code.
inline const Fact kEntraUnknown{
    "V", error_response(
             400, "unauthorized_client",
             "AADSTS700016: Application with identifier 'x' was not found in the directory.")};
inline const Fact kEntraUnknownTenant{
    "V", error_response(400, "invalid_request", "AADSTS90002: Tenant 'x' not found.")};
inline const Fact kEntraBad{
    "V", error_response(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")};
inline const Fact kEntraExpired{
    "V", error_response(401, "invalid_client",
                        "AADSTS7000222: The provided client secret keys are expired.")};
inline const Fact kEntraGood{
    "F",
    error_response(400, "invalid_grant", "AADSTS9002313: Invalid request. Request is malformed.")};
inline const Fact kEntraGoodOtherwise{
    "F", error_response(400, "invalid_grant",
                        "AADSTS70000: The provided value for the 'code' parameter is not valid.")};
inline const Fact kEntraToken{
    "V", json_response(
             200, R"({"access_token":"minted-0000","token_type":"Bearer","expires_in":3599})")};

// GitHub: docs.github.com, "Troubleshooting OAuth app access token request errors"; TruffleHog
// github_oauth2, which sends no code.
inline const Fact kGithubBad{
    "D", error_response(200, "incorrect_client_credentials",
                        "The client_id and/or client_secret passed are incorrect.")};
inline const Fact kGithubGood{
    "DV", error_response(200, "bad_verification_code", "The code passed is incorrect or expired.")};
inline const Fact kGithubMismatch{
    "D", error_response(200, "redirect_uri_mismatch",
                        "The redirect_uri MUST match the registered callback URL for this "
                        "application.")};

// Slack: docs.slack.dev, oauth.v2.access, and the errors of all methods; python-slack-sdk#529;
// HolmesGPT#2106 for Basic.
inline const Fact kSlackUnknown{"D",
                                json_response(200, R"({"ok":false,"error":"invalid_client_id"})")};
inline const Fact kSlackBad{"DF",
                            json_response(200, R"({"ok":false,"error":"bad_client_secret"})")};
inline const Fact kSlackGood{"DF", json_response(200, R"({"ok":false,"error":"invalid_code"})")};
inline const Fact kSlackMismatch{"D",
                                 json_response(200, R"({"ok":false,"error":"bad_redirect_uri"})")};
inline const Fact kSlackBusy{"D", json_response(200, R"({"ok":false,"error":"ratelimited"})")};

// HubSpot: recorded exchanges in public repositories; mk-node-hubspot#87.
inline const Fact kHubspotUnknown{
    "F",
    json_response(400, R"({"status":"BAD_CLIENT_ID","message":"missing or unknown client id"})")};
inline const Fact kHubspotBad{
    "U",
    json_response(
        400, R"({"status":"BAD_CLIENT_SECRET","message":"missing or unknown client secret"})")};
inline const Fact kHubspotGood{
    "F",
    json_response(400, R"({"status":"BAD_AUTH_CODE","message":"missing or unknown auth code"})")};
inline const Fact kHubspotOther{"U",
                                json_response(400, R"({"status":"BAD_REQUEST","message":"no"})")};

// Okta: okta/okta-developer-docs, "OpenID Connect & OAuth 2.0 API", token and introspection;
// okta-smartfhir-docs#13; devforum.okta.com 10974 and 25024.
inline const Fact kOktaUnknown{
    "D", error_response(401, "invalid_client", "No client credentials found.")};
inline const Fact kOktaBad{
    "F", error_response(401, "invalid_client",
                        "The client secret supplied for a confidential client is invalid.")};
inline const Fact kOktaGood{
    "F", error_response(400, "invalid_grant", "The authorization code is invalid or has expired.")};
inline const Fact kOktaRefusesToIntrospect{
    "F", error_response(401, "invalid_client",
                        "Client authentication failed. Either the client or the client credentials "
                        "are invalid.")};
inline const Fact kOktaInactive{"D", json_response(200, R"({"active":false})")};

// Auth0: TruffleHog auth0oauth, by a code.
inline const Fact kAuth0Bad{"V", error_response(401, "access_denied", "Unauthorized")};
inline const Fact kAuth0Good{"V",
                             error_response(403, "invalid_grant", "Invalid authorization code")};
inline const Fact kAuth0GrantOff{"V", error_response(403, "unauthorized_client")};

// Atlassian: community.atlassian.com 1442839; n8n-io/n8n#37513; community.developer.atlassian.com
// 66643.
inline const Fact kAtlassianBad{"U", error_response(401, "access_denied", "Unauthorized")};
inline const Fact kAtlassianBadServiceAccount{"F", error_response(400, "invalid_client")};
inline const Fact kAtlassianGood{
    "F", error_response(403, "invalid_grant", "Invalid authorization code")};
inline const Fact kAtlassianGoodOfANewerApp{
    "F", error_response(400, "invalid_request", "authorization_code is invalid")};
inline const Fact kAtlassianForbidden{"U", error_response(403, "access_denied")};

// Zoom: JubaerHossain/zoom-laravel#3; 1nm/zoomapps-test; developers.zoom.us, OAuth errors.
inline const Fact kZoomBad{
    "F", json_response(
             400, R"({"reason":"Invalid client_id or client_secret","error":"invalid_client"})")};
inline const Fact kZoomGood{
    "F", json_response(
             400, R"({"reason":"Invalid authorization code made-up","error":"invalid_grant"})")};
inline const Fact kZoomUnknownPage{
    "FD", json_response(400, R"({"errorCode":4702,"errorMessage":"Invalid client_id"})")};
inline const Fact kZoomMismatchPage{
    "D", json_response(400, R"({"errorCode":4709,"errorMessage":"Redirect URI mismatch"})")};

// Keycloak: keycloak/keycloak TokenEndpoint, ClientIdAndSecretAuthenticator, ParEndpoint;
// qiita.com 389813318965ae2e8cb2 for prompt=none.
inline const Fact kKeycloakBad{"S", error_response(401, "unauthorized_client",
                                                   "Invalid client or Invalid client credentials")};
inline const Fact kKeycloakGood{"S", error_response(400, "invalid_grant", "Code not valid")};
inline const Fact kKeycloakMismatch{
    "S", error_response(400, "invalid_request", "Invalid parameter: redirect_uri")};
inline const Fact kKeycloakMismatchPage{
    "S", html_response(400, "<p>Invalid parameter: redirect_uri</p>")};

// Ory Hydra: ory/fosite access_request_handler.go, pushed_authorize_request_handler.go,
// revoke_handler.go; ory/k8s#112 for an unknown client.
inline const Fact kHydraBad{
    "SF", error_response(401, "invalid_client",
                         "Client authentication failed (e.g., unknown client, no client "
                         "authentication included, or unsupported authentication method).")};
inline const Fact kHydraOtherStyle{
    "S", error_response(401, "invalid_client",
                        "The OAuth 2.0 Client supports client authentication method "
                        "'client_secret_post', but method 'client_secret_basic' was requested.")};
inline const Fact kHydraGood{
    "S",
    error_response(
        400, "invalid_grant",
        "The provided authorization grant (e.g., authorization code, resource owner "
        "credentials) or refresh token is invalid, expired, revoked, does not match the "
        "redirection URI used in the authorization request, or was issued to another client.")};
inline const Fact kHydraNothingToRevoke{"S", {200, {}, ""}};
inline const Fact kHydraMismatch{
    "S", error_response(
             400, "invalid_request",
             "The request is missing a required parameter, includes an invalid parameter value, "
             "includes a parameter more than once, or is otherwise malformed. The 'redirect_uri' "
             "parameter does not match any of the OAuth 2.0 Client's pre-registered redirect "
             "urls.")};

// GitLab: TruffleHog gitlaboauth2, by the client credentials grant; doorkeeper-gem/doorkeeper, on
// which GitLab is built, authorization_code_request.rb, by a code: the client, found by id and
// secret together, then the code.
inline const Fact kGitlabBad{
    "VS", error_response(401, "invalid_client",
                         "Client authentication failed due to unknown client, no client "
                         "authentication included, or unsupported authentication method.")};
inline const Fact kGitlabGood{"V", error_response(400, "invalid_scope")};
inline const Fact kGitlabScopeApi{"V", json_response(422, "{}")};
inline const Fact kGitlabGoodByCode{"S", error_response(400, "invalid_grant")};

// Box: TruffleHog boxoauth, by the client credentials grant.
inline const Fact kBoxBad{
    "V", error_response(400, "invalid_client", "The client credentials are invalid")};
inline const Fact kBoxGood{"V",
                           error_response(400, "unauthorized_client",
                                          "The grant type is unauthorized for this client_id")};
inline const Fact kBoxGoodByCode{"U", error_response(400, "invalid_grant")};

// Webex: TruffleHog webex, by a code and with an unregistered callback. It looks for the word in
// "message", and names no status.
inline const Fact kWebexMismatch{
    "V", json_response(400, R"({"message":"error: redirect_uri_mismatch"})")};
inline const Fact kWebexMismatchByName{"U", error_response(400, "redirect_uri_mismatch")};
inline const Fact kWebexOther{"U", json_response(400, R"({"message":"error: another"})")};

// DNSimple: dnsimple/dnsimple-developer#1025, and the API's OAuth page.
inline const Fact kDnsimpleBad{"D", error_response(401, "invalid_client")};
inline const Fact kDnsimpleGood{"D", error_response(400, "invalid_grant")};
inline const Fact kDnsimpleMismatch{"D", error_response(400, "invalid_request")};

}  // namespace oauth
