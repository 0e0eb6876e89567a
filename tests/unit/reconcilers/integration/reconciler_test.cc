#include "reconcilers/integration/reconciler.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>

#include "api/conditions.h"
#include "harness.h"
#include "reconcilers/common/callback_url.h"
#include "reconcilers/integration/messages.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
namespace reason = api::reason;

const std::string kPaused = "oauth.integrations.dev/paused";
const std::string kRequestedAt = "oauth.integrations.dev/reconcile-requested-at";

class IntegrationReconcilerTest : public testing::Test {
 protected:
  // "crm" is Configured, and everybody has seen it.
  void configure() {
    cluster.create_all();
    cluster.verify();
    ASSERT_EQ(cluster.ready_reason(), reason::configured);
    cluster.new_writes();
    calls = cluster.provider.calls();
  }
  int new_calls() {
    const int all = cluster.provider.calls();
    return all - std::exchange(calls, all);
  }

  Cluster cluster;
  int calls = 0;
};

TEST_F(IntegrationReconcilerTest, right_credentials_become_configured_with_one_write) {
  cluster.create_all();
  cluster.new_writes();
  cluster.verify();
  const auto status = cluster.integration().status;
  EXPECT_EQ(status.phase, api::Phase::Configured);
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(status.client_id, "the-client");
  EXPECT_EQ(status.callback_url, kCallback);
  EXPECT_EQ(cluster.new_writes(), 1U);
}

TEST_F(IntegrationReconcilerTest, what_was_written_and_what_was_seen_hold_no_secret) {
  configure();
  cluster.provider.secrets = {"another"};
  cluster.write_secret("client_secret", "the-secret-2");
  cluster.verify();
  for (const auto& call : cluster.server->calls())
    EXPECT_TRUE(!call.is_write() || call.body.dump().find("the-secret") == std::string::npos);
  for (const kube::Json& event : cluster.events())
    EXPECT_EQ(event.dump().find("the-secret"), std::string::npos);
}

TEST_F(IntegrationReconcilerTest, it_comes_back_when_the_verdict_is_due) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  const auto result = cluster.reconcile();
  ASSERT_TRUE(result.requeue_after);
  EXPECT_GT(*result.requeue_after, 21h);
  EXPECT_LE(*result.requeue_after, 24h);
}

TEST_F(IntegrationReconcilerTest,
       a_reconcile_where_nothing_changed_writes_nothing_and_asks_nobody) {
  configure();
  for (int i = 0; i < 3; ++i) {
    cluster.clock.advance(1s);
    cluster.reconcile();
  }
  EXPECT_EQ(cluster.new_writes(), 0U);
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, a_cache_that_does_not_show_the_write_yet_asks_nobody_twice) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.reconcile();
  calls = cluster.provider.calls();
  cluster.new_writes();
  cluster.reconcile();  // the cache still has the status from before
  EXPECT_EQ(new_calls(), 0);
  EXPECT_EQ(cluster.new_writes(), 0U);
}

TEST_F(IntegrationReconcilerTest, while_it_is_asked_nobody_asks_again) {
  cluster.create_all();
  cluster.provider.hold();
  const auto first = cluster.reconcile();
  EXPECT_EQ(first.requeue_after, 1s);
  ASSERT_TRUE(cluster.provider.await_calls(1));
  cluster.reconcile();
  cluster.clock.advance(1s);
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::pending);
  cluster.provider.release();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.answers(), 1);
}

TEST_F(IntegrationReconcilerTest,
       a_restart_with_1000_configured_ones_calls_nobody_and_writes_nothing) {
  configure();
  // The verdict on "crm" holds for all: neither names nor uids are among the inputs.
  const kube::Json status = cluster.integration().status;
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    const std::string name = "i-" + std::to_string(i);
    cluster.create(gen::Integration(name));
    cluster.server->update_status(api::Integration::resource(), {"team", name}, status);
  }
  cluster.clock.advance(10min);
  cluster.restart();
  cluster.reconcile_offering();
  for (int i = 0; i < kCount; ++i) {
    const auto result = cluster.reconcile("i-" + std::to_string(i));
    ASSERT_TRUE(result.requeue_after);
    ASSERT_GT(*result.requeue_after, 1h);
  }
  EXPECT_EQ(new_calls(), 0);
  EXPECT_EQ(cluster.new_writes(), 0U);
  EXPECT_EQ(cluster.ready_reason("i-999"), reason::configured);
}

