#include "reconcilers/offering/reconciler.h"

#include <gtest/gtest.h>

#include "api/conditions.h"
#include "harness.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;
namespace reason = api::reason;

const std::string kIssuer = "https://login.acme.example";
const std::string kMetadataUrl = kIssuer + "/.well-known/openid-configuration";

net::HttpResponse metadata(const std::string& token_host = "login.acme.example") {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = net::Json{{"issuer", kIssuer},
                            {"authorization_endpoint", kIssuer + "/authorize"},
                            {"token_endpoint", "https://" + token_host + "/token"}}
                      .dump()};
}

class OfferingReconcilerTest : public testing::Test {
 protected:
  void create_discovered() {
    cluster.provider.documents[kMetadataUrl] = metadata();
    cluster.create(gen::Offering("acme", gen::issuer(kIssuer)));
    cluster.sync();
  }
  std::string reason_of(const char* type) {
    const auto status = cluster.offering().status;
    const auto* found = kube::find_condition(status.conditions, type);
    return found == nullptr ? "" : found->reason;
  }
  bool is_there() {
    return !cluster.server->find(api::Offering::resource(), {"", "acme"}).is_null();
  }
  void remove_offering() {
    cluster.server->remove(api::Offering::resource(), {"", "acme"});
    cluster.sync();
  }

  Cluster cluster;
};

TEST_F(OfferingReconcilerTest, given_endpoints_are_ready_with_one_write_and_without_a_call) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  EXPECT_FALSE(cluster.reconcile_offering().requeue_after);
  EXPECT_EQ(reason_of("Ready"), reason::available);
  EXPECT_EQ(cluster.offering().status.callback_url, kCallback);
  EXPECT_EQ(cluster.new_writes(), 1U);
  EXPECT_EQ(cluster.provider.calls(), 0);
}

TEST_F(OfferingReconcilerTest,
       an_issuers_endpoints_are_discovered_and_looked_at_again_at_the_interval) {
  create_discovered();
  EXPECT_EQ(cluster.reconcile_offering().requeue_after, 24h);
  EXPECT_EQ(cluster.offering().status.endpoints.token, kIssuer + "/token");
  EXPECT_EQ(cluster.provider.calls(), 1);
}

TEST_F(OfferingReconcilerTest, nothing_new_means_no_call_and_no_write) {
  create_discovered();
  cluster.reconcile_offering();
  cluster.new_writes();
  cluster.reconcile_offering();  // the cache has not seen the write yet
  cluster.sync();
  cluster.clock.advance(1h);
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.provider.calls(), 1);
  EXPECT_EQ(cluster.new_writes(), 0U);
}

TEST_F(OfferingReconcilerTest, a_restart_asks_nobody_and_writes_nothing) {
  create_discovered();
  cluster.reconcile_offering();
  cluster.new_writes();
  cluster.restart();
  EXPECT_EQ(cluster.reconcile_offering().requeue_after, 24h);
  EXPECT_EQ(cluster.provider.calls(), 1);
  EXPECT_EQ(cluster.new_writes(), 0U);
}

TEST_F(OfferingReconcilerTest, an_issuer_that_asks_for_a_pause_gets_it) {
  create_discovered();
  cluster.provider.outage =
      net::Error{net::ErrorCode::TooManyRequests, "answered 429", std::chrono::minutes{20}};
  const auto first = cluster.reconcile_offering();
  ASSERT_TRUE(first.requeue_after);
  EXPECT_GE(*first.requeue_after, 20min);
  EXPECT_LE(*first.requeue_after, 20min + 2s);
  cluster.sync();
  const int calls = cluster.provider.calls();
  cluster.clock.advance(19min);
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.provider.calls(), calls);
}

TEST_F(OfferingReconcilerTest, an_issuer_that_is_down_is_asked_again_with_a_backoff) {
  create_discovered();
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  const auto first = cluster.reconcile_offering();
  ASSERT_TRUE(first.requeue_after);
  EXPECT_GE(*first.requeue_after, 5s);
  EXPECT_LE(*first.requeue_after, 8s);
  EXPECT_EQ(reason_of("Ready"), reason::provider_unreachable);
  cluster.sync();
  const int calls = cluster.provider.calls();
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.provider.calls(), calls) << "not before its time";

  cluster.clock.advance(*first.requeue_after);
  const auto second = cluster.reconcile_offering();
  EXPECT_GT(cluster.provider.calls(), calls);
  EXPECT_GT(*second.requeue_after, *first.requeue_after);

  cluster.sync();
  cluster.provider.outage.reset();
  cluster.clock.advance(*second.requeue_after);
  EXPECT_EQ(cluster.reconcile_offering().requeue_after, 24h);
  EXPECT_EQ(reason_of("Ready"), reason::available);
}

