// The catalog's providers for tests: endpoints and rules are those of the files, so that neither
// can change without the other.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "api/offering.h"
#include "net/clock.h"
#include "oauth/protocol/rules.h"
#include "oauth/verification/verifier.h"
#include "provider_answers.h"
#include "support/crd_schema.h"

namespace oauth {

inline api::Offering catalog_offering(const std::string& file) {
  return support::read_manifest("catalog/" + file).get<api::Offering>();
}

inline bool is_unverified(const std::string& file) {
  return file.find("unverified/") != std::string::npos;
}

// Adds endpoints as discovery at a test's host would: those of the code flow, and that of `method`,
// if it needs another.
inline Provider provider_of(const std::string& file, Method method = Method::Auto) {
  api::Offering described = catalog_offering(file);
  described.status.endpoints = described.spec.endpoints;
  Provider provider = api::to_provider(described);
  if (method != Method::Auto) provider.method = method;
  Endpoints& endpoints = provider.endpoints;
  const auto discover = [](std::string& endpoint, const char* path) {
    if (endpoint.empty()) endpoint = std::string("https://provider.example/") + path;
  };
  discover(endpoints.token, "token");
  discover(endpoints.authorization, "authorize");
  if (method == Method::PushedAuthorizationRequest) {
    discover(endpoints.pushed_authorization_request, "par");
  }
  if (method == Method::Introspection) discover(endpoints.introspection, "introspect");
  if (method == Method::Revocation) discover(endpoints.revocation, "revoke");
  return provider;
}

inline VerificationRequest request_to(const Provider& provider) {
  VerificationRequest request;
  request.provider = provider;
  request.client_id = "invented-client-4711";
  request.secrets = {{"client_secret", net::SecretString("invented-Secret-0815")}};
  request.redirect_uri = "https://operator.example/oauth/callback/catalog";
  return request;
}

inline bool has_own_secret(const net::HttpRequest& asked, const VerificationRequest& request) {
  const net::SecretString& secret = request.secrets[0].value;
  if (request.provider.client_authentication == ClientAuthentication::ClientSecretPost) {
    return field(asked, "client_secret") == secret.reveal();
  }
  const auto own = client_request(request.provider, asked.url, {request.client_id, secret}, {});
  return asked.headers.get("Authorization") == own.headers.get("Authorization");
}

inline VerificationReport verify_at(const VerificationRequest& request,
                                    const ScriptedHttp::Script& script) {
  ScriptedHttp http(script);
  net::ManualClock clock;
  return verify(request, http, clock, {});
}

// Joins several tables.
template <class Row>
std::vector<Row> together(const std::vector<std::vector<Row>>& tables) {
  std::vector<Row> rows;
  for (const auto& table : tables) rows.insert(rows.end(), table.begin(), table.end());
  return rows;
}

// Returns whether this rule, and none before it, matches one of the facts. For files outside
// unverified/ only facts with a source count.
inline bool stands_on_one_of(const std::vector<Fact>& facts, const std::string& file,
                             std::size_t rule) {
  const std::vector<Rule> rules = catalog_offering(file).spec.verification.rules;
  return std::any_of(facts.begin(), facts.end(), [&](const Fact& fact) {
    if (is_assumed(fact) && !is_unverified(file)) return false;
    const Answer answer = read_answer(fact.answer, net::SystemTime{}, {});
    const auto first = std::find_if(rules.begin(), rules.end(),
                                    [&](const Rule& each) { return matches(each, answer); });
    return first == rules.begin() + static_cast<std::ptrdiff_t>(rule);
  });
}

}  // namespace oauth
