// Providers that misbehave or are down: the operator gives the right verdict, follows no redirect,
// and takes Configured from nobody.
#include <gtest/gtest.h>

#include <atomic>
#include <sstream>

#include "net/crypto.h"
#include "support/oidc_provider.h"
#include "support/scripted_provider.h"
#include "support/stage.h"
#include "support/test_certificates.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;

net::ServerTls server_tls(const TestCertificate& certificate) {
  return {.cert_chain_pem = certificate.cert_pem,
          .key_pem = net::SecretString{certificate.key_pem}};
}

// Returns the PEM with `with` before each line, for a YAML block.
std::string indented(const std::string& text, const std::string& with) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += with + line + "\n";
  return result;
}

class Providers : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
  }
  void apply_all(const std::string& more = {}) {
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url(), more));
    apply_secret();
    apply_integration();
  }
  // Makes it Configured, before the provider begins to fail.
  void configure() {
    apply_all();
    expect_configured(await_reason(reason::configured));
  }
  api::Integration await_unconfirmed() {
    return await([](const api::Integration& i) {
      return message_of(i.status.conditions, condition::credentials_verified)
                 .find("Unconfirmed since") != std::string::npos;
    });
  }
  // Expects that a Configured Integration stays so while the provider answers `answer`. Its status
  // is clean once the provider is honest again.
  void expect_to_outlive(const ScriptedProvider::Answer& answer) {
    configure();
    provider_.on("/token", answer);
    request_verification("once");
    const api::Integration shaken = await_unconfirmed();
    expect_configured(shaken);
    EXPECT_EQ(reason_of_condition(shaken, condition::credentials_verified), reason::verified);
    EXPECT_NE(message_of(shaken.status.conditions, condition::credentials_verified)
                  .find("Next check at "),
              std::string::npos);
    EXPECT_EQ(shaken.status.last_handled_reconcile_at, "once");
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    const api::Integration calm = await([](const api::Integration& i) {
      return message_of(i.status.conditions, condition::credentials_verified)
                 .find("Unconfirmed since") == std::string::npos;
    });
    expect_configured(calm);
  }
  // A new Integration is Draft, and waits, while the provider answers `answer`; and is Configured
  // once it is honest.
  void expect_to_wait_for(const ScriptedProvider::Answer& answer, const std::string& said) {
    provider_.on("/token", answer);
    apply_all();
    const api::Integration draft = await_reason(reason::provider_unreachable);
    expect_draft(draft, reason::provider_unreachable, condition::reconciling);
    EXPECT_NE(message(draft).find(said), std::string::npos) << message(draft);
    EXPECT_NE(message(draft).find("Next check at "), std::string::npos) << message(draft);
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    expect_configured(await_reason(reason::configured));
  }
  // For an answer that proves nothing: expects Unverifiable, and a message with the thing to check.
  void expect_unverifiable(const ScriptedProvider::Answer& answer, const std::string& said) {
    provider_.on("/token", answer);
    apply_all();
    const api::Integration draft = await_reason(reason::unverifiable);
    expect_draft(draft, reason::unverifiable, condition::stalled);
    EXPECT_NE(message(draft).find(said), std::string::npos) << message(draft);
    EXPECT_TRUE(draft.status.client_id.empty());
  }

  ScriptedProvider provider_;
};

TEST_F(Providers, an_honest_one_without_metadata_is_verified_by_a_made_up_code) {
  configure();
  const auto configured = cluster_.integrations().get({ns_, "app"});
  EXPECT_EQ(configured->status.verification.method, "AuthorizationCode");
  EXPECT_EQ(reason_of(configured->status.conditions, condition::callback_registered),
            reason::accepted);
  // The control: the same request with another secret, which the provider must have refused.
  const auto asked = provider_.requests("/token");
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].client_secret, kClientSecret);
  EXPECT_NE(asked[1].client_secret, kClientSecret);
  EXPECT_EQ(asked[1].client_secret.size(), std::string{kClientSecret}.size());
}