TEST_F(OfferingReconcilerTest, an_edit_does_not_wait_for_the_backoff) {
  create_discovered();
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  cluster.reconcile_offering();
  cluster.provider.outage.reset();
  cluster.edit_offering([](kube::Json& json) { json["spec"]["displayName"] = "Acme"; });
  cluster.reconcile_offering();
  EXPECT_EQ(reason_of("Ready"), reason::available);
}

TEST_F(OfferingReconcilerTest, metadata_that_leads_elsewhere_is_asked_for_again_with_a_backoff) {
  create_discovered();
  cluster.provider.documents[kMetadataUrl] = metadata("evil.example");
  const auto first = cluster.reconcile_offering();
  EXPECT_EQ(reason_of("Discovered"), reason::endpoint_host_changed);
  ASSERT_TRUE(first.requeue_after);
  EXPECT_GE(*first.requeue_after, 5s);
  EXPECT_LE(*first.requeue_after, 8s);
}

// --- Its status is its own

TEST_F(OfferingReconcilerTest, a_status_is_not_written_to_a_namesake) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.server->remove(api::Offering::resource(), {"", "acme"});
  cluster.create(gen::Offering("acme", gen::issuer(kIssuer)));  // the cache has the former one
  cluster.reconcile_offering();
  EXPECT_EQ(reason_of("Ready"), "");
}

TEST_F(OfferingReconcilerTest, a_status_that_somebody_else_wrote_is_put_back_without_a_call) {
  create_discovered();
  cluster.reconcile_offering();
  cluster.sync();
  const auto right = cluster.offering().status;
  kube::Json forged = right;
  forged["endpoints"]["token"] = "https://evil.example/token";
  cluster.server->update_status(api::Offering::resource(), {"", "acme"}, forged);
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.offering().status, right);
  EXPECT_EQ(cluster.provider.calls(), 1);
}

TEST_F(OfferingReconcilerTest, an_issuer_that_hangs_holds_no_worker) {
  create_discovered();
  cluster.provider.hold();
  EXPECT_FALSE(cluster.start_reconciling_offering().requeue_after);
  ASSERT_TRUE(cluster.provider.await_calls(1));
  EXPECT_FALSE(cluster.start_reconciling_offering().requeue_after) << "nor asks it twice";
  cluster.provider.release();
  EXPECT_EQ(cluster.reconcile_offering().requeue_after, 24h);
  EXPECT_EQ(cluster.provider.calls(), 1);
}

TEST_F(OfferingReconcilerTest, the_time_of_the_next_try_alone_is_written_every_five_minutes) {
  create_discovered();
  cluster.provider.outage = net::Error{net::ErrorCode::Unavailable, "connection refused"};
  std::size_t writes = 0;
  for (auto passed = 0s; passed < 900s;) {
    const auto wait = cluster.reconcile_offering().requeue_after;
    ASSERT_TRUE(wait);
    writes += cluster.new_writes();
    cluster.sync();
    cluster.clock.advance(*wait);
    passed += std::chrono::duration_cast<std::chrono::seconds>(*wait);
  }
  EXPECT_GE(cluster.provider.calls(), 8);
  EXPECT_LE(writes, 4U);
  EXPECT_EQ(reason_of("Ready"), reason::provider_unreachable);
}

// --- In use

TEST_F(OfferingReconcilerTest, the_finalizer_comes_with_the_first_user_and_goes_with_the_last) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_TRUE(cluster.offering().metadata.finalizers.empty());

  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_TRUE(cluster.offering().metadata.has_finalizer(api::offering_in_use_finalizer));

  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_TRUE(cluster.offering().metadata.finalizers.empty());
}

TEST_F(OfferingReconcilerTest, users_of_other_offerings_are_no_reason_for_a_finalizer) {
  cluster.create(gen::Offering("acme"));
  cluster.create(gen::Integration("crm", gen::on_offering("globex")));
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_TRUE(cluster.offering().metadata.finalizers.empty());
}

