// A Secret has client id and secret in each other's place, under the default keys, at a provider
// that quotes the client id, as Entra does: the secret stays a secret.
#include <gtest/gtest.h>

#include "net/crypto.h"
#include "net/url.h"
#include "support/scripted_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace reason = api::reason;
using Request = ScriptedProvider::Request;

bool holds(const std::string& text, const std::string& secret) {
  for (const std::string& spelling :
       {secret, net::base64(secret), net::form_encode(secret), net::percent_encode(secret)})
    if (text.find(spelling) != std::string::npos) return true;
  return false;
}

class Exchanged : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    cluster_.apply(scripted_offering_yaml(offering_, provider_.url()));
  }
  std::string everything_said() {
    std::string all = operator_->log() + operator_->metrics();
    for (const char* kinds : {"events.events.k8s.io", "integrations,offerings"})
      all += cluster_.kubectl({"get", kinds, "-A", "-o", "json", "--show-managed-fields"}).out;
    return all;
  }
  // No published text and no address has any part of `secret`.
  void expect_secret(const std::string& secret) {
    const std::string said = everything_said();
    ASSERT_NE(said.find(offering_), std::string::npos)
        << "the search itself must find what is there";
    EXPECT_FALSE(holds(said, secret)) << "a secret was published";
    EXPECT_TRUE(provider_.requests("/authorize").empty()) << "an address had it";
  }

  const std::string id_ = net::random_uuid();
  const std::string secret_ = "zzQ8Q~" + net::hex(net::random_bytes(12)) + "_UpAndDown.0";
  ScriptedProvider provider_;
};

TEST_F(Exchanged, a_provider_that_quotes_the_client_id_publishes_nothing) {
  struct Case {
    int status;
    const char* error;
    const char* reason;
  };
  for (const Case& refusal : {Case{401, "invalid_client", reason::rejected},
                              Case{400, "unauthorized_client", reason::grant_not_allowed},
                              Case{400, "odd", reason::unverifiable}}) {
    provider_.on("/token", [=](const Request& request) {
      return oauth_error(refusal.status, refusal.error,
                         "AADSTS700016: Application with identifier '" + request.client_id +
                             "' was not found in the directory");
    });
    cluster_.delete_integrations(ns_);
    const std::string suffix = net::hex(net::random_bytes(2));  // another account each time
    cluster_.apply(secret_yaml(ns_, "credentials", secret_ + suffix, id_));
    apply_integration();
    const api::Integration found = await_reason(refusal.reason);
    EXPECT_NE(message(found).find("may be exchanged"), std::string::npos) << message(found);
    EXPECT_EQ(found.status.client_id, "");
    expect_secret(secret_);
  }
}

TEST_F(Exchanged, put_right_the_client_id_is_published_once_it_is_accepted) {
  provider_.on("/token", honest_token_endpoint(id_, secret_));
  provider_.on("/authorize", honest_authorization_endpoint({callback_url()}));
  cluster_.apply(secret_yaml(ns_, "credentials", secret_, id_));
  apply_integration();
  await_reason(reason::rejected);
  expect_secret(secret_);
  cluster_.apply(secret_yaml(ns_, "credentials", id_, secret_));
  const api::Integration found = await_reason(reason::configured);
  expect_configured(found);
  EXPECT_EQ(found.status.client_id, id_);
  EXPECT_FALSE(holds(everything_said(), secret_));
}

}  // namespace