TEST_F(Providers, one_that_never_checks_the_secret_is_unverifiable_until_it_does) {
  expect_unverifiable([](const auto&) { return oauth_error(400, "invalid_grant"); }, "secret");
  provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
  request_verification("mended");
  expect_configured(await_reason(reason::configured));
}

TEST_F(Providers,
       one_that_never_checks_the_secret_passes_where_the_offering_allows_it_and_says_so) {
  provider_.on("/token", [](const auto&) { return oauth_error(400, "invalid_grant"); });
  apply_all("  verification: {onUnverifiable: Allow}\n");
  const api::Integration configured = await_reason(reason::configured_unverified);
  expect_configured(configured, reason::configured_unverified);
  EXPECT_EQ(reason_of_condition(configured, condition::credentials_verified), reason::unverifiable);
  EXPECT_TRUE(configured.status.client_id.empty());
}

TEST_F(Providers, verification_that_is_turned_off_is_said_to_be_off) {
  apply_all("  verification: {method: None, onUnverifiable: Allow, callbackCheck: None}\n");
  expect_configured(await_reason(reason::configured_unverified), reason::configured_unverified);
  EXPECT_TRUE(provider_.requests("/token").empty());
}

TEST_F(Providers, one_that_redirects_before_it_validates_the_callback_proves_nothing) {
  provider_.on("/authorize", [](const ScriptedProvider::Request& request) {
    return redirect(request.parameters.at("redirect_uri") + "?error=login_required");
  });
  apply_all();
  const api::Integration configured = await_reason(reason::configured_callback_unproven);
  expect_configured(configured, reason::configured_callback_unproven);
  EXPECT_EQ(reason_of_condition(configured, condition::callback_registered), reason::not_checkable);
}

TEST_F(Providers, one_that_shows_the_same_page_to_every_callback_proves_nothing_until_it_does) {
  provider_.on("/authorize", [](const auto&) { return html(200, "Sign in"); });
  apply_all();
  expect_configured(await_reason(reason::configured_callback_unproven),
                    reason::configured_callback_unproven);
  provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
  request_verification("mended");
  expect_configured(await_reason(reason::configured));
}

// Everybody registered the old address, and this provider never shows the one that it knows: the
// operator must ask people, and they confirm the new one.
TEST_F(Providers, a_callback_url_that_changed_is_draft_until_somebody_says_that_it_is_registered) {
  provider_.on("/authorize", [](const auto&) { return html(200, "Sign in"); });
  apply_all();
  const api::Integration before = await_reason(reason::configured_callback_unproven);
  restart_operator({"--public-url", "http://localhost:18082"});
  const api::Integration moved = await_reason(reason::callback_url_changed);
  expect_draft(moved, reason::callback_url_changed, condition::stalled);
  EXPECT_NE(message(moved).find(before.status.callback_url), std::string::npos) << message(moved);
  EXPECT_NE(message(moved).find(moved.status.callback_url), std::string::npos) << message(moved);
  EXPECT_EQ(moved.status.callback_url, callback_url());
  request_verification("registered");
  expect_configured(await_reason(reason::configured_callback_unproven),
                    reason::configured_callback_unproven);
  restart_operator();
}

TEST_F(Providers, one_that_refuses_the_callback_by_name_is_believed) {
  provider_.on("/authorize", honest_authorization_endpoint({"https://elsewhere.example/callback"}));
  apply_all();
  const api::Integration draft = await_reason(reason::rejected);
  expect_draft(draft, reason::rejected, condition::stalled);
  EXPECT_EQ(reason_of_condition(draft, condition::callback_registered), reason::rejected);
}

TEST_F(Providers, a_client_that_may_not_use_the_code_grant_is_told_so) {
  provider_.on("/token", [](const auto&) { return oauth_error(400, "unauthorized_client"); });
  apply_all();
  const api::Integration draft = await_reason(reason::grant_not_allowed);
  expect_draft(draft, reason::grant_not_allowed, condition::stalled);
  provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
  expect_configured(await_reason(reason::configured));
}

