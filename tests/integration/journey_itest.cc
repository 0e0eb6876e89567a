// From `kubectl apply` to Configured: each reason of the Integration's table on the real API server
// and the real provider, with its message, and the way out of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;

class Journey : public Stage {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    Stage::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    Stage::TearDownTestSuite();
    provider_.reset();
  }

  void register_client(const std::string& scope = "openid api:read") {
    provider_->register_client({client_, kClientSecret, {callback_url()}, scope});
  }
  void apply_offering(const std::string& more = {}) {
    cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer(), more));
  }

  static inline std::unique_ptr<OidcProvider> provider_;
};

TEST_F(Journey, right_credentials_are_configured_whichever_order_the_objects_arrive_in) {
  register_client();
  const std::vector<std::string> parts = {"offering", "secret", "integration"};
  std::vector<int> order = {0, 1, 2};
  do {
    for (const int part : order) {
      if (part == 0) apply_offering();
      if (part == 1) apply_secret();
      if (part == 2) apply_integration();
    }
    SCOPED_TRACE(parts[order[0]] + ", " + parts[order[1]] + ", " + parts[order[2]]);
    const api::Integration configured = await_reason(reason::configured);
    expect_configured(configured);
    EXPECT_EQ(configured.status.client_id, client_);
    EXPECT_EQ(configured.status.callback_url, callback_url());
    EXPECT_EQ(configured.status.verification.method, "PushedAuthorizationRequest");
    EXPECT_EQ(configured.status.verification.secret_key, "client_secret");
    EXPECT_EQ(reason_of(configured.status.conditions, condition::credentials_verified),
              reason::verified);
    EXPECT_EQ(reason_of(configured.status.conditions, condition::callback_registered),
              reason::accepted);
    cluster_.kubectl({"delete", "integration/app", "secret/credentials", "-n", ns_});
    cluster_.kubectl({"delete", "offering", offering_});
  } while (std::next_permutation(order.begin(), order.end()));
}

// The flagship: read status.callbackURL, register it at the provider, and touch nothing else.
TEST_F(Journey, a_callback_registered_at_the_provider_is_noticed_without_another_touch) {
  provider_->register_client({client_, kClientSecret, {"https://elsewhere.example/callback"}});
  apply_offering();
  apply_secret();
  apply_integration();
  const api::Integration draft = await_reason(reason::rejected);
  expect_draft(draft, reason::rejected, condition::stalled);
  EXPECT_EQ(reason_of(draft.status.conditions, condition::credentials_verified), reason::verified);
  EXPECT_EQ(reason_of(draft.status.conditions, condition::callback_registered), reason::rejected);
  EXPECT_NE(message(draft).find(draft.status.callback_url), std::string::npos) << message(draft);
  EXPECT_NE(message(draft).find("Next check at "), std::string::npos) << message(draft);

  provider_->register_client({client_, kClientSecret, {draft.status.callback_url}});
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_missing_offering_is_awaited) {
  register_client();
  apply_secret();
  apply_integration();
  expect_draft(await_reason(reason::offering_not_found), reason::offering_not_found,
               condition::reconciling);
  apply_offering();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, an_offering_that_is_not_ready_is_awaited) {
  register_client();
  apply_secret();
  apply_integration();
  cluster_.apply(issuer_offering_yaml(offering_, "http://127.0.0.1:1"));
  const api::Integration draft = await([](const api::Integration& i) {
    return message(i).find("127.0.0.1:1") != std::string::npos;
  });
  expect_draft(draft, reason::offering_not_ready, condition::reconciling);
  // The issuer is immutable: the platform's admin makes the Offering anew.
  cluster_.kubectl(
      {"patch", "offering", offering_, "--type=merge", "-p", R"({"metadata":{"finalizers":[]}})"});
  cluster_.kubectl({"delete", "offering", offering_, "--wait=false"});
  cluster_.kubectl(
      {"patch", "offering", offering_, "--type=merge", "-p", R"({"metadata":{"finalizers":[]}})"});
  cluster_.kubectl({"wait", "--for=delete", "offering/" + offering_, "--timeout=20s"});
  apply_offering();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_namespace_that_is_not_allowed_is_told_so_and_let_in_once_it_is_labelled) {
  register_client();
  apply_offering(
      "  allowedNamespaces: {from: Selector, selector: {matchLabels: {oauth: allowed}}}\n");
  apply_secret();
  apply_integration();
  expect_draft(await_reason(reason::namespace_not_allowed), reason::namespace_not_allowed,
               condition::stalled);
  cluster_.kubectl({"label", "namespace", ns_, "oauth=allowed"});
  expect_configured(await_reason(reason::configured));
}

