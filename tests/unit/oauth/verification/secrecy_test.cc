// Until a provider has accepted a client id, no text shows it. It may be the secret.
#include "says.h"
#include "verify_fixture.h"

namespace oauth {
namespace {

const std::string kSwappedId =
    "zzQ8Q~made-Up_value.0123456789abcdefghij";  // an Entra secret's shape
const std::string kSwappedSecret = "0f8fad5b-d9cb-469f-a165-70867728950e";

class ClientIdSecrecy : public VerifyFixture {
 protected:
  ClientIdSecrecy() {
    request.client_id = kSwappedId;
    use_secrets({kSwappedSecret});
    fake.behaviour.has_par = false;
  }
  // The provider quotes the client id in all its words.
  void quote(int status, const std::string& error) {
    instead = [=, this](const net::HttpRequest&, int) {
      return error_response(status, error,
                            "Application with identifier '" + request.client_id + "' (" +
                                net::base64(request.client_id) + ") was not found");
    };
  }
  std::vector<std::string> all_words(const VerificationReport& report) const {
    std::vector<std::string> words = {report.credentials_message, report.callback_message,
                                      report.scopes_message, report.refused_key_message,
                                      report.control_answer};
    for (const Step& step : report.steps)
      words.insert(words.end(), {step.purpose, step.request, step.answer, step.conclusion});
    return words;
  }
  void expect_unsaid(const VerificationReport& report) const {
    for (const std::string& text : all_words(report)) {
      for (const std::string& way :
           {request.client_id, net::base64(request.client_id), net::form_encode(request.client_id)})
        EXPECT_EQ(text.find(way), std::string::npos) << text;
    }
  }
  bool was_in_an_address() const {
    return std::any_of(http.requests.begin(), http.requests.end(), [&](const auto& asked) {
      return asked.url.find(net::form_encode(request.client_id)) != std::string::npos;
    });
  }
};

TEST_F(ClientIdSecrecy, a_refusal_that_quotes_it_is_shown_without_it) {
  for (const char* error : {"invalid_client", "unauthorized_client", "invalid_request", "odd"}) {
    quote(400, error);
    const auto report = run();
    EXPECT_NE(report.credentials, CredentialsOutcome::Verified);
    EXPECT_TRUE(std::any_of(report.steps.begin(), report.steps.end(), [](const Step& step) {
      return step.answer.find("[left out]") != std::string::npos;
    })) << error;
    expect_unsaid(report);
  }
}

TEST_F(ClientIdSecrecy, a_refused_one_is_in_no_address) {
  quote(401, "invalid_client");
  EXPECT_EQ(run().credentials, CredentialsOutcome::Rejected);
  EXPECT_FALSE(was_in_an_address());
  request.client_id_is_public = true;
  run();
  EXPECT_TRUE(was_in_an_address()) << "what was accepted before is asked about everywhere";
}

TEST_F(ClientIdSecrecy, one_that_looks_like_a_secret_is_in_no_address_whatever_is_answered) {
  quote(400, "odd");
  EXPECT_EQ(run().credentials, CredentialsOutcome::Unverifiable);
  EXPECT_FALSE(was_in_an_address());
}

TEST_F(ClientIdSecrecy, one_that_is_verified_is_asked_about_in_the_same_verification) {
  request.client_id = "app";
  use_secrets({kSecret});
  const auto report = run();
  EXPECT_EQ(report.credentials, CredentialsOutcome::Verified);
  EXPECT_EQ(report.callback, CallbackOutcome::Accepted);
}

TEST_F(ClientIdSecrecy, a_person_is_told_that_the_two_may_be_exchanged) {
  quote(400, "unauthorized_client");
  EXPECT_THAT(run().credentials_message, Says(MessageId::MayBeExchanged));
  request.client_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  use_secrets({"zzQ8Q~made-Up_value.0123456789abcdefghij"});
  EXPECT_THAT(run().credentials_message, testing::Not(Says(MessageId::MayBeExchanged)));
}

TEST_F(ClientIdSecrecy, a_public_one_is_shown_as_the_provider_said_it) {
  quote(401, "invalid_client");
  request.client_id_is_public = true;
  EXPECT_NE(run().credentials_message.find(kSwappedId), std::string::npos);
}

// The engine reads answers with the client id in them: it may be a word of the protocol.
TEST_F(ClientIdSecrecy, an_id_that_is_a_word_of_the_protocol_changes_no_verdict) {
  for (const char* id : {"client", "invalid_client", "invalid", "application/json"}) {
    request.client_id = id;
    instead = [&](const net::HttpRequest& asked, int) {
      const bool right = asked.headers.get("Authorization") ==
                         "Basic " + net::base64(net::percent_encode(id) + ":" + kSecret);
      return right ? error_response(400, "invalid_grant") : error_response(401, "invalid_client");
    };
    use_secrets({kSecret});
    EXPECT_EQ(run().credentials, CredentialsOutcome::Verified) << id;
    use_secrets({"wrong-secret"});
    EXPECT_EQ(run().credentials, CredentialsOutcome::Rejected) << id;
  }
}

}  // namespace
}  // namespace oauth