// --- While it waits for its turn

// A thousand verifications of one Offering with a large caBundle.
TEST_F(IntegrationReconcilerTest, what_waits_holds_neither_the_secret_nor_the_offering) {
  cluster.create(gen::Namespace("team"));
  cluster.create(gen::Secret("credentials"));
  cluster.create(gen::Offering("acme"));
  cluster.edit_offering([](kube::Json& offering) {
    offering["spec"]["caBundle"] = std::string(std::size_t{128} << 10, 'x');
  });
  constexpr std::size_t kWaiting = 1000;
  for (std::size_t i = 0; i <= kWaiting; ++i)
    cluster.create(gen::Integration("i-" + std::to_string(i)));
  cluster.sync();
  cluster.reconcile_offering();
  cluster.sync();
  cluster.provider.hold();
  cluster.reconcile("i-0");
  ASSERT_TRUE(cluster.provider.await_calls(1));
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 1; i <= kWaiting; ++i) cluster.reconcile("i-" + std::to_string(i));
  const std::size_t each = (mallinfo2().uordblks - before) / kWaiting;
  RecordProperty("bytes_each", std::to_string(each));
  std::printf("%zu bytes for each waiting verification, the fake API server's log included\n",
              each);
  EXPECT_LT(each, 6000U);
  EXPECT_EQ(cluster.provider.calls(), 1);
}

TEST_F(IntegrationReconcilerTest, the_secret_that_is_sent_is_the_one_of_the_moment_of_its_turn) {
  cluster.create_all();
  cluster.create(gen::Integration("first"));
  cluster.sync();
  cluster.provider.hold();
  cluster.reconcile("first");
  ASSERT_TRUE(cluster.provider.await_calls(1));
  cluster.reconcile("crm");  // waits: one at a time of this client
  cluster.write_secret("client_secret", "another-secret");
  cluster.provider.release();
  ASSERT_TRUE(cluster.await_answers(2));
  // Its inputs are gone: a verification of the present ones starts.
  cluster.reconcile("crm");
  ASSERT_TRUE(cluster.await_answers(3));
  cluster.reconcile("crm");
  EXPECT_EQ(cluster.ready_reason("crm"), reason::rejected);
}

// --- A missing object arrives

TEST_F(IntegrationReconcilerTest, whatever_arrives_last_it_becomes_configured) {
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::offering_not_found);
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::offering_not_ready);
  EXPECT_EQ(cluster.integration().status.callback_url, kCallback);
  cluster.reconcile_offering();
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
  cluster.create(gen::Secret("credentials"));
  cluster.sync();
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, a_secret_that_goes_takes_it_to_draft) {
  configure();
  cluster.server->remove(kube::Secret::resource(), {"team", "credentials"});
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
  EXPECT_EQ(cluster.integration().status.client_id, "");
}

// The metadata cache is behind: only the reading counts.
TEST_F(IntegrationReconcilerTest, a_secret_that_the_cache_still_has_but_nobody_else_is_not_there) {
  configure();
  cluster.write_secret("client_secret", "the-second");
  cluster.server->remove(kube::Secret::resource(), {"team", "credentials"});
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
}

TEST_F(IntegrationReconcilerTest,
       a_secret_that_cannot_be_read_leaves_the_status_and_is_tried_again) {
  configure();
  cluster.write_secret("unrelated", "value");
  cluster.server->answer_next(1, 500, support::to("GET", "/secrets/credentials"));
  EXPECT_FALSE(cluster.try_reconcile().ok());
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.new_writes(), 0U);
}

