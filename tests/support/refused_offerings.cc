#include "support/refused_offerings.h"

#include <functional>

namespace support {
namespace {

using net::Json;
using Rows = std::vector<Refused>;

constexpr const char* kHttps = "must begin with https:// (http:// is for loopback hosts only";
constexpr const char* kIssuer = "must be an absolute URL without user info, query, fragment";
constexpr const char* kUrl = "must be an absolute URL without user info, fragment, spaces";
constexpr const char* kHost = "the host must be a DNS name in lower case";
constexpr const char* kPort = "the port must be a number from 1 to 65535";
constexpr const char* kDots = "the path must not have the segments \".\" and \"..\" in it";

const std::vector<const char*> kEndpoints = {
    "authorization", "token", "revocation", "introspection", "pushedAuthorizationRequest",
    "userInfo"};

// Texts that are no authority of a URL, and the message against each.
struct Authority {
  const char* text;
  const char* expected;
};
const std::vector<Authority> kNoAuthorities = {
    {"login.example:0", kPort},
    {"login.example:99999", kPort},
    {"login.example:65536", kPort},
    {"login.example:0443", kPort},
    {"login.example:", kPort},
    {"..", kHost},
    {"-", kHost},
    {"_", kHost},
    {"a..example", kHost},
    {"-a.example", kHost},
    {"a-.example", kHost},
    {"a_b.example", kHost},
    {"a~b.example", kHost},
    {"login.example.", kHost},
    {"*.example", kHost},
    {"LOGIN.example", kHost},
    {"256.1.1.1", kHost},
    {"1.2.3", kHost},
    {"1.2.3.04", kHost},
    {"[::1", kHost},
    {"[1::2::3]", kHost},
    {"[::G]", kHost},
};

Rows issuers() {
  Rows rows;
  const auto add = [&](const std::string& issuer, const char* expected) {
    rows.push_back({issuer, {{"issuer", issuer}}, expected});
  };
  for (const Authority& authority : kNoAuthorities)
    add("https://" + std::string{authority.text} + "/a", authority.expected);
  add("http://login.example", kHttps);
  add("ftp://login.example", kHttps);
  add("HTTPS://login.example", kHttps);
  add("HTTP://localhost:1", kHttps);
  add("http://LOCALHOST", kHttps);
  add("http://127.0.0.1.example", kHttps);
  add("http://localhost.example", kHttps);
  add("http://127.999.0.1", kHttps);
  add("http://127.1", kHttps);
  add("http://[::2]", kHttps);
  add("https://user@login.example", kIssuer);
  add("https://login.example?tenant=a", kIssuer);
  add("https://login.example/a?b", kIssuer);
  add("https://login.example/#a", kIssuer);
  add("login.example", kIssuer);
  add("https:///a", kIssuer);
  add("https://login.example/a b", kIssuer);
  add("https://login.example\n", kIssuer);
  add("https://login.example/ü", kIssuer);
  add("https://bücher.example", kIssuer);
  add("https://login.example/%zz", kIssuer);
  add("https://login.example/a/../b", kDots);
  add("https://login.example/.", kDots);
  add("https://login.example/%2e%2E/b", kDots);
  for (const char* name : {"openid-configuration", "oauth-authorization-server/tenant"})
    add("https://login.example/.well-known/" + std::string{name},
        "leave out /.well-known/ and the name after it");
  add("https://login.example/tenant/.well-known/openid-configuration",
      "leave out /.well-known/ and the name after it");
  return rows;
}

Rows endpoints() {
  Rows rows;
  for (const char* endpoint : kEndpoints) {
    const auto add = [&](const std::string& url, const std::string& expected) {
      rows.push_back({endpoint + (" " + url), {{"endpoints", {{endpoint, url}}}}, expected});
    };
    for (const Authority& authority : kNoAuthorities)
      add("https://" + std::string{authority.text} + "?a", authority.expected);
    add("http://login.example/a", kHttps);
    add("http://127.999.1.1/a", kHttps);
    add("http://127.0.0.1@login.example/a", kUrl);
    add("https://login.example/a#b", kUrl);
    add("https://login.example/a b", kUrl);
    add("https://login.example/a?b=%2", kUrl);
    add("/oauth2/token", kUrl);
    add("https://login.example/a/../b", kDots);
    for (const char* query : {"?client_id=a", "?tenant=a&CLIENT_ID=b", "?state", "?a&grant_type=b",
                              "?response_type=token", "?client_secret=a"})
      add("https://login.example/a" + std::string{query},
          "leave response_type, client_id, client_secret, redirect_uri, scope, state and the like");
  }
  rows.push_back({"one address for both",
                  {{"endpoints",
                    {{"authorization", "https://login.example/authorize"},
                     {"token", "https://login.example/authorize"}}}},
                  "spec.endpoints.token: Invalid value: the authorization endpoint is for users'"});
  return rows;
}

Rows without_issuer() {
  const char* expected =
      "spec.endpoints: Invalid value: without spec.issuer there is nothing to discover endpoints "
      "from: set spec.issuer, or both spec.endpoints.authorization and spec.endpoints.token";
  const Json both = {{"authorization", "https://login.example/a"},
                     {"token", "https://login.example/t"}};
  Rows rows = {
      {"no endpoints", {{"issuer", nullptr}}, expected},
      {"only token", {{"issuer", nullptr}, {"endpoints", {{"token", both["token"]}}}}, expected},
      {"only authorization",
       {{"issuer", nullptr}, {"endpoints", {{"authorization", both["authorization"]}}}},
       expected},
      {"hosts for a discovery that does not happen",
       {{"issuer", nullptr}, {"endpoints", both}, {"allowedHosts", {"login.example"}}},
       "spec.allowedHosts: Invalid value: are the hosts that discovery may lead to"}};
  const auto add = [&](const char* method, const std::string& endpoint) {
    rows.push_back(
        {method,
         {{"issuer", nullptr}, {"endpoints", both}, {"verification", {{"method", method}}}},
         "without spec.issuer, set spec.endpoints." + endpoint});
  };
  add("PushedAuthorizationRequest", "pushedAuthorizationRequest");
  add("Introspection", "introspection");
  add("Revocation", "revocation");
  return rows;
}

Rows allowed_hosts() {
  const char* expected = "must be a host or host:port in lower case, without scheme and path";
  Rows rows;
  const auto add = [&](const std::string& host) {
    rows.push_back({host, {{"allowedHosts", {host}}}, expected});
  };
  for (const Authority& authority : kNoAuthorities) add(authority.text);
  for (const char* host :
       {"https://login.example", "login.example/a", "Login.example", "a b", "a@b.example"})
    add(host);
  rows.push_back({"default port", {{"allowedHosts", {"login.example:443"}}}, "leave out :443"});
  return rows;
}

Rows scopes() {
  const char* one = "must be a single scope without spaces, quotes and backslashes";
  Rows rows;
  for (const char* list : {"required", "optional"}) {
    for (const char* scope : {"openid email", "a\"b", "a\\b", "a\nb", "ü"})
      rows.push_back({scope, {{"scopes", {{list, {scope}}}}}, one});
    for (const char* separator : {" ", ","})
      rows.push_back({"with a comma",
                      {{"scopes", {{list, {"openid,email"}}, {"separator", separator}}}},
                      "a scope must not contain a comma: write each scope as an item of its own"});
  }
  rows.push_back({"in both lists",
                  {{"scopes", {{"required", {"openid", "api"}}, {"optional", {"email", "api"}}}}},
                  "a scope is either required or optional: remove api from one of the two lists"});
  return rows;
}

Rows parameters() {
  Rows rows;
  const auto add = [&](const char* field, const std::string& name, const std::string& value,
                       const std::string& expected) {
    rows.push_back({std::string(field) + "." + name, {{field, {{name, value}}}}, expected});
  };
  for (const char* name : {"response_type", "response_mode", "client_id", "client_secret",
                           "client_assertion", "client_assertion_type", "redirect_uri", "scope",
                           "state", "nonce", "code_challenge", "code_challenge_method", "request",
                           "request_uri", "registration", "dpop_jkt", "STATE", "Redirect_URI"})
    add("authorizationParameters", name, "a",
        "the operator itself sends the protocol's own: remove response_type");
  for (const char* name :
       {"grant_type", "code", "redirect_uri", "client_id", "client_secret", "client_assertion",
        "client_assertion_type", "code_verifier", "refresh_token", "scope", "username", "password",
        "assertion", "token", "token_type_hint", "GRANT_TYPE"})
    add("tokenParameters", name, "a",
        "the operator itself sends the protocol's own: remove grant_type");
  for (const char* field : {"authorizationParameters", "tokenParameters"}) {
    for (const char* name : {"", "a b", "a=b", "a&b"})
      add(field, name, "a", "the names of parameters are 1 to 64 letters, digits and ._~-");
    for (const char* value : {"a\nb", "\t", "a\x7f"})
      add(field, "prompt", value, "must not have line feeds and other control characters");
  }
  return rows;
}

Rows response_fields() {
  Rows rows;
  const auto add = [&](const char* name, const char* expected) {
    rows.push_back({name, {{"tokenResponseFields", {name}}}, expected});
  };
  add("refresh_token", "refresh_token and id_token are never handed to workloads: remove them");
  add("id_token", "refresh_token and id_token are never handed to workloads: remove them");
  for (const char* name : {"access_token", "token_type", "expires_at", "scope"})
    add(name, "access_token, token_type, expires_at and scope are written anyway: remove them");
  add("a/b", "becomes a key of a Secret: write letters, digits and -._ only");
  return rows;
}

Rows durations() {
  Rows rows;
  const auto add = [&](const char* parent, const char* field, const char* least) {
    const std::string expected =
        "must be a duration of at least " + std::string{least} + " in h, m";
    const auto row = [&](const std::string& value, const std::string& words) {
      rows.push_back({std::string{field} + " " + value, {{parent, {{field, value}}}}, words});
    };
    for (const char* value : {"soon", "1d", "-1h", "3600", "1h 30m", "9s59ms", "100000m", "1.2345h",
                              ".5h", "1h\n", "0", "1us"})
      row(value, expected);
    for (const char* value : {"99999h", "8760h1ms", "8761h", "99999h99999h99999h99999h"})
      row(value, "must be a duration of at most 8760h, which is a year");
  };
  add("verification", "interval", "10m");
  add("tokens", "defaultLifetime", "1m");
  add("tokens", "refreshBefore", "10s");
  rows.push_back({"interval 9m59s",
                  {{"verification", {{"interval", "9m59s"}}}},
                  "must be a duration of at least 10m in h, m, s and ms, such as 24h"});
  rows.push_back({"defaultLifetime 59s",
                  {{"tokens", {{"defaultLifetime", "59s"}}}},
                  "must be a duration of at least 1m in h, m, s and ms, such as 2h"});
  rows.push_back(
      {"refreshed before issued",
       {{"tokens", {{"defaultLifetime", "1h"}, {"refreshBefore", "60m"}}}},
       "spec.tokens.refreshBefore: Invalid value: must be shorter than defaultLifetime"});
  return rows;
}

Rows verification() {
  const char* expected = "set onUnverifiable to Allow, or choose another method";
  return {
      {"None alone", {{"verification", {{"method", "None"}}}}, expected},
      {"None and Block",
       {{"verification", {{"method", "None"}, {"onUnverifiable", "Block"}}}},
       expected},
      {"a scope for another method",
       {{"verification", {{"clientCredentialsScope", "api"}}}},
       "is for the method ClientCredentials alone"},
      {"scopes that are none",
       {{"verification", {{"method", "ClientCredentials"}, {"clientCredentialsScope", "a  b"}}}},
       "must be scopes with one space between them"},
      {"an encoding that is not used",
       {{"clientAuthentication", "ClientSecretPost"}, {"basicEncoding", "Raw"}},
       "spec.basicEncoding: Invalid value: has no effect with ClientSecretPost"}};
}

Rows rules() {
  Rows rows;
  const auto add = [&](const char* what, const Json& rule, const char* expected) {
    rows.push_back({what, {{"verification", {{"rules", rule}}}}, expected});
  };
  const Json rule = {{"error", "a"}, {"subject", "Credentials"}, {"verdict", "Rejected"}};
  add("a rule for everything", {{{"subject", "Credentials"}, {"verdict", "Verified"}}},
      "a rule without criteria would fit every answer: set httpStatus, error or "
      "descriptionContains");
  for (const char* subject : {"Credentials", "Callback", "Scopes"}) {
    add("a refused client that is let in",
        {{{"error", "invalid_client"}, {"subject", subject}, {"verdict", "Verified"}}},
        "invalid_client is how a provider refuses a client (RFC 6749, 5.2)");
    add("a 401 that is let in",
        {{{"httpStatus", 401}, {"error", "a"}, {"subject", subject}, {"verdict", "Verified"}}},
        "401 is how a provider refuses a client (RFC 6749, 5.2)");
  }
  Json with_default = rule;
  with_default["errorField"] = "error";
  add("the same rule twice", {rule, rule}, "the rule is duplicated");
  add("the same rule twice, by a default", {rule, with_default}, "the rule is duplicated");
  Json with_message = rule;
  with_message["message"] = "two\nlines";
  add("a message of two lines", Json::array({with_message}), "must be printable text on one line");
  return rows;
}

Rows texts() {
  Rows rows;
  for (const char* field : {"displayName", "provider", "environment"})
    for (const char* text : {" ", "\t", "!! x\n", " a", "a ", "a\nb", "a\x07", "a\x7f", "\u00a0",
                             "a\u2028b", "a\u202eb", "\u200b", "a\u0085b"})
      rows.push_back({field, {{field, text}}, "must be printable text on one line"});
  return rows;
}

Rows ca_bundles() {
  const char* expected =
      "must be one or more PEM certificates, and begin with -----BEGIN CERTIFICATE-----";
  const std::string begin = "-----BEGIN CERTIFICATE-----\n", end = "-----END CERTIFICATE-----\n";
  const std::string certificate = begin + "MIIB\n" + end;
  Rows rows = {{"base64", {{"caBundle", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}}, expected},
               {"half", {{"caBundle", begin + "MIIB"}}, expected},
               {"empty", {{"caBundle", begin + end}}, expected},
               {"comment first", {{"caBundle", "# CA\n" + certificate}}, expected},
               {"junk between", {{"caBundle", certificate + "hello\n" + certificate}}, expected},
               {"junk after", {{"caBundle", certificate + "hello"}}, expected},
               {"junk inside", {{"caBundle", begin + "MI!B\n" + end}}, expected}};
  for (const std::string type : {"", "RSA ", "EC ", "ENCRYPTED "})
    rows.push_back({type + "key",
                    {{"caBundle", certificate + "-----BEGIN " + type + "PRIVATE KEY-----\nMIIB\n" +
                                      "-----END " + type + "PRIVATE KEY-----\n"}},
                    "has a private key in it, which everybody who may view Offerings could read"});
  return rows;
}

Rows selectors() {
  const auto selecting = [](const Json& selector) {
    return Json{{"allowedNamespaces", {{"from", "Selector"}, {"selector", selector}}}};
  };
  const auto demanding = [&](const Json& expression) {
    return selecting({{"matchExpressions", {expression}}});
  };
  const char* together = "from: Selector and a selector belong together: set both, or neither";
  const char* values = "In and NotIn need values; Exists and DoesNotExist have none";
  const char* empty = "an empty selector fits every namespace: write from: All";
  Rows rows = {
      {"no selector", {{"allowedNamespaces", {{"from", "Selector"}}}}, together},
      {"a selector with All", {{"allowedNamespaces", {{"selector", Json::object()}}}}, together},
      {"an empty selector", selecting(Json::object()), empty},
      {"empty labels", selecting({{"matchLabels", Json::object()}}), empty},
      {"empty demands", selecting({{"matchExpressions", Json::array()}}), empty},
      {"In nothing", demanding({{"key", "a"}, {"operator", "In"}}), values},
      {"In an empty list",
       demanding({{"key", "a"}, {"operator", "NotIn"}, {"values", Json::array()}}), values},
      {"Exists with a value", demanding({{"key", "a"}, {"operator", "Exists"}, {"values", {"b"}}}),
       values}};
  for (const char* key :
       {"a b", "EXAMPLE.com/crm", "a..b/crm", "/crm", "crm/", "a/b/c", "!!", "-a"}) {
    rows.push_back(
        {key, selecting({{"matchLabels", {{key, "c"}}}}), "the keys must be names of labels"});
    rows.push_back({key, demanding({{"key", key}, {"operator", "Exists"}}),
                    "must be the name of a label, such as crm"});
  }
  for (const char* value : {"a b", "-a", "a/b", "ü"}) {
    rows.push_back(
        {value, selecting({{"matchLabels", {{"crm", value}}}}), "no label has such a value"});
    rows.push_back({value, demanding({{"key", "a"}, {"operator", "In"}, {"values", {value}}}),
                    "no label has such a value"});
  }
  return rows;
}

}  // namespace

std::vector<RefusedTable> refused_offerings() {
  return {{"an_issuer_is_an_https_url_that_leads_somewhere", "Offering", issuers()},
          {"every_endpoint_is_an_https_url_that_leads_somewhere", "Offering", endpoints()},
          {"without_an_issuer_the_endpoints_must_be_given", "Offering", without_issuer()},
          {"allowed_hosts_are_hosts", "Offering", allowed_hosts()},
          {"scopes_are_scope_tokens_and_required_or_optional", "Offering", scopes()},
          {"the_protocols_own_parameters_cannot_be_set", "Offering", parameters()},
          {"workloads_get_no_refresh_and_id_tokens", "Offering", response_fields()},
          {"durations_are_long_and_short_enough", "Offering", durations()},
          {"what_has_no_effect_is_refused", "Offering", verification()},
          {"no_rule_lets_in_whom_a_provider_refuses", "Offering", rules()},
          {"texts_are_printable", "Offering", texts()},
          {"a_ca_bundle_has_certificates_and_nothing_else", "Offering", ca_bundles()},
          {"a_selector_selects_some_namespaces", "Offering", selectors()}};
}

}  // namespace support