TEST_F(
    Journey,
    a_deleted_offering_stays_while_it_is_used_takes_nobody_new_and_goes_with_its_last_integration) {
  register_client();
  apply_offering();
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  cluster_.kubectl({"delete", "offering", offering_, "--wait=false"});
  const auto terminating = cluster_.offerings().await({"", offering_}, [](const api::Offering* o) {
    return o != nullptr && reason_of(o->status.conditions, condition::ready) == reason::in_use;
  });
  ASSERT_TRUE(terminating);
  const std::string said = message_of(terminating->status.conditions, condition::ready);
  EXPECT_NE(said.find("1 Integration "), std::string::npos) << said;
  EXPECT_EQ(said.find(ns_ + "/app"), std::string::npos) << "a name of another's: " << said;
  expect_configured(await_reason(reason::configured));

  cluster_.apply(integration_yaml(ns_, "late", offering_));
  const api::Integration late = cluster_.await_reason({ns_, "late"}, reason::offering_terminating);
  expect_draft(late, reason::offering_terminating, condition::reconciling);

  cluster_.kubectl({"delete", "integration", "late", "app", "-n", ns_});
  const auto gone = cluster_.offerings().await({"", offering_},
                                               [](const api::Offering* o) { return o == nullptr; });
  EXPECT_EQ(gone, nullptr) << "the Offering outlived its last Integration";
}

TEST_F(Journey, missing_required_scopes_are_named) {
  register_client();
  apply_offering();
  apply_secret();
  apply_integration("'api:read'");
  const api::Integration draft = await_reason(reason::missing_required_scopes);
  expect_draft(draft, reason::missing_required_scopes, condition::stalled);
  EXPECT_NE(message(draft).find("openid"), std::string::npos) << message(draft);
  apply_integration("openid, 'api:read'");
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, scopes_that_are_not_offered_are_named) {
  register_client();
  apply_offering();
  apply_secret();
  apply_integration("openid, mail");
  const api::Integration draft = await_reason(reason::scopes_not_offered);
  expect_draft(draft, reason::scopes_not_offered, condition::stalled);
  EXPECT_NE(message(draft).find("mail"), std::string::npos) << message(draft);
  apply_integration();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, scopes_that_the_provider_rejects_are_noticed_when_they_are_allowed_there) {
  register_client("openid");
  apply_offering();
  apply_secret();
  apply_integration("openid, 'api:write'");
  const api::Integration draft = await_reason(reason::scopes_rejected_by_provider);
  expect_draft(draft, reason::scopes_rejected_by_provider, condition::stalled);
  EXPECT_EQ(reason_of(draft.status.conditions, condition::credentials_verified), reason::verified);
  register_client("openid api:read api:write");
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_missing_secret_is_awaited) {
  register_client();
  apply_offering();
  apply_integration();
  const api::Integration draft = await_reason(reason::secret_not_found);
  expect_draft(draft, reason::secret_not_found, condition::reconciling);
  EXPECT_NE(message(draft).find("\"credentials\""), std::string::npos) << message(draft);
  EXPECT_EQ(draft.status.callback_url, callback_url()) << "it is there, whatever else fails";
  apply_secret();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_missing_key_is_awaited) {
  register_client();
  apply_offering();
  cluster_.apply("{apiVersion: v1, kind: Secret, metadata: {namespace: " + ns_ +
                 ", name: credentials}, stringData: {client_id: " + client_ + "}}");
  apply_integration();
  const api::Integration draft = await_reason(reason::key_not_found);
  expect_draft(draft, reason::key_not_found, condition::reconciling);
  EXPECT_NE(message(draft).find("\"client_secret\""), std::string::npos) << message(draft);
  apply_secret();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, another_key_is_read_only_from_a_secret_that_is_labelled) {
  register_client();
  apply_offering();
  cluster_.apply("{apiVersion: v1, kind: Secret, metadata: {namespace: " + ns_ +
                 ", name: credentials}, stringData: {client_id: " + client_ +
                 ", password: " + kClientSecret + "}}");
  apply_integration("openid", "name: credentials, clientSecretKey: password");
  const api::Integration draft = await_reason(reason::key_not_allowed);
  expect_draft(draft, reason::key_not_allowed, condition::stalled);
  EXPECT_NE(message(draft).find("oauth.integrations.dev/credentials=true"), std::string::npos)
      << message(draft);
  cluster_.kubectl(
      {"label", "secret", "credentials", "-n", ns_, "oauth.integrations.dev/credentials=true"});
  const api::Integration configured = await_reason(reason::configured);
  expect_configured(configured);
  EXPECT_EQ(configured.status.verification.secret_key, "password");
}