// --- Changes

TEST_F(IntegrationReconcilerTest, a_rotated_secret_is_verified_and_a_wrong_one_is_refused) {
  configure();
  cluster.provider.secrets = {"the-secret", "the-new-one"};
  cluster.write_secret("client_secret", "wrong");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
  cluster.write_secret("client_secret", "the-new-one");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, the_previous_secret_carries_it_over) {
  configure();
  cluster.write_secret("client_secret_previous", "the-secret");
  cluster.write_secret("client_secret", "not-yet-known");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.integration().status.verification.secret_key, "client_secret_previous");
}

// It was verified while nobody wanted to know, and a month later it is not the provider's any more.
TEST_F(IntegrationReconcilerTest, an_old_answer_on_a_secret_that_comes_back_is_not_believed) {
  configure();
  cluster.provider.secrets = {"the-secret", "the-second"};
  cluster.provider.hold();
  cluster.write_secret("client_secret", "the-second");
  cluster.reconcile();
  ASSERT_TRUE(cluster.provider.await_calls(calls + 1));
  cluster.write_secret("client_secret", "the-secret");
  cluster.provider.release();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);

  cluster.clock.advance(1h);
  cluster.provider.secrets = {"the-secret"};
  cluster.write_secret("client_secret", "the-second");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
}

TEST_F(IntegrationReconcilerTest, an_answer_that_came_before_the_secret_was_put_back_is_not_kept) {
  configure();
  cluster.provider.secrets = {"the-secret", "the-second"};
  cluster.write_secret("client_secret", "the-second");
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(2));
  cluster.write_secret("client_secret", "the-secret");
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);

  cluster.clock.advance(1h);
  cluster.provider.secrets = {"the-secret"};
  cluster.write_secret("client_secret", "the-second");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
}

TEST_F(IntegrationReconcilerTest, controls_are_not_made_again_for_another_secret) {
  cluster.create_all();
  cluster.verify();
  const int first = cluster.provider.calls();
  cluster.provider.secrets = {"the-new-one"};
  cluster.write_secret("client_secret", "the-new-one");
  cluster.verify();
  EXPECT_EQ(cluster.provider.calls() - first, first - 1) << "one failed sign-in fewer";
}

TEST_F(IntegrationReconcilerTest, a_display_name_is_no_reason_to_ask) {
  configure();
  cluster.edit([](kube::Json& json) { json["spec"]["displayName"] = "Our CRM"; });
  cluster.reconcile();
  EXPECT_EQ(new_calls(), 0);
  EXPECT_EQ(cluster.integration().status.observed_generation, 2);
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, other_scopes_are_a_reason_to_ask) {
  configure();
  cluster.edit([](kube::Json& json) { json["spec"]["scopes"] = {"openid", "email"}; });
  cluster.verify();
  EXPECT_GT(new_calls(), 0);
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest,
       another_token_endpoint_is_a_reason_to_ask_once_the_offering_knows_it) {
  configure();
  cluster.edit_offering([](kube::Json& json) {
    json["spec"]["endpoints"]["token"] = "https://other.acme.example/token";
  });
  cluster.reconcile();
  EXPECT_EQ(new_calls(), 0) << "its spec and its status do not belong together";
  EXPECT_EQ(cluster.new_writes(), 0U);
  cluster.reconcile_offering();
  cluster.sync();
  cluster.verify();
  EXPECT_EQ(cluster.provider.urls()[static_cast<std::size_t>(calls)],
            "https://other.acme.example/token");
}

TEST_F(IntegrationReconcilerTest, a_new_rule_of_the_offering_is_a_reason_to_ask) {
  configure();
  cluster.edit_offering([](kube::Json& json) {
    json["spec"]["verification"]["rules"] = {{{"error", "invalid_grant"},
                                              {"subject", "Credentials"},
                                              {"verdict", "Rejected"},
                                              {"message", "That is how they say it."}}};
  });
  cluster.reconcile_offering();
  cluster.sync();
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
}