TEST_F(Providers, html_is_no_answer_of_a_token_endpoint) {
  expect_unverifiable([](const auto&) { return html(200, "Welcome"); }, "token endpoint");
}

TEST_F(Providers, a_404_is_no_answer_of_a_token_endpoint) {
  expect_unverifiable([](const auto&) { return html(404, "Not found"); }, "404");
}

TEST_F(Providers, a_redirect_to_another_host_is_not_followed) {
  ScriptedProvider elsewhere;
  elsewhere.on("/token", honest_token_endpoint(client_, kClientSecret));
  expect_unverifiable([&](const auto&) { return redirect(elsewhere.url("/token")); }, "302");
  EXPECT_TRUE(elsewhere.requests("/token").empty());
}

TEST_F(Providers, an_answer_of_ten_megabytes_is_not_swallowed) {
  expect_unverifiable([](const auto&) { return json(400, std::string(10 << 20, ' ')); },
                      "too large");
}

TEST_F(Providers, a_503_is_waited_out) {
  expect_to_wait_for([](const auto&) { return html(503, "maintenance"); }, "503");
}

TEST_F(Providers, a_429_is_waited_out_for_as_long_as_it_says) {
  std::atomic<int> asked{0};
  provider_.on("/token", [&](const auto&) {
    ++asked;
    auto response = oauth_error(429, "slow_down");
    response.headers.add("Retry-After", "8");
    return response;
  });
  apply_all();
  const auto before = std::chrono::steady_clock::now();
  const api::Integration draft = await_reason(reason::provider_unreachable);
  expect_draft(draft, reason::provider_unreachable, condition::reconciling);
  provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
  // Even a person's request does not shorten the provider's wait.
  request_verification("now");
  expect_configured(await_reason(reason::configured));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::seconds{7});
  EXPECT_EQ(asked, 1);
}

TEST_F(Providers, one_that_hangs_is_pending_within_a_second_and_unreachable_after_its_time) {
  provider_.hold();
  apply_all();
  const api::Integration pending = await_reason(reason::pending);
  expect_draft(pending, reason::pending, condition::reconciling);
  const api::Integration draft = await_reason(reason::provider_unreachable);
  expect_draft(draft, reason::provider_unreachable, condition::reconciling);
  provider_.release();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Providers, what_was_configured_outlives_a_503) {
  expect_to_outlive([](const auto&) { return html(503, "maintenance"); });
}

TEST_F(Providers, what_was_configured_outlives_a_429) {
  expect_to_outlive([](const auto&) { return oauth_error(429, "slow_down"); });
}

TEST_F(Providers, what_was_configured_outlives_html) {
  expect_to_outlive([](const auto&) { return html(200, "We are back soon"); });
}

TEST_F(Providers, what_was_configured_outlives_a_404) {
  expect_to_outlive([](const auto&) { return html(404, "Not found"); });
}

TEST_F(Providers, what_was_configured_outlives_a_redirect_that_is_not_followed) {
  ScriptedProvider elsewhere;
  expect_to_outlive([&](const auto&) { return redirect(elsewhere.url("/token")); });
  EXPECT_TRUE(elsewhere.requests("/token").empty());
}

TEST_F(Providers, what_was_configured_outlives_an_answer_of_ten_megabytes) {
  expect_to_outlive([](const auto&) { return json(400, std::string(10 << 20, ' ')); });
}

TEST_F(Providers, an_authorization_endpoint_that_is_down_un_configures_nobody) {
  configure();
  provider_.on("/authorize", [](const auto&) { return html(503, "maintenance"); });
  request_verification("once");
  const api::Integration shaken = await_unconfirmed();
  expect_configured(shaken);
  EXPECT_EQ(reason_of_condition(shaken, condition::callback_registered), reason::accepted);
}

