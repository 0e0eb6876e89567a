// Failed sign-ins lock clients out, and a client id is public: how many of them a team causes by a
// slip, and how many another tenant can cause for somebody else's client.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/scripted_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;
using std::chrono::seconds;

class SignIns : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    provider_.on("/token", honest_token_endpoint(client_, kClientSecret));
    provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()));
  }
  // Requests with a wrong secret.
  long failed_sign_ins() const {
    const auto asked = provider_.requests("/token");
    return std::count_if(asked.begin(), asked.end(), [](const auto& request) {
      return request.client_secret != kClientSecret;
    });
  }
  void await_failed_sign_ins(long count) {
    const auto end = std::chrono::steady_clock::now() + seconds{30};
    while (failed_sign_ins() < count && std::chrono::steady_clock::now() < end)
      operator_->process().wait(std::chrono::milliseconds{50});
    ASSERT_GE(failed_sign_ins(), count);
  }
  ScriptedProvider provider_;
};

TEST_F(SignIns, three_integrations_with_one_wrong_secret_fail_as_one_would) {
  apply_secret("another-secret");
  for (const char* name : {"one", "two", "three"})
    cluster_.apply(integration_yaml(ns_, name, offering_));
  for (const char* name : {"one", "two", "three"})
    expect_draft(cluster_.await_reason({ns_, name}, reason::rejected), reason::rejected,
                 condition::stalled);
  EXPECT_EQ(failed_sign_ins(), 1);
  // The operator retries each of them after 30 seconds.
  await_failed_sign_ins(2);
  operator_->process().wait(seconds{5});
  EXPECT_EQ(failed_sign_ins(), 2);
}

TEST_F(SignIns, another_tenant_who_names_the_client_causes_four_and_hurts_nobody) {
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  const long before = failed_sign_ins();  // the control
  EXPECT_EQ(before, 1);

  const std::string attacker = cluster_.make_namespace("attacker");
  cluster_.apply(secret_yaml(attacker, "credentials", client_, "guess-0"));
  cluster_.apply(integration_yaml(attacker, "guess", offering_));
  cluster_.await_reason({attacker, "guess"}, reason::rejected);
  for (int i = 1; i <= 20; ++i) {
    cluster_.apply(secret_yaml(attacker, "credentials", client_, "guess-" + std::to_string(i)));
    operator_->process().wait(std::chrono::milliseconds{300});
  }
  const auto waits =
      cluster_.integrations().await({attacker, "guess"}, [](const api::Integration* integration) {
        return integration != nullptr &&
               message_of(integration->status.conditions, condition::credentials_verified)
                       .find("too many sign-ins with this client id") != std::string::npos;
      });
  ASSERT_TRUE(waits) << "whoever waits is told why";
  const auto* verified =
      kube::find_condition(waits->status.conditions, condition::credentials_verified);
  EXPECT_EQ(verified->status, kube::ConditionStatus::Unknown);
  EXPECT_EQ(verified->reason, reason::pending);
  EXPECT_NE(verified->message.find("Next check at "), std::string::npos) << verified->message;
  for (const std::string& foreign : {ns_, client_, std::string(kClientSecret)})
    EXPECT_EQ(verified->message.find(foreign), std::string::npos) << verified->message;
  EXPECT_LE(failed_sign_ins(), 4);
  EXPECT_GT(failed_sign_ins(), before) << "the search itself must find what is there";

  // The verdict stands when the owner requests a verification meanwhile.
  request_verification("now");
  const api::Integration owner = await([](const api::Integration& integration) {
    return message_of(integration.status.conditions, condition::credentials_verified)
               .find("Unconfirmed since") != std::string::npos;
  });
  expect_configured(owner);
  EXPECT_LE(failed_sign_ins(), 4);
  cluster_.delete_integrations(attacker);
}

TEST_F(SignIns, a_refusal_of_what_was_verified_is_believed_when_it_is_repeated_a_minute_later) {
  apply_secret();
  apply_integration();
  expect_configured(await_reason(reason::configured));
  provider_.on("/token", [](const auto&) { return oauth_error(401, "invalid_client"); });
  request_verification("locked out");
  const auto refused = await([](const api::Integration& integration) {
    return message_of(integration.status.conditions, condition::credentials_verified)
               .find("only if the provider repeats it") != std::string::npos;
  });
  expect_configured(refused);
  provider_.forget_requests();
  const auto end = std::chrono::steady_clock::now() + seconds{90};
  api::Integration rejected;
  while (std::chrono::steady_clock::now() < end) {
    rejected = *cluster_.integrations().get({ns_, "app"});
    if (reason_of_condition(rejected, condition::ready) == reason::rejected) break;
    operator_->process().wait(std::chrono::milliseconds{200});
  }
  expect_draft(rejected, reason::rejected, condition::stalled);
  EXPECT_EQ(provider_.requests("/token").size(), 1U);
}

}  // namespace