TEST_F(IntegrationReconcilerTest,
       a_callback_that_is_registered_at_last_is_noticed_without_a_touch) {
  cluster.create_all();
  cluster.provider.callbacks.clear();
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
  const auto result = cluster.reconcile();
  ASSERT_TRUE(result.requeue_after);
  EXPECT_LE(*result.requeue_after, 15s);
  cluster.provider.callbacks = {kCallback};
  cluster.clock.advance(*result.requeue_after);
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

// --- A provider that is down

TEST_F(IntegrationReconcilerTest,
       an_outage_leaves_configured_what_was_and_is_followed_by_a_backoff) {
  configure();
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  cluster.clock.advance(24h);
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  const auto first = cluster.reconcile();
  ASSERT_TRUE(first.requeue_after);
  EXPECT_GE(*first.requeue_after, 5s);
  EXPECT_LE(*first.requeue_after, 8s);
  cluster.clock.advance(*first.requeue_after);
  cluster.verify();
  EXPECT_GT(*cluster.reconcile().requeue_after, *first.requeue_after);
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, failures_on_former_inputs_do_not_slow_the_new_ones_down) {
  cluster.create_all();
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::provider_unreachable);
  cluster.provider.outage.reset();
  cluster.provider.secrets = {"the-second"};
  cluster.write_secret("client_secret", "the-second");
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

// --- Nothing is asked of the API server where nothing changed

TEST_F(IntegrationReconcilerTest,
       a_reconcile_with_the_inputs_of_the_last_look_makes_no_call_at_all) {
  configure();
  cluster.reconcile();  // what its own write causes
  cluster.new_api_calls();
  for (int i = 0; i < 3; ++i) {
    cluster.clock.advance(1h);
    cluster.reconcile();
  }
  EXPECT_EQ(cluster.new_api_calls(), std::vector<std::string>{});
}

TEST_F(IntegrationReconcilerTest, a_verification_reads_its_secret_once) {
  cluster.create_all();
  cluster.new_api_calls();
  cluster.verify();
  cluster.reconcile();
  const auto made = cluster.new_api_calls();
  EXPECT_EQ(std::ranges::count(made, "GET /api/v1/namespaces/team/secrets/credentials"), 1);
}

TEST_F(IntegrationReconcilerTest, ten_patches_of_a_secret_that_many_share_are_ten_reads_of_it) {
  cluster.create_all();
  constexpr int kCount = 400;
  for (int i = 0; i < kCount; ++i) cluster.create(gen::Integration("i-" + std::to_string(i)));
  cluster.verify();
  const kube::Json status = cluster.integration().status;
  for (int i = 0; i < kCount; ++i)
    cluster.server->update_status(api::Integration::resource(), {"team", "i-" + std::to_string(i)},
                                  status);
  cluster.sync();
  for (int i = 0; i < kCount; ++i) cluster.reconcile("i-" + std::to_string(i));
  cluster.new_api_calls();
  for (int patch = 0; patch < 10; ++patch) {
    cluster.write_secret("unrelated", std::to_string(patch));
    for (int i = 0; i < kCount; ++i) cluster.reconcile("i-" + std::to_string(i));
  }
  EXPECT_EQ(cluster.new_api_calls(),
            std::vector<std::string>(10, "GET /api/v1/namespaces/team/secrets/credentials"));
}

TEST_F(IntegrationReconcilerTest,
       an_offering_that_is_tried_again_and_again_costs_its_users_nothing) {
  cluster.create(gen::Namespace("team"));
  cluster.create(gen::Offering("acme", gen::issuer("https://login.acme.example")));
  cluster.create(gen::Secret("credentials"));
  cluster.create(gen::Integration("crm"));
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  cluster.sync();
  const auto first = cluster.reconcile_offering().requeue_after;
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::offering_not_ready);
  const auto said = cluster.integration().status;
  EXPECT_EQ(kube::find_condition(said.conditions, "Ready")->message.find("Next check"),
            std::string::npos);
  for (auto wait = first; cluster.clock.now() < gen::start + 20min;) {
    cluster.clock.advance(*wait);
    wait = cluster.reconcile_offering().requeue_after;
    cluster.sync();
    cluster.new_api_calls();
    cluster.reconcile();
    ASSERT_EQ(cluster.new_api_calls(), std::vector<std::string>{});
  }
}