TEST_F(OfferingReconcilerTest, one_that_nobody_uses_is_gone_at_once) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.reconcile_offering();
  remove_offering();
  EXPECT_FALSE(is_there());
  EXPECT_FALSE(cluster.reconcile_offering().requeue_after);
}

TEST_F(OfferingReconcilerTest, one_in_use_stays_says_so_and_goes_with_the_last_that_it_serves) {
  cluster.create_all();
  cluster.verify();
  remove_offering();
  cluster.reconcile_offering();
  cluster.sync();
  ASSERT_TRUE(is_there());
  EXPECT_EQ(reason_of("Ready"), reason::in_use);
  const auto status = cluster.offering().status;
  const std::string& message = kube::find_condition(status.conditions, "Ready")->message;
  EXPECT_NE(message.find("1 Integration"), std::string::npos) << message;
  EXPECT_EQ(message.find("crm"), std::string::npos) << "a name of another's: " << message;

  cluster.reconcile();
  EXPECT_EQ(cluster.ready_reason(), reason::configured) << "those who were there go on";
  cluster.clock.advance(1s);
  cluster.create(gen::Integration("late"));
  cluster.sync();
  cluster.reconcile("late");
  EXPECT_EQ(cluster.ready_reason("late"), reason::offering_terminating);

  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_FALSE(is_there()) << "\"late\" came after the deletion and holds nobody up";
}

TEST_F(OfferingReconcilerTest, those_of_namespaces_that_it_is_not_for_hold_up_no_deletion) {
  cluster.create(gen::Namespace("team"));
  cluster.create(gen::Offering("acme", gen::allowed_where("tier", "gold")));
  cluster.create(gen::Integration("crm"));
  cluster.sync();
  cluster.reconcile_offering();
  ASSERT_TRUE(cluster.offering().metadata.has_finalizer(api::offering_in_use_finalizer));
  cluster.sync();
  remove_offering();
  cluster.reconcile_offering();
  EXPECT_FALSE(is_there());
}

TEST_F(OfferingReconcilerTest, one_whose_finalizers_somebody_else_changed_waits_for_the_cache) {
  cluster.create_all();
  cluster.server->remove(api::Integration::resource(), {"team", "crm"});
  cluster.sync();
  cluster.server->update(api::Offering::resource(), {"", "acme"}, [](kube::Json& json) {
    json["metadata"]["finalizers"] = {"example.com/other", api::offering_in_use_finalizer};
  });
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.offering().metadata.finalizers.size(), 2U) << "not the wrong one of the two";
  cluster.sync();
  cluster.reconcile_offering();
  EXPECT_EQ(cluster.offering().metadata.finalizers, std::vector<std::string>{"example.com/other"});
}

TEST_F(OfferingReconcilerTest, a_finalizer_of_somebody_elses_does_not_make_it_work_on) {
  create_discovered();
  cluster.edit_offering(
      [](kube::Json& json) { json["metadata"]["finalizers"] = {"example.com/other"}; });
  cluster.reconcile_offering();
  remove_offering();
  cluster.new_writes();
  EXPECT_FALSE(cluster.reconcile_offering().requeue_after);
  EXPECT_EQ(cluster.new_writes(), 0U);
}

TEST_F(OfferingReconcilerTest, a_write_that_fails_is_an_error_and_done_later) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.server->answer_next(1, 503, support::to("PATCH", "/status"));
  EXPECT_FALSE(cluster.try_reconcile_offering().ok());
  cluster.reconcile_offering();
  EXPECT_EQ(reason_of("Ready"), reason::available);
}

TEST_F(OfferingReconcilerTest, an_answer_that_could_not_be_written_is_not_lost_for_long) {
  create_discovered();
  cluster.server->answer_next(1, 503, support::to("PATCH", "/status"));
  EXPECT_FALSE(cluster.try_reconcile_offering().ok());
  cluster.reconcile_offering();
  EXPECT_EQ(reason_of("Ready"), reason::available);
}

TEST_F(OfferingReconcilerTest, it_tells_by_an_event_when_it_turns) {
  cluster.create(gen::Offering("acme"));
  cluster.sync();
  cluster.reconcile_offering();
  const auto events = cluster.events();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].at("/metadata/namespace"_json_pointer), "default");
  EXPECT_EQ(events[0].at("/regarding/kind"_json_pointer), "Offering");
}

}  // namespace
}  // namespace reconcilers
