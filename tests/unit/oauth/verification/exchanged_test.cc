#include "oauth/verification/exchanged.h"

#include <gtest/gtest.h>

namespace oauth {
namespace {

struct Pair {
  const char* whose;
  const char* id;
  const char* secret;
};

// Made up, in the shapes of these providers.
constexpr Pair kPairs[] = {
    {"Entra", "0f8fad5b-d9cb-469f-a165-70867728950e", "zzQ8Q~made-Up_value.0123456789abcdefghij"},
    {"Google", "123456789012-abc.apps.googleusercontent.com", "GOCSPX-made_up-value_0123456789"},
    {"Salesforce", "3MVG9made.up_value0123456789ABCDEF", "0123456789ABCDEF0123456789ABCDEF"},
    {"GitHub", "Ov23liMadeUpValue012", "0123456789abcdef0123456789abcdef01234567"},
    {"GitHub, once", "0123456789abcdef0123", "0123456789abcdef0123456789abcdef01234567"},
};

TEST(LookExchanged, what_providers_give_out_is_known_the_wrong_way_round_alone) {
  for (const Pair& pair : kPairs) {
    EXPECT_FALSE(look_exchanged(pair.id, pair.secret)) << pair.whose;
    EXPECT_TRUE(look_exchanged(pair.secret, pair.id)) << pair.whose;
  }
}

TEST(LookExchanged, a_name_with_a_uuid_for_its_secret_is_as_keycloak_has_it) {
  EXPECT_FALSE(look_exchanged("web-frontend", "0f8fad5b-d9cb-469f-a165-70867728950e"));
}

TEST(LookExchanged, nothing_is_said_where_both_are_alike) {
  EXPECT_FALSE(look_exchanged("", ""));
  EXPECT_FALSE(look_exchanged("app", "password"));
  EXPECT_FALSE(look_exchanged("0f8fad5b-d9cb-469f-a165-70867728950e",
                              "1f8fad5b-d9cb-469f-a165-70867728950e"));
  EXPECT_FALSE(look_exchanged("https://app.example/client", "0123456789abcdef0123456789abcdef"));
}

}  // namespace
}  // namespace oauth