TEST_F(Providers, new_inputs_are_draft_until_the_provider_has_answered) {
  configure();
  provider_.on("/token", [](const auto&) { return html(503, "maintenance"); });
  apply_secret("another-secret-altogether");
  const api::Integration draft = await_reason(reason::provider_unreachable);
  expect_draft(draft, reason::provider_unreachable, condition::reconciling);
}

TEST_F(Providers, an_expired_certificate_is_unreachable_and_named) {
  const TestCa ca;
  ScriptedProvider expired(server_tls(ca.issue({.expired = true})));
  expired.on("/token", honest_token_endpoint(client_, kClientSecret));
  cluster_.apply(scripted_offering_yaml(offering_, expired.url(),
                                        "  caBundle: |\n" + indented(ca.cert_pem(), "    ")));
  apply_secret();
  apply_integration();
  const api::Integration draft = await_reason(reason::provider_unreachable);
  expect_draft(draft, reason::provider_unreachable, condition::reconciling);
  EXPECT_NE(message(draft).find("expired"), std::string::npos) << message(draft);
  EXPECT_TRUE(expired.requests("/token").empty());
}

TEST_F(Providers, one_behind_a_private_ca_is_trusted_by_the_offerings_bundle) {
  const TestCa ca;
  ScriptedProvider secure(server_tls(ca.issue({})));
  secure.on("/token", honest_token_endpoint(client_, kClientSecret));
  secure.on("/authorize", honest_authorization_endpoint({callback_url()}));
  cluster_.apply(scripted_offering_yaml(offering_, secure.url(),
                                        "  caBundle: |\n" + indented(ca.cert_pem(), "    ")));
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
}

// The real provider goes away and comes back.
TEST_F(Providers, a_real_provider_that_is_killed_un_configures_nobody) {
  OidcProvider real;
  real.register_client({client_, kClientSecret, {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, real.issuer()));
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  real.kill();
  request_verification("once");
  expect_configured(await_unconfirmed());
}

TEST_F(Providers, a_real_provider_without_pushed_requests_is_verified_by_a_made_up_code) {
  OidcProvider real({"--no-par"});
  real.register_client({client_, kClientSecret, {callback_url()}});
  cluster_.apply(issuer_offering_yaml(offering_, real.issuer()));
  apply_secret();
  apply_integration();
  const api::Integration configured = await_reason(reason::configured);
  expect_configured(configured);
  EXPECT_EQ(configured.status.verification.method, "AuthorizationCode");
}

TEST_F(Providers, an_issuer_whose_metadata_leads_elsewhere_is_not_followed) {
  ScriptedProvider elsewhere;
  provider_.on("/.well-known/openid-configuration", [&](const auto&) {
    const net::Json metadata = {{"issuer", provider_.url()},
                                {"authorization_endpoint", provider_.url("/authorize")},
                                {"token_endpoint", elsewhere.url("/token")}};
    return net::ServerResponse{
        .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = metadata.dump()};
  });
  cluster_.apply(issuer_offering_yaml(offering_, provider_.url()));
  const auto offering = cluster_.offerings().await({"", offering_}, [](const api::Offering* o) {
    return o != nullptr &&
           reason_of(o->status.conditions, condition::ready) == reason::endpoint_host_changed;
  });
  ASSERT_TRUE(offering);
  EXPECT_EQ(reason_of(offering->status.conditions, condition::discovered),
            reason::endpoint_host_changed);
  EXPECT_EQ(reason_of(offering->status.conditions, condition::stalled),
            reason::endpoint_host_changed);
  const std::string host = elsewhere.url().substr(std::string{"http://"}.size());
  EXPECT_NE(message_of(offering->status.conditions, condition::ready).find(host),
            std::string::npos);
  cluster_.apply(
      issuer_offering_yaml(offering_, provider_.url(), "  allowedHosts: ['" + host + "']\n"));
  const auto ready = cluster_.offerings().await({"", offering_}, [](const api::Offering* o) {
    return o != nullptr && kube::is_true(o->status.conditions, condition::ready);
  });
  EXPECT_TRUE(kube::is_true(ready->status.conditions, condition::ready));
}

}  // namespace
