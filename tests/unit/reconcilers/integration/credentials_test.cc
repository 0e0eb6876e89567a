#include "reconcilers/integration/credentials.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "api/conditions.h"
#include "reconcilers/integration/messages.h"
#include "support/builders.h"

namespace reconcilers {
namespace {

using kube::ConditionStatus;
namespace reason = api::reason;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

CredentialsReading read(const kube::Secret& secret,
                        const api::Integration& integration = gen::Integration("crm")) {
  return read_credentials(integration, &secret);
}

std::string numbered(IntegrationMessage id, int number) {
  return text_of(id, {.number = std::to_string(number)});
}

// Of the Secret "credentials".
std::string value_wrong(const std::string& key, const std::string& wrong) {
  return text_of(IntegrationMessage::ValueWrong,
                 {.secret = "credentials", .key = key, .wrong = wrong});
}

void expect_missing(const CredentialsReading& reading, const char* why) {
  EXPECT_FALSE(reading.credentials);
  EXPECT_EQ(reading.condition.type, "CredentialsPresent");
  EXPECT_EQ(reading.condition.status, ConditionStatus::False);
  EXPECT_EQ(reading.condition.reason, why);
}
void expect_missing(const CredentialsReading& reading, const char* why,
                    const std::string& message) {
  expect_missing(reading, why);
  EXPECT_EQ(reading.condition.message, message);
}

TEST(Credentials, a_secret_with_the_default_keys_is_read) {
  const auto reading = read(gen::Secret("credentials"));
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->client_id, "the-client");
  ASSERT_EQ(reading.credentials->secrets.size(), 1U);
  EXPECT_EQ(reading.credentials->secrets[0].key, "client_secret");
  EXPECT_EQ(reading.credentials->secrets[0].value.reveal(), "the-secret");
  EXPECT_EQ(reading.condition.status, ConditionStatus::True);
  EXPECT_EQ(reading.condition.reason, reason::present);
  EXPECT_EQ(reading.condition.message,
            text_of(IntegrationMessage::CredentialsPresent, {.secret = "credentials"}));
}

TEST(Credentials, a_secret_that_is_not_there_is_named_with_its_namespace_and_its_keys) {
  const auto reading = read_credentials(
      gen::Integration("crm", gen::with_secret("app"), gen::in_namespace("sales")), nullptr);
  expect_missing(
      reading, reason::secret_not_found,
      text_of(IntegrationMessage::SecretNotFound, {.ns = "sales",
                                                   .secret = "app",
                                                   .client_id_key = "client_id",
                                                   .client_secret_key = "client_secret"}));
}

TEST(Credentials, a_key_that_is_not_there_is_named) {
  for (const char* key : {"client_id", "client_secret"}) {
    const auto reading = read(gen::Secret("credentials", gen::without(key)));
    expect_missing(reading, reason::key_not_found,
                   text_of(IntegrationMessage::KeyNotFound, {.secret = "credentials", .key = key}));
  }
}

TEST(Credentials, a_value_of_4096_characters_is_read_and_a_longer_one_is_not) {
  for (const char* key : {"client_id", "client_secret"}) {
    kube::Secret secret = gen::Secret("credentials");
    secret.data[key] = net::SecretString(std::string(4096, 'x'));
    EXPECT_TRUE(read(secret).credentials) << key;
    secret.data[key] = net::SecretString(std::string(4097, 'x'));
    const auto reading = read(secret);
    expect_missing(reading, reason::invalid_characters,
                   value_wrong(key, numbered(IntegrationMessage::IsTooLong, 4096)));
  }
}

TEST(Credentials, an_empty_value_is_as_good_as_none) {
  const auto reading = read(gen::Secret("credentials", gen::value("client_secret", "")));
  expect_missing(
      reading, reason::key_not_found,
      text_of(IntegrationMessage::KeyEmpty, {.secret = "credentials", .key = "client_secret"}));
}

TEST(Credentials, another_key_is_not_read_without_the_label) {
  const auto secret = gen::Secret("credentials", gen::value("password", "hunter2-hunter2"));
  for (const auto& integration :
       {gen::Integration("crm", gen::with_keys("client_id", "password")),
        gen::Integration("crm", gen::with_keys("password", "client_secret"))}) {
    const auto reading = read(secret, integration);
    expect_missing(reading, reason::key_not_allowed,
                   text_of(IntegrationMessage::KeyNeedsTheLabel,
                           {.secret = "credentials", .key = "password"}));
  }
}

// The message must not show whether the Secret has the key.
TEST(Credentials, without_the_label_a_key_that_is_not_there_is_not_allowed_just_the_same) {
  expect_missing(read(gen::Secret("credentials"),
                      gen::Integration("crm", gen::with_keys("client_id", "password"))),
                 reason::key_not_allowed);
}

TEST(Credentials, the_default_keys_exchanged_are_other_keys) {
  expect_missing(read(gen::Secret("credentials"),
                      gen::Integration("crm", gen::with_keys("client_secret", "client_id"))),
                 reason::key_not_allowed);
}

TEST(Credentials, only_the_value_true_of_the_label_allows) {
  const auto integration = gen::Integration("crm", gen::with_keys("id", "secret"));
  const auto labelled = [](const char* text) {
    return gen::Secret("credentials", gen::value("id", "x"), gen::value("secret", "y"),
                       gen::label("oauth.integrations.dev/credentials", text));
  };
  expect_missing(read(labelled("false"), integration), reason::key_not_allowed);
  const auto reading = read(labelled("true"), integration);
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->client_id, "x");
  EXPECT_EQ(reading.credentials->secrets[0].key, "secret");
  EXPECT_EQ(reading.credentials->secrets[0].value.reveal(), "y");
}