TEST_F(IntegrationReconcilerTest,
       an_annotation_on_an_offering_or_a_label_of_its_secret_costs_no_write) {
  configure();
  cluster.edit_offering([](kube::Json& json) { json["metadata"]["annotations"]["team"] = "x"; });
  cluster.server->update(kube::Secret::resource(), {"team", "credentials"},
                         [](kube::Json& json) { json["metadata"]["labels"]["team"] = "x"; });
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.new_writes(), 0U);
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, an_outage_is_written_when_it_begins_and_every_five_minutes) {
  configure();
  cluster.clock.advance(24h);
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  cluster.verify();
  EXPECT_EQ(cluster.new_writes(), 1U) << "since when it is unconfirmed";
  const net::SystemTime began = cluster.clock.now();
  while (cluster.clock.now() < began + 15min) {
    const auto wait = cluster.reconcile().requeue_after;
    ASSERT_TRUE(wait);
    cluster.clock.advance(*wait);
    cluster.verify();
  }
  EXPECT_GE(cluster.answers(), 8);
  EXPECT_LE(cluster.new_writes(), 3U);
}

// --- Objects that the cache does not have

TEST_F(IntegrationReconcilerTest, an_offering_is_missing_only_by_the_api_servers_word) {
  cluster.create(gen::Namespace("team"));
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.create(gen::Offering("acme"));  // the cache does not see it
  cluster.reconcile();
  EXPECT_NE(cluster.ready_reason(), reason::offering_not_found);
}

TEST_F(IntegrationReconcilerTest, what_is_missing_is_asked_for_once) {
  cluster.create(gen::Namespace("team"));
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::offering_not_found);
  cluster.sync();
  cluster.new_api_calls();
  for (int i = 0; i < 3; ++i) cluster.reconcile();
  EXPECT_EQ(cluster.new_api_calls(), std::vector<std::string>{});

  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.reconcile_offering();
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
  cluster.sync();
  cluster.new_api_calls();
  for (int i = 0; i < 3; ++i) cluster.reconcile();
  EXPECT_EQ(cluster.new_api_calls(), std::vector<std::string>{});
}

TEST_F(IntegrationReconcilerTest, a_secret_is_missing_only_by_the_api_servers_word) {
  cluster.create_all();
  cluster.server->remove(kube::Secret::resource(), {"team", "credentials"});
  cluster.sync();
  cluster.create(gen::Secret("credentials"));  // the cache does not see it
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  // It came and went before the cache saw it.
  cluster.server->remove(kube::Secret::resource(), {"team", "credentials"});
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
}

