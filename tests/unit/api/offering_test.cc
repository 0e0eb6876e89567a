#include "api/offering.h"

#include <gtest/gtest.h>

namespace {

using kube::Json;
using namespace std::chrono_literals;

TEST(Offering, says_where_the_api_server_serves_it) {
  EXPECT_EQ(api::Offering::resource().path("", "salesforce"),
            "/apis/oauth.integrations.dev/v1alpha1/offerings/salesforce");
}

TEST(Offering, a_status_with_nothing_in_it_is_only_its_observed_generation) {
  EXPECT_EQ(Json(api::OfferingStatus{}), Json({{"observedGeneration", -1}}));
}

TEST(Offering, what_is_empty_or_unset_is_not_written) {
  const Json spec = Json(api::Offering{}).at("spec");
  for (const char* field : {"displayName", "issuer", "endpoints", "allowedHosts", "tokens",
                            "authorizationParameters", "caBundle"}) {
    EXPECT_FALSE(spec.contains(field)) << field;
  }
  EXPECT_FALSE(spec.at("verification").contains("rules"));
  EXPECT_FALSE(spec.at("allowedNamespaces").contains("selector"));
}

TEST(Offering, an_empty_selector_is_not_the_same_as_none) {
  EXPECT_FALSE(
      Json(api::Offering{}).at("/spec/allowedNamespaces"_json_pointer).contains("selector"));
  const Json manifest = {
      {"spec", {{"allowedNamespaces", {{"from", "Selector"}, {"selector", Json::object()}}}}}};
  const Json encoded = manifest.get<api::Offering>();
  EXPECT_EQ(encoded.at("/spec/allowedNamespaces/selector"_json_pointer), Json::object());
}

TEST(Offering, each_endpoint_of_the_protocol_is_a_field_of_spec_and_status) {
  for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits) {
    api::Offering offering;
    offering.spec.endpoints.*endpoint.url = "https://login.example/spec";
    offering.status.endpoints.*endpoint.url = "https://login.example/status";
    const Json json = offering;
    EXPECT_EQ(json.at("spec").at("endpoints"),
              Json({{endpoint.field, "https://login.example/spec"}}));
    EXPECT_EQ(json.at("status").at("endpoints"),
              Json({{endpoint.field, "https://login.example/status"}}));
    EXPECT_EQ(json.get<api::Offering>().spec.endpoints, offering.spec.endpoints);
    EXPECT_EQ(json.get<api::Offering>().status.endpoints, offering.status.endpoints);
  }
}

TEST(Offering, null_reads_like_absent) {
  const Json manifest = {{"metadata", {{"name", "a"}}},
                         {"spec",
                          {{"issuer", nullptr},
                           {"endpoints", nullptr},
                           {"pkce", nullptr},
                           {"tokens", {{"refreshBefore", nullptr}}}}},
                         {"status", nullptr}};
  const auto offering = manifest.get<api::Offering>();
  EXPECT_EQ(offering.spec, api::OfferingSpec{});
  EXPECT_EQ(offering.status, api::OfferingStatus{});
}

TEST(Offering, durations_are_read_and_written_as_in_go) {
  const Json manifest = {{"spec",
                          {{"tokens", {{"defaultLifetime", "90m"}, {"refreshBefore", "1m30s"}}},
                           {"verification", {{"interval", "12h"}}}}}};
  const auto offering = manifest.get<api::Offering>();
  EXPECT_EQ(offering.spec.tokens.default_lifetime, net::Duration(90min));
  EXPECT_EQ(offering.spec.verification.interval, net::Duration(12h));
  const Json spec = Json(offering).at("spec");
  EXPECT_EQ(spec.at("/tokens/defaultLifetime"_json_pointer), "1h30m");
  EXPECT_EQ(spec.at("/tokens/refreshBefore"_json_pointer), "1m30s");
  EXPECT_EQ(spec.at("/verification/interval"_json_pointer), "12h");
}