TEST_F(Journey, a_trailing_newline_is_named_as_what_it_is) {
  register_client();
  apply_offering();
  cluster_.apply("apiVersion: v1\nkind: Secret\nmetadata: {namespace: " + ns_ +
                 ", name: credentials}\nstringData:\n  client_id: " + client_ +
                 "\n  client_secret: |\n    " + kClientSecret + "\n");
  apply_integration();
  const api::Integration draft = await_reason(reason::invalid_characters);
  expect_draft(draft, reason::invalid_characters, condition::stalled);
  EXPECT_NE(message(draft).find("newline"), std::string::npos) << message(draft);
  EXPECT_EQ(message(draft).find(kClientSecret), std::string::npos);
  apply_secret();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_wrong_secret_is_rejected_and_a_right_one_configured) {
  register_client();
  apply_offering();
  apply_secret("not-the-secret");
  apply_integration();
  const api::Integration draft = await_reason(reason::rejected);
  expect_draft(draft, reason::rejected, condition::stalled);
  EXPECT_EQ(reason_of(draft.status.conditions, condition::credentials_verified), reason::rejected);
  EXPECT_TRUE(draft.status.client_id.empty()) << "only once the provider has accepted it";
  EXPECT_NE(message(draft).find("invalid_client"), std::string::npos) << message(draft);
  apply_secret();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Journey, a_client_that_the_provider_does_not_know_is_noticed_when_it_is_registered_there) {
  apply_offering();
  apply_secret();
  apply_integration();
  expect_draft(await_reason(reason::rejected), reason::rejected, condition::stalled);
  register_client();
  // The operator retries after 30 s: a person who does not want to wait requests it.
  request_verification("now");
  const api::Integration configured = await_reason(reason::configured);
  expect_configured(configured);
  EXPECT_EQ(configured.status.last_handled_reconcile_at, "now");
}

TEST_F(Journey, a_paused_integration_is_neither_asked_about_nor_written) {
  register_client();
  apply_offering();
  apply_secret();
  apply_integration();
  const api::Integration configured = await_reason(reason::configured);
  cluster_.kubectl(
      {"annotate", "integration", "app", "-n", ns_, "oauth.integrations.dev/paused=true"});
  provider_->forget_requests();
  apply_secret("not-the-secret");
  // Nobody can await an event that must not happen; another Integration's whole round through the
  // same queue can be awaited.
  cluster_.apply(integration_yaml(ns_, "other", offering_));
  EXPECT_EQ(reason_of(cluster_.await_reason({ns_, "other"}, reason::rejected).status.conditions,
                      condition::ready),
            reason::rejected);
  const auto paused = cluster_.integrations().get({ns_, "app"});
  EXPECT_EQ(paused->status, configured.status);
  cluster_.kubectl({"annotate", "integration", "app", "-n", ns_, "oauth.integrations.dev/paused-"});
  expect_draft(await_reason(reason::rejected), reason::rejected, condition::stalled);
}

TEST_F(Journey, events_tell_the_story) {
  register_client();
  apply_offering();
  apply_secret("not-the-secret");
  apply_integration();
  await_reason(reason::rejected);
  apply_secret();
  await_reason(reason::configured);
  // Events are written behind the status, by a thread of their own.
  std::string reasons;
  for (int tries = 0; tries < 100 && reasons.find("Configured") == std::string::npos; ++tries)
    reasons = cluster_
                  .kubectl({"get", "events.events.k8s.io", "-n", ns_, "-o",
                            "jsonpath={range .items[*]}{.type} {.reason} {.regarding.name};{end}"})
                  .out;
  EXPECT_NE(reasons.find("Warning Rejected app;"), std::string::npos) << reasons;
  EXPECT_NE(reasons.find("Normal Configured app;"), std::string::npos) << reasons;
}

}  // namespace
