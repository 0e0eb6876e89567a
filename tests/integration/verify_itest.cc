// The command line and the reconciler: one Offering's manifest, the same credentials, the same
// conclusion in the same words. Against the real provider.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "net/json.h"
#include "reconcilers/common/status_text.h"
#include "support/oidc_provider.h"
#include "support/scripted_provider.h"
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
constexpr int kGrantNotAllowed = 6;
constexpr int kUnverifiable = 7;
constexpr int kUnreachable = 8;
constexpr int kOfferingNotReady = 9;
constexpr int kStopped = 1;

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
  void SetUp() override {
    Stage::SetUp();
    manifest_ = issuer_offering_yaml(offering_, provider_->issuer());
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
  void register_client(const std::string& callback) {
    provider_->register_client(
        {.id = client_, .secret = kClientSecret, .redirect_uris = {callback}});
  }

  std::vector<std::string> command(const std::string& secret_file) {
    return {OPERATOR_BINARY,
            "verify",
            "--offering",
            file_with("offering.yaml", manifest_),
            "--client-id",
            client_,
            "--client-secret-file",
            secret_file,
            "--callback-url",
            callback_url(),
            "--allow-http-providers"};
  }
  Finished verify(const std::string& secret, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = command("-");
    all.insert(all.end(), more.begin(), more.end());
    return run(all, secret, {{"KUBECONFIG", "/nonexistent"}});
  }
  // Creates the Offering of a provider that answers `token`, with `more` of a spec.
  void ask_scripted(ScriptedProvider::Answer token, const std::string& more = {}) {
    scripted_.on("/token", std::move(token));
    scripted_.on("/authorize", honest_authorization_endpoint({callback_url()}));
    manifest_ = scripted_offering_yaml(offering_, scripted_.url(), more);
  }

  // Verifies by both, and expects the given result from both.
  void expect_agreement(const std::string& secret, int exit_code, const std::string& why,
                        const std::vector<std::string>& scopes = {"openid"}) {
    cluster_.apply(manifest_);
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
      // Only the source of the credentials differs.
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
  std::string manifest_;
  ScriptedProvider scripted_;
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

TEST_F(Verify, a_client_without_the_code_grant_is_told_so_by_both) {
  ask_scripted(
      [](const auto&) { return oauth_error(400, "unauthorized_client", "not this grant"); });
  expect_agreement(kClientSecret, kGrantNotAllowed, reason::grant_not_allowed);
}

TEST_F(Verify, what_proves_nothing_is_unverifiable_for_both) {
  ask_scripted([](const auto&) { return html(404, "Not found"); });
  expect_agreement(kClientSecret, kUnverifiable, reason::unverifiable);
}

// HubSpot's answers, as in catalog/unverified/hubspot.yaml.
TEST_F(Verify, the_offerings_rules_are_read_by_both) {
  ask_scripted(
      [](const auto& request) {
        return json(400, request.client_secret == kClientSecret
                             ? R"({"status":"BAD_AUTH_CODE"})"
                             : R"({"status":"BAD_CLIENT_SECRET"})");
      },
      "  verification:\n    rules:\n"
      "      - {errorField: status, error: BAD_AUTH_CODE, subject: Credentials, verdict: "
      "Verified}\n"
      "      - {errorField: status, error: BAD_CLIENT_SECRET, subject: Credentials, verdict: "
      "Rejected}\n");
  expect_agreement(kClientSecret, kVerified, reason::configured);
  expect_agreement("s3cr3t-of-another-client!", kCredentialsRejected, reason::rejected);
}

TEST_F(Verify, an_issuer_without_metadata_is_an_offering_that_is_not_ready) {
  manifest_ = issuer_offering_yaml(offering_, scripted_.url());
  const Finished finished = verify(kClientSecret);
  EXPECT_EQ(finished.exit_code, kOfferingNotReady) << finished.out << finished.err;
}

TEST_F(Verify, a_signal_ends_the_wait_for_an_answer) {
  ask_scripted([](const auto&) { return oauth_error(400, "invalid_grant"); });
  scripted_.hold();
  Process waiting({.command = command(file_with("secret", kClientSecret)),
                   .environment = {},
                   .log_file = "/dev/null"});
  ASSERT_TRUE(scripted_.await_held(1, std::chrono::seconds{10}));
  waiting.signal(SIGTERM);
  EXPECT_EQ(waiting.wait(std::chrono::seconds{10}), kStopped);
  scripted_.release();
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
               "--offering: /nonexistent.yaml: cannot be read: No such file or directory");
  const std::string typo = file_with("typo.yaml", manifest_ + "  isuer: https://a.example\n");
  expect_named(run({OPERATOR_BINARY, "verify", "--offering", typo, "--client-id", "app",
                    "--client-secret-file", "-", "--callback-url", "https://a.example/cb"}),
               "spec.isuer");
}

}  // namespace