std::string error_of(const Json& manifest) {
  try {
    static_cast<void>(manifest.get<api::Offering>());
  } catch (const Json::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(Offering, what_cannot_be_decoded_is_an_error_that_names_the_path_of_the_field) {
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"spec", {{"verification", {{"interval", "soon"}}}}}}, "spec.verification.interval: "},
      {{{"spec", {{"pkce", "plain"}}}}, "spec.pkce: must be one of S256, None, not \"plain\""},
      {{{"spec", {{"endpoints", "https://login.example"}}}},
       "spec.endpoints: must be an object, not string"},
      {{{"spec", {{"issuer", 7}}}}, "spec.issuer: must be a string, not number"},
      {{{"spec", {{"scopes", {{"required", {"a", false}}}}}}},
       "spec.scopes.required[1]: must be a string, not boolean"},
      {{{"spec", {{"tokenParameters", {{"audience", 1}}}}}},
       "spec.tokenParameters.audience: must be a string, not number"},
      {{{"spec", {{"verification", {{"rules", {{{"httpStatus", "400"}}}}}}}}},
       "spec.verification.rules[0].httpStatus: must be an integer, not string"},
      {{{"status", {{"discoveryTime", "yesterday"}}}}, "status.discoveryTime: "},
      {{{"status", {{"conditions", {{{"status", "Maybe"}}}}}}},
       "status.conditions[0].status: must be one of True, False, Unknown, not \"Maybe\""},
      {Json::array(), "the object: must be an object, not array"},
  };
  for (const auto& [manifest, message] : cases) {
    EXPECT_NE(error_of(manifest).find("] " + message), std::string::npos) << error_of(manifest);
  }
}

#if __has_include("oauth/verification/verifier.h") || __has_include("oauth/calls/call_scheduler.h")
constexpr bool has_verifier = true;
#else
constexpr bool has_verifier = false;
#endif
#if __has_include("oauth/protocol/provider.h")
constexpr bool has_protocol = true;
#else
constexpr bool has_protocol = false;
#endif

// A console that shows Offerings links `api` alone, as this test does.
TEST(Offering, a_program_that_links_the_api_alone_has_no_verifier) {
  EXPECT_TRUE(has_protocol);
  EXPECT_FALSE(has_verifier);
}

TEST(Offering, the_engine_gets_the_effective_endpoints_and_all_that_the_spec_says) {
  api::Offering offering;
  offering.spec.issuer = "https://login.example";
  offering.spec.endpoints.token = "https://login.example/from-the-spec";
  offering.status.endpoints.token = "https://login.example/effective";
  offering.spec.client_authentication = oauth::ClientAuthentication::ClientSecretPost;
  offering.spec.basic_encoding = oauth::BasicEncoding::Raw;
  offering.spec.pkce = oauth::Pkce::None;
  offering.spec.scopes.separator = ",";
  offering.spec.authorization_parameters = {{"access_type", "offline"}};
  offering.spec.token_parameters = {{"audience", "api"}};
  offering.spec.verification.method = oauth::Method::AuthorizationCode;
  offering.spec.verification.client_credentials_scope = "api";
  offering.spec.verification.callback_check = api::CallbackCheck::None;
  offering.spec.verification.rules.emplace_back().error = "bad_client";
  offering.spec.ca_bundle = "-----BEGIN CERTIFICATE-----";

  const oauth::Provider provider = api::to_provider(offering);
  EXPECT_EQ(provider.issuer, offering.spec.issuer);
  EXPECT_EQ(provider.endpoints, offering.status.endpoints);
  EXPECT_EQ(provider.client_authentication, offering.spec.client_authentication);
  EXPECT_EQ(provider.basic_encoding, offering.spec.basic_encoding);
  EXPECT_EQ(provider.pkce, offering.spec.pkce);
  EXPECT_EQ(provider.scope_separator, ",");
  EXPECT_EQ(provider.authorization_parameters, offering.spec.authorization_parameters);
  EXPECT_EQ(provider.token_parameters, offering.spec.token_parameters);
  EXPECT_EQ(provider.method, oauth::Method::AuthorizationCode);
  EXPECT_EQ(provider.client_credentials_scope, "api");
  EXPECT_FALSE(provider.check_callback);
  EXPECT_EQ(provider.rules, offering.spec.verification.rules);
  EXPECT_EQ(provider.ca_bundle_pem, offering.spec.ca_bundle);
}

}  // namespace