TEST_F(IntegrationReconcilerTest, a_namespace_that_the_cache_does_not_have_yet_is_not_judged) {
  cluster.create(gen::Offering("acme", gen::allowed_where("tier", "gold")));
  cluster.create(gen::Secret("credentials"));
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile_offering();
  cluster.sync();
  cluster.new_writes();
  EXPECT_TRUE(cluster.reconcile().requeue_after);
  EXPECT_EQ(cluster.new_writes(), 0U);
  cluster.create(gen::Namespace("team", gen::label("tier", "gold")));
  cluster.sync();
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, a_right_that_is_missing_is_said_and_takes_nothing_away) {
  configure();
  cluster.write_secret("unrelated", "value");
  cluster.server->answer_next(3, 403, support::to("GET", "/secrets/credentials"));
  const auto first = cluster.reconcile().requeue_after;
  ASSERT_TRUE(first);
  EXPECT_LE(*first, 6s);
  EXPECT_EQ(cluster.integration().status.phase, api::Phase::Configured);
  const auto status = cluster.integration().status;
  const auto* present = kube::find_condition(status.conditions, "CredentialsPresent");
  EXPECT_EQ(present->status, kube::ConditionStatus::Unknown);
  EXPECT_EQ(present->reason, reason::not_permitted);
  EXPECT_EQ(present->message,
            text_of(IntegrationMessage::SecretNotPermitted,
                    {.ns = "team", .secret = "credentials", .answer = "injected by the test."}));

  cluster.sync();
  cluster.new_api_calls();
  cluster.reconcile();
  EXPECT_EQ(cluster.new_api_calls(), std::vector<std::string>{}) << "not before its time";
  cluster.clock.advance(*first);
  const auto second = cluster.reconcile().requeue_after;
  ASSERT_TRUE(second);
  EXPECT_GT(*second, *first);
  cluster.clock.advance(*second);
  cluster.clock.advance(*cluster.reconcile().requeue_after);
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(new_calls(), 0) << "the secret was the same all along";
}

// --- Writing

TEST_F(IntegrationReconcilerTest,
       an_answer_that_could_not_be_written_is_written_later_without_asking) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.server->answer_next(1, 503, support::to("PATCH", "/status"));
  EXPECT_FALSE(cluster.try_reconcile().ok());
  const int before = cluster.provider.calls();
  cluster.clock.advance(1h);
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.provider.calls(), before);
  EXPECT_EQ(cluster.integration().status.verification.time, gen::start)
      << "when the provider answered";
}

TEST_F(IntegrationReconcilerTest, one_that_is_deleted_while_it_is_asked_is_let_go) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  static_cast<void>(cluster.try_reconcile());
  EXPECT_TRUE(cluster.server->find(api::Integration::resource(), {"team", "crm"}).is_null());
  cluster.sync();
  cluster.reconcile();
}

TEST_F(IntegrationReconcilerTest, a_verdict_is_not_written_to_a_namesake) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.create(gen::Integration("crm", gen::with_secret("another")));
  cluster.reconcile();  // the cache has the former one
  EXPECT_TRUE(cluster.integration().status.conditions.empty());
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::secret_not_found);
}

TEST_F(IntegrationReconcilerTest, a_verdict_on_what_was_edited_meanwhile_is_not_lost) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.server->update(api::Integration::resource(), {"team", "crm"},
                         [](kube::Json& json) { json["spec"]["displayName"] = "Our CRM"; });
  EXPECT_TRUE(cluster.reconcile().requeue_after) << "a conflict is a reason to look again";
  EXPECT_EQ(cluster.ready_reason(), "");
  const int before = cluster.provider.calls();
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.integration().status.client_id, "the-client");
  EXPECT_EQ(cluster.provider.calls(), before);
}

// --- Somebody else writes the status, too

TEST_F(IntegrationReconcilerTest,
       a_status_that_was_edited_by_hand_is_healed_at_once_without_a_call) {
  configure();
  const kube::Json right = cluster.integration().status;
  kube::Json forged = right;
  forged["phase"] = "Draft";
  forged["verification"]["inputHash"] = "another.operators";
  cluster.server->update_status(api::Integration::resource(), {"team", "crm"}, forged);
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(kube::Json(cluster.integration().status), right);
  EXPECT_EQ(new_calls(), 0);
  EXPECT_EQ(cluster.new_writes(), 1U);
}

TEST_F(IntegrationReconcilerTest, a_second_operator_costs_no_verification_and_few_writes) {
  configure();
  const kube::Json right = cluster.integration().status;
  kube::Json forged = right;
  forged["verification"]["inputHash"] = "another.operators";
  std::size_t writes = 0;
  const net::SystemTime began = cluster.clock.now();
  while (cluster.clock.now() < began + 10s) {
    cluster.server->update_status(api::Integration::resource(), {"team", "crm"}, forged);
    cluster.sync();
    cluster.reconcile();
    writes += cluster.new_writes();
    cluster.sync();
    cluster.clock.advance(100ms);
  }
  EXPECT_EQ(new_calls(), 0);
  EXPECT_LE(writes, 5U);
  EXPECT_GE(writes, 3U);
  std::size_t said = 0;
  for (const kube::Json& event : cluster.events())
    if (event.at("reason") == api::event::status_overwritten) ++said;
  EXPECT_EQ(said, 1U) << "a series of one";
}

