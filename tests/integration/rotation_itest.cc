// Rotation takes nothing but a new value in the Secret.
#include <gtest/gtest.h>

#include <atomic>

#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;
using Clock = std::chrono::steady_clock;

class Rotation : public Stage {
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
    register_secret(kClientSecret);
    cluster_.apply(issuer_offering_yaml(offering_, provider_->issuer()));
    apply_secret();
    apply_integration();
    expect_configured(await_reason(reason::configured));
  }
  void register_secret(const std::string& secret) {
    provider_->register_client({client_, secret, {callback_url()}});
  }

  static inline std::unique_ptr<OidcProvider> provider_;
};

TEST_F(Rotation, a_wrong_secret_is_draft_within_a_second_and_the_right_one_configured_again) {
  apply_secret("not-the-secret");
  auto changed = Clock::now();
  expect_draft(await_reason(reason::rejected), reason::rejected, condition::stalled);
  EXPECT_LT(Clock::now() - changed, std::chrono::seconds{1});

  apply_secret();
  changed = Clock::now();
  expect_configured(await_reason(reason::configured));
  EXPECT_LT(Clock::now() - changed, std::chrono::seconds{1});
}

TEST_F(Rotation, a_rotated_secret_is_verified_again_without_another_control) {
  register_secret("rotated-s3cr3t");
  provider_->forget_requests();
  const auto before = cluster_.integrations().get({ns_, "app"})->status.verification;
  apply_secret("rotated-s3cr3t");
  const api::Integration after = await([&](const api::Integration& i) {
    return i.status.verification.input_hash != before.input_hash;
  });
  expect_configured(after);
  EXPECT_EQ(after.status.verification.control_time, before.control_time)
      << "a control is a failed sign-in in somebody's audit log";
  EXPECT_EQ(provider_->count("/request"), 1);
}

TEST_F(Rotation, the_previous_secret_carries_the_integration_over_without_an_outage) {
  // The new secret reaches the cluster before the provider: the Integration is never in Draft.
  std::atomic<bool> was_draft{false};
  apply_secret("the-new-secret", std::string{"client_secret_previous: '"} + kClientSecret + "'");
  const api::Integration carried = await([&](const api::Integration& i) {
    if (i.status.phase != api::Phase::Configured) was_draft = true;
    return reason_of(i.status.conditions, condition::credentials_verified) ==
           reason::verified_with_previous_secret;
  });
  expect_configured(carried);
  EXPECT_EQ(reason_of_condition(carried, condition::credentials_verified),
            reason::verified_with_previous_secret);
  EXPECT_EQ(carried.status.verification.secret_key, "client_secret_previous");

  register_secret("the-new-secret");
  request_verification("now");
  const api::Integration rotated = await([&](const api::Integration& i) {
    if (i.status.phase != api::Phase::Configured) was_draft = true;
    return reason_of(i.status.conditions, condition::credentials_verified) == reason::verified;
  });
  expect_configured(rotated);
  EXPECT_EQ(rotated.status.verification.secret_key, "client_secret");
  EXPECT_FALSE(was_draft);
}

TEST_F(Rotation, a_deleted_secret_is_draft_and_a_restored_one_configured) {
  cluster_.kubectl({"delete", "secret", "credentials", "-n", ns_});
  expect_draft(await_reason(reason::secret_not_found), reason::secret_not_found,
               condition::reconciling);
  apply_secret();
  expect_configured(await_reason(reason::configured));
}

TEST_F(Rotation, a_label_on_the_secret_asks_nobody_anything) {
  provider_->forget_requests();
  cluster_.kubectl({"label", "secret", "credentials", "-n", ns_, "team=a"});
  // Nobody can await an event that must not happen; another Integration's whole round through the
  // same queue can be awaited.
  cluster_.apply(secret_yaml(ns_, "other", client_ + "-unknown", "secret") +
                 integration_yaml(ns_, "other", offering_, "name: other"));
  EXPECT_EQ(reason_of_condition(cluster_.await_reason({ns_, "other"}, reason::rejected),
                                condition::ready),
            reason::rejected);
  for (const net::Json& request : provider_->requests())
    EXPECT_NE(net::string_member(request, "client_id"), client_) << request.dump();
}

}  // namespace
