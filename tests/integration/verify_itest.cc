// The command line and the reconciler: one Offering's manifest, the same credentials, the same
// conclusion in the same words. Against the real provider.
#include <gtest/gtest.h>

#include <fstream>

#include "net/json.h"
#include "reconcilers/integration/decide.h"
#include "support/oidc_provider.h"
#include "support/stage.h"

namespace {

using namespace support;
namespace condition = api::condition;
namespace reason = api::reason;

constexpr int kVerified = 0;
constexpr int kUsage = 2;
constexpr int kCredentialsRejected = 3;
constexpr int kCallbackRejected = 4;
constexpr int kScopesRejected = 5;
constexpr int kUnreachable = 8;

class Verify : public Stage {
 protected:
  static void SetUpTestSuite() {
    Stage::SetUpTestSuite();
    provider_ = std::make_unique<OidcProvider>();
  }
  static void TearDownTestSuite() {
    provider_.reset();
    Stage::TearDownTestSuite();
  }
  void TearDown() override {
    provider_->behave(net::Json::object());
    Stage::TearDown();
  }

  std::string file_with(const std::string& name, const std::string& text) {
    const std::string path = cluster_.temporary_path(ns_ + "-" + name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string manifest() const { return issuer_offering_yaml(offering_, provider_->issuer()); }
  void register_client(const std::string& callback) {
    provider_->register_client(
        {.id = client_, .secret = kClientSecret, .redirect_uris = {callback}});
  }

  Finished verify(const std::string& secret, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{OPERATOR_BINARY,
                                     "verify",
                                     "--offering",
                                     file_with("offering.yaml", manifest()),
                                     "--client-id",
                                     client_,
                                     "--client-secret-file",
                                     "-",
                                     "--callback-url",
                                     callback_url(),
                                     "--allow-http-providers"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command, secret, {{"KUBECONFIG", "/nonexistent"}});
  }

  // Both are asked; both say the same, and it is what is expected.
  void expect_agreement(const std::string& secret, int exit_code, const std::string& why,
                        const std::vector<std::string>& scopes = {"openid"}) {
    cluster_.apply(manifest());
    apply_secret(secret);
    std::vector<std::string> flags{"--output", "json"};
    std::string all;
    for (const std::string& scope : scopes) {
      flags.insert(flags.end(), {"--scope", scope});
      all += (all.empty() ? "'" : ", '") + scope + "'";
    }
    apply_integration(all);
    const api::Integration integration = await_reason(why);
    const Finished finished = verify(secret, flags);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err << finished.out;
    const auto json = net::parse_json(finished.out);
    ASSERT_TRUE(json.ok()) << finished.out;
    for (const net::Json& shown : (*json)["conditions"]) {
      const std::string type = shown["type"];
      EXPECT_EQ(shown["reason"], reason_of(integration.status.conditions, type)) << type;
      // Where the credentials come from is another place.
      if (type == condition::credentials_present) continue;
      EXPECT_EQ(shown["message"],
                reconcilers::without_tail(message_of(integration.status.conditions, type)))
          << type;
    }
    EXPECT_EQ((*json)["reason"], why);
    EXPECT_EQ((*json)["phase"], to_string(integration.status.phase));
    EXPECT_EQ((*json)["method"], integration.status.verification.method);
    EXPECT_EQ(finished.out.find(kClientSecret), std::string::npos);
  }

  static inline std::unique_ptr<OidcProvider> provider_;
};

TEST_F(Verify, a_right_client_is_verified_by_both) {
  register_client(callback_url());
  expect_agreement(kClientSecret, kVerified, reason::configured);
}

TEST_F(Verify, a_wrong_secret_is_rejected_by_both) {
  register_client(callback_url());
  expect_agreement("s3cr3t-of-another-client!", kCredentialsRejected, reason::rejected);
}

TEST_F(Verify, an_unknown_client_is_rejected_by_both) {
  expect_agreement(kClientSecret, kCredentialsRejected, reason::rejected);
}

TEST_F(Verify, a_callback_that_is_not_registered_is_rejected_by_both) {
  register_client("https://elsewhere.example/callback");
  expect_agreement(kClientSecret, kCallbackRejected, reason::rejected);
}

TEST_F(Verify, scopes_that_the_provider_refuses_are_rejected_by_both) {
  register_client(callback_url());
  expect_agreement(kClientSecret, kScopesRejected, reason::scopes_rejected_by_provider,
                   {"openid", "api:write"});
}

TEST_F(Verify, a_provider_that_is_down_is_unreachable) {
  register_client(callback_url());
  provider_->behave({{"status", 503}});
  const Finished finished = verify(kClientSecret);
  EXPECT_EQ(finished.exit_code, kUnreachable) << finished.out << finished.err;
}

TEST_F(Verify, a_trailing_newline_is_named_and_nobody_is_asked) {
  register_client(callback_url());
  provider_->forget_requests();
  const Finished finished = verify(std::string{kClientSecret} + "\n");
  EXPECT_EQ(finished.exit_code, kUsage);
  EXPECT_NE(finished.out.find("InvalidCharacters"), std::string::npos) << finished.out;
  EXPECT_NE(finished.out.find("standard input ends with a newline"), std::string::npos)
      << finished.out;
  EXPECT_EQ(provider_->count("/request"), 0);
  EXPECT_EQ(provider_->count("/token"), 0);
}

TEST_F(Verify, explaining_shows_each_question_and_what_its_answer_was_taken_for) {
  register_client(callback_url());
  const Finished finished = verify(kClientSecret, {"--explain"});
  EXPECT_EQ(finished.exit_code, kVerified) << finished.err;
  for (const char* part : {"asked     POST ", "answered  ", "means     client Accepted",
                           "control: with a made-up secret", "by the defaults", "Verified"})
    EXPECT_NE(finished.out.find(part), std::string::npos) << part << "\n" << finished.out;
  EXPECT_EQ(finished.out.find(kClientSecret), std::string::npos);
}

TEST_F(Verify, what_is_wrong_with_flags_and_files_is_named_with_exit_code_2) {
  const auto expect_named = [&](const Finished& finished, const std::string& word) {
    EXPECT_EQ(finished.exit_code, kUsage) << finished.err;
    EXPECT_NE(finished.err.find(word), std::string::npos) << finished.err;
    EXPECT_EQ(finished.out, "");
  };
  expect_named(verify(kClientSecret, {"--calback-url", "x"}), "--calback-url");
  expect_named(run({OPERATOR_BINARY, "verify", "--offering", "/nonexistent.yaml", "--client-id",
                    "app", "--client-secret-file", "-", "--callback-url", "https://a.example/cb"}),
               "--offering: /nonexistent.yaml: cannot be read");
  const std::string typo = file_with("typo.yaml", manifest() + "  isuer: https://a.example\n");
  expect_named(run({OPERATOR_BINARY, "verify", "--offering", typo, "--client-id", "app",
                    "--client-secret-file", "-", "--callback-url", "https://a.example/cb"}),
               "spec.isuer");
}

}  // namespace