TEST_F(IntegrationReconcilerTest, after_a_restart_a_foreign_hash_costs_one_verification) {
  configure();
  kube::Json forged = cluster.integration().status;
  forged["verification"]["inputHash"] = "another.operators";
  cluster.server->update_status(api::Integration::resource(), {"team", "crm"}, forged);
  cluster.restart();
  cluster.verify();
  EXPECT_GT(new_calls(), 0);
  for (int i = 0; i < 5; ++i) {
    cluster.server->update_status(api::Integration::resource(), {"team", "crm"}, forged);
    cluster.sync();
    cluster.reconcile();
    cluster.clock.advance(1min);
  }
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, a_condition_of_another_controllers_is_none_of_our_business) {
  configure();
  kube::Json more = cluster.integration().status;
  more["conditions"].push_back({{"type", "example.com/Audited"},
                                {"status", "True"},
                                {"reason", "Yes"},
                                {"message", ""},
                                {"observedGeneration", 1},
                                {"lastTransitionTime", "2026-01-01T00:00:00Z"}});
  cluster.server->update_status(api::Integration::resource(), {"team", "crm"}, more);
  cluster.sync();
  cluster.reconcile();
  EXPECT_EQ(cluster.new_writes(), 0U);
}

TEST_F(IntegrationReconcilerTest, a_namesake_after_a_deletion_is_asked_for_anew) {
  configure();
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.verify();
  EXPECT_GT(new_calls(), 0);
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, work_for_a_namesake_that_is_gone_is_stopped) {
  cluster.create_all();
  cluster.provider.hold();
  cluster.reconcile();
  ASSERT_TRUE(cluster.provider.await_calls(1));
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile();
  cluster.provider.release();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.answers(), 1) << "the first has nothing to tell";
}

TEST_F(IntegrationReconcilerTest, it_tells_by_an_event_what_became_of_it) {
  configure();
  const auto events = cluster.events();
  const auto verified = std::count_if(events.begin(), events.end(), [](const kube::Json& event) {
    return event.at("reason") == reason::configured && event.at("type") == "Normal" &&
           event.at("/regarding/kind"_json_pointer) == "Integration" &&
           event.at("/regarding/name"_json_pointer) == "crm";
  });
  EXPECT_EQ(verified, 1);
}

// --- Deletion and pause

TEST_F(IntegrationReconcilerTest, one_that_is_being_deleted_is_left_alone) {
  cluster.create_all();
  cluster.edit([](kube::Json& json) { json["metadata"]["finalizers"] = {"example.com/other"}; });
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.new_writes();
  const auto result = cluster.reconcile();
  EXPECT_FALSE(result.requeue_after);
  EXPECT_EQ(cluster.new_writes(), 0U);
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, one_that_is_not_there_is_nothing_to_do) {
  EXPECT_FALSE(cluster.reconcile("nobody").requeue_after);
}

TEST_F(IntegrationReconcilerTest, a_pause_of_no_meaning_is_ignored_and_reported_once) {
  api::Integration integration = gen::Integration("crm");
  integration.metadata.annotations[kPaused] = "yes";
  EXPECT_TRUE(api::has_unknown_pause(integration) && !api::is_paused(integration));
  for (const char* known : {"true", "false"}) {
    integration.metadata.annotations[kPaused] = known;
    EXPECT_FALSE(api::has_unknown_pause(integration)) << known;
  }
  cluster.create_all();
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kPaused] = "yes"; });
  cluster.verify();
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  const auto events = cluster.events();
  EXPECT_EQ(std::ranges::count_if(events,
                                  [](const kube::Json& event) {
                                    return event.at("reason") == api::event::annotation_ignored &&
                                           event.at("note") ==
                                               text_of(IntegrationMessage::PausedAnnotationIgnored);
                                  }),
            1);
}