TEST(Credentials, a_trailing_newline_is_named_with_its_key_and_with_what_to_do) {
  for (const char* newline : {"\n", "\r\n", "\n\n"})
    for (const char* key : {"client_id", "client_secret"}) {
      const auto reading =
          read(gen::Secret("credentials", gen::value(key, std::string{"abc"} + newline)));
      expect_missing(reading, reason::invalid_characters,
                     value_wrong(key, text_of(IntegrationMessage::EndsWithNewline)));
    }
}

TEST(Credentials, a_character_that_oauth_does_not_allow_is_named_by_its_byte) {
  for (const std::string& bad :
       {std::string("abc\ndef"), std::string("abc\tdef"), std::string("abc\xc3\xa9"),
        std::string("abc\0def", 7), std::string("abc\x7f")}) {
    const auto reading = read(gen::Secret("credentials", gen::value("client_secret", bad)));
    expect_missing(
        reading, reason::invalid_characters,
        value_wrong("client_secret", numbered(IntegrationMessage::HasForbiddenCharacter, 4)));
  }
}

TEST(Credentials, a_byte_order_mark_is_called_one) {
  const auto reading = read(gen::Secret("credentials", gen::value("client_id",
                                                                  "\xef\xbb\xbf"
                                                                  "abc")));
  expect_missing(reading, reason::invalid_characters,
                 value_wrong("client_id", numbered(IntegrationMessage::HasByteOrderMark, 1)));
}

TEST(Credentials, every_printable_ascii_character_is_fine) {
  std::string all;
  for (char c = 0x20; c < 0x7f; ++c) all += c;
  const auto reading = read(
      gen::Secret("credentials", gen::value("client_id", all), gen::value("client_secret", all)));
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->client_id, all);
}

TEST(Credentials, a_previous_secret_comes_second) {
  const auto reading =
      read(gen::Secret("credentials", gen::value("client_secret_previous", "the-old-one")));
  ASSERT_TRUE(reading.credentials);
  ASSERT_EQ(reading.credentials->secrets.size(), 2U);
  EXPECT_EQ(reading.credentials->secrets[1].key, "client_secret_previous");
  EXPECT_EQ(reading.credentials->secrets[1].value.reveal(), "the-old-one");
}

// Each is a failed sign-in in somebody's audit log.
TEST(Credentials, a_previous_secret_that_would_be_tried_for_nothing_is_left_out) {
  for (const char* previous : {"", "the-secret"})
    EXPECT_EQ(read(gen::Secret("credentials", gen::value("client_secret_previous", previous)))
                  .credentials->secrets.size(),
              1U)
        << previous;
}

TEST(Credentials, a_bad_previous_secret_is_left_out_and_named) {
  const auto reading =
      read(gen::Secret("credentials", gen::value("client_secret_previous", "the-old-one\n")));
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->secrets.size(), 1U);
  EXPECT_EQ(reading.condition.status, ConditionStatus::True);
  EXPECT_EQ(reading.condition.message,
            text_of(IntegrationMessage::CredentialsPresent, {.secret = "credentials"}) + " " +
                text_of(IntegrationMessage::PreviousSecretIgnored,
                        {.key = "client_secret_previous",
                         .wrong = text_of(IntegrationMessage::EndsWithNewline)}));
}

TEST(Credentials, a_secret_kept_under_the_name_of_the_previous_one_is_tried_once) {
  const auto reading =
      read(gen::Secret("credentials", gen::value("client_secret_previous", "x"),
                       gen::label("oauth.integrations.dev/credentials", "true")),
           gen::Integration("crm", gen::with_keys("client_id", "client_secret_previous")));
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->secrets.size(), 1U);
}

TEST(Credentials, no_message_holds_a_word_of_a_value) {
  const std::string id = "id-3f9a", secret = "secret-77c2", old = "old-51d0";
  const auto good =
      gen::Secret("credentials", gen::value("client_id", id), gen::value("client_secret", secret),
                  gen::value("client_secret_previous", old));
  const std::vector<kube::Secret> secrets = {
      good,
      gen::Secret("credentials", gen::value("client_id", id + "\n"),
                  gen::value("client_secret", secret)),
      gen::Secret("credentials", gen::value("client_id", id),
                  gen::value("client_secret", secret + "\n")),
      gen::Secret("credentials", gen::value("client_id", id),
                  gen::value("client_secret", "\xef\xbb\xbf" + secret)),
      gen::Secret("credentials", gen::value("client_id", id),
                  gen::value("client_secret", "\t" + secret)),
      gen::Secret("credentials", gen::value("client_id", id), gen::value("client_secret", secret),
                  gen::value("client_secret_previous", old + "\n")),
      gen::Secret("credentials", gen::value("client_id", id), gen::without("client_secret"))};
  for (const kube::Secret& one : secrets)
    for (const auto& integration :
         {gen::Integration("crm"), gen::Integration("crm", gen::with_keys("client_id", "other"))}) {
      const auto reading = read(one, integration);
      for (const std::string& word : {id, secret, old})
        EXPECT_FALSE(contains(reading.condition.message, word)) << reading.condition.message;
    }
}

}  // namespace
}  // namespace reconcilers
