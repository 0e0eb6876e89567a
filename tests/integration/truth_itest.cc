// The view of tools: kubectl wait, apply, explain and get; and kstatus, whose rules Flux and others
// use.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;

class Truth : public Stage {
 protected:
  static void SetUpTestSuite() {
    provider_ = std::make_unique<OidcProvider>();
    Stage::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    Stage::TearDownTestSuite();
    provider_.reset();
  }
  void SetUp() override {
    Stage::SetUp();
    provider_->register_client({client_, kClientSecret, {callback_url()}});
  }
  void apply_offering() { cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer())); }
  Finished wait_ready(const std::string& timeout) {
    return cluster_.kubectl(
        {"wait", "--for=condition=Ready", "integration/app", "-n", ns_, "--timeout=" + timeout});
  }

  static inline std::unique_ptr<OidcProvider> provider_;
};

// The algorithm of cli-utils' pkg/kstatus/status for resources without rules of their own.
enum class KStatus { InProgress, Failed, Current, Terminating };
KStatus kstatus(const api::Integration& integration) {
  if (integration.metadata.being_deleted()) return KStatus::Terminating;
  if (integration.status.observed_generation != integration.metadata.generation)
    return KStatus::InProgress;
  for (const kube::Condition& c : integration.status.conditions) {
    if (c.type == condition::reconciling && c.status == kube::ConditionStatus::True)
      return KStatus::InProgress;
    if (c.type == condition::stalled && c.status == kube::ConditionStatus::True)
      return KStatus::Failed;
  }
  const kube::Condition* ready =
      kube::find_condition(integration.status.conditions, condition::ready);
  if (ready != nullptr)
    return ready->status == kube::ConditionStatus::True ? KStatus::Current : KStatus::InProgress;
  return KStatus::Current;
}

TEST_F(Truth, kubectl_wait_ends_when_it_is_configured_and_not_before) {
  apply_offering();
  apply_integration();
  await_reason(reason::secret_not_found);
  EXPECT_NE(wait_ready("200ms").exit_code, 0);
  apply_secret();
  const Finished ready = wait_ready("20s");
  EXPECT_EQ(ready.exit_code, 0) << ready.err;
  EXPECT_EQ(cluster_.integrations()
                .await({ns_, "app"},
                       [](const auto* i) {
                         return i != nullptr && i->status.phase == api::Phase::Configured;
                       })
                ->status.phase,
            api::Phase::Configured);
}

// Every version of the test's Integration from the API server's watch, in order.
class History {
 public:
  struct Entry {
    std::string reason;  // of Ready
    std::int64_t observed_generation;
    KStatus kstatus;
  };
  History(kube::Client& client, const std::string& ns) : informer_(client, {.namespace_ = ns}) {
    informer_.on_change([this](const auto& change, bool) {
      if (!change.after) return;
      std::lock_guard lock(mutex_);
      entries_.push_back({reason_of(change.after->status.conditions, condition::ready),
                          change.after->status.observed_generation, kstatus(*change.after)});
      changed_.notify_all();
    });
    thread_ = std::jthread([this](std::stop_token stop) { informer_.run(stop); });
    EXPECT_TRUE(informer_.wait_synced({}));
  }
  // Returns all up to the first one of that reason; the last one has another reason if none came in
  // time.
  std::vector<Entry> until(const std::string& reason) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{20}, [&] {
      return std::ranges::any_of(entries_, [&](const Entry& e) { return e.reason == reason; });
    });
    return entries_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;
  kube::Informer<api::Integration> informer_;
  std::jthread thread_;  // ends before the members that it uses
};

TEST_F(Truth, kstatus_reads_each_step_right) {
  History history(cluster_.client(), ns_);
  apply_integration();
  await_reason(reason::offering_not_found);
  apply_offering();
  await_reason(reason::secret_not_found);
  apply_secret("not-the-secret");
  await_reason(reason::rejected);
  apply_secret();
  expect_configured(await_reason(reason::configured));
  cluster_.kubectl({"patch", "integration", "app", "-n", ns_, "--type=merge", "-p",
                    R"({"spec":{"scopes":["openid","mail"]}})"});
  const auto seen = history.until(reason::scopes_not_offered);

  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front().kstatus, KStatus::InProgress) << "a new object is not done";
  for (const auto& [why, generation, status] : seen) {
    if (why == reason::configured)
      EXPECT_TRUE(status == KStatus::Current || status == KStatus::InProgress /* edited since */);
    else if (why == reason::rejected || why == reason::scopes_not_offered)
      EXPECT_EQ(status, KStatus::Failed) << why;
    else
      EXPECT_EQ(status, KStatus::InProgress) << why;
  }
  const auto count = [&](KStatus status) {
    return std::count_if(seen.begin(), seen.end(),
                         [&](const auto& entry) { return entry.kstatus == status; });
  };
  EXPECT_GE(count(KStatus::Failed), 2);
  EXPECT_GE(count(KStatus::Current), 1);
}

TEST_F(Truth, server_side_apply_meets_no_conflict_and_sees_no_drift) {
  const std::string manifests = issuer_offering_yaml(offering_, provider_->issuer()) +
                                secret_yaml(ns_, "credentials", client_, kClientSecret) +
                                integration_yaml(ns_, "app", offering_);
  cluster_.apply(manifests, {"--server-side", "--field-manager=pipeline"});
  expect_configured(await_reason(reason::configured));
  const Finished again = cluster_.kubectl(
      {"apply", "--server-side", "--field-manager=pipeline", "-f", "-"}, manifests);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  const Finished drift =
      cluster_.kubectl({"diff", "--server-side", "--field-manager=pipeline", "-f", "-"}, manifests);
  EXPECT_EQ(drift.exit_code, 0) << drift.out;
}

TEST_F(Truth, the_first_status_that_is_written_is_the_verdict) {
  apply_offering();
  cluster_.offerings().await({"", offering_}, [](const auto* o) {
    return o != nullptr && kube::is_true(o->status.conditions, condition::ready);
  });
  apply_secret();
  History history(cluster_.client(), ns_);
  apply_integration();
  expect_configured(await_reason(reason::configured));
  const auto seen = history.until(reason::configured);
  const auto first = std::ranges::find_if(
      seen, [](const History::Entry& entry) { return entry.observed_generation >= 0; });
  ASSERT_NE(first, seen.end());
  EXPECT_EQ(first->reason, reason::configured);
}

TEST_F(Truth, kubectl_get_shows_who_what_and_why) {
  apply_offering();
  apply_secret();
  apply_integration();
  await_reason(reason::configured);
  const std::string narrow = cluster_.kubectl({"get", "intg", "-n", ns_}).out;
  EXPECT_NE(narrow.find("OFFERING"), std::string::npos) << narrow;
  for (const std::string& word : {offering_, std::string{"Configured"}})
    EXPECT_NE(narrow.find(word), std::string::npos) << narrow;
  const std::string wide = cluster_.kubectl({"get", "oauth", "-n", ns_, "-o", "wide"}).out;
  for (const std::string& word : {client_, callback_url(), std::string{"CLIENT ID"},
                                  std::string{"CALLBACK URL"}, std::string{"VERIFIED"}})
    EXPECT_NE(wide.find(word), std::string::npos) << wide;
}

}  // namespace