TEST_F(IntegrationReconcilerTest, a_paused_one_is_not_verified_and_not_written) {
  cluster.create_all();
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kPaused] = "true"; });
  cluster.new_writes();
  EXPECT_FALSE(cluster.reconcile().requeue_after);
  EXPECT_EQ(cluster.new_writes(), 0U);
  EXPECT_EQ(new_calls(), 0);

  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kPaused] = "false"; });
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
}

TEST_F(IntegrationReconcilerTest, an_answer_from_before_a_pause_is_not_believed_after_it) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kPaused] = "true"; });
  cluster.reconcile();
  cluster.clock.advance(240h);
  cluster.provider.secrets.clear();
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"].erase(kPaused); });
  cluster.verify();
  EXPECT_EQ(cluster.ready_reason(), reason::rejected);
}

TEST_F(IntegrationReconcilerTest, a_request_asks_now) {
  configure();
  cluster.clock.advance(1h);
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kRequestedAt] = "now"; });
  cluster.verify();
  EXPECT_GT(new_calls(), 0);
  EXPECT_EQ(cluster.integration().status.last_handled_reconcile_at, "now");
  cluster.reconcile();
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, a_request_during_a_verification_is_answered_by_the_next_one) {
  cluster.create_all();
  cluster.reconcile();
  ASSERT_TRUE(cluster.await_answers(1));
  cluster.edit([](kube::Json& json) { json["metadata"]["annotations"][kRequestedAt] = "now"; });
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured);
  EXPECT_EQ(cluster.integration().status.last_handled_reconcile_at, "");
  cluster.clock.advance(10s);
  cluster.verify();
  EXPECT_EQ(cluster.integration().status.last_handled_reconcile_at, "now");
}

// --- Where its Secrets and values may come from

TEST_F(IntegrationReconcilerTest, another_key_of_a_secret_without_the_label_is_sent_to_nobody) {
  cluster.create_all();
  cluster.edit([](kube::Json& json) {
    json["spec"]["credentialsSecretRef"]["clientIDKey"] = "client_secret";
  });
  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::key_not_allowed);
  EXPECT_EQ(new_calls(), 0);
}

TEST_F(IntegrationReconcilerTest, a_secret_of_the_same_name_in_another_namespace_is_another_one) {
  cluster.create_all();
  cluster.create(gen::Integration("crm", gen::in_namespace("strangers")));
  cluster.sync();
  EXPECT_EQ(cluster.integrations.by_index(integrations_by_secret, "strangers/credentials").size(),
            1U);
  EXPECT_EQ(cluster.integrations.by_index(integrations_by_secret, "team/credentials").size(), 1U);
}

TEST(IntegrationIndexes, find_who_is_concerned_by_an_offering_a_secret_and_a_namespace) {
  kube::Store<api::Integration> store;
  add_integration_indexes(store);
  store.upsert(gen::Integration("crm", gen::on_offering("acme"), gen::with_secret("app")));
  store.upsert(gen::Integration("other", gen::on_offering("globex")));
  ASSERT_EQ(store.by_index(integrations_by_offering, "acme").size(), 1U);
  EXPECT_EQ(store.by_index(integrations_by_offering, "acme")[0]->metadata.name, "crm");
  EXPECT_EQ(store.by_index(integrations_by_secret, "team/app").size(), 1U);
  EXPECT_EQ(store.by_index(integrations_by_namespace, "team").size(), 2U);
}

TEST(CallbackUrl, is_the_public_url_and_the_offering) {
  EXPECT_EQ(callback_url("https://connect.example", "acme"),
            "https://connect.example/oauth/callback/acme");
}

}  // namespace
}  // namespace reconcilers
