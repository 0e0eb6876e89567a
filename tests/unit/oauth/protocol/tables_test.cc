// The compiler checks one row for each value (table.h). These tests check the rows' content.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "oauth/protocol/provider.h"
#include "oauth/protocol/requests.h"
#include "scripted_http.h"

namespace oauth {
namespace {

enum class Three { One, Two, Three };
enum class Empty {};

TEST(Table, counts_the_enumerators_of_an_enum) {
  static_assert(count_of<Three>() == 3);
  static_assert(count_of<Empty>() == 0);
  EXPECT_THAT(all_of<Three>(), testing::ElementsAre(Three::One, Three::Two, Three::Three));
}

TEST(Table, sees_a_row_in_another_place) {
  struct Row {
    Three key;
  };
  static_assert(
      is_in_order(std::to_array<Row>({{Three::One}, {Three::Two}, {Three::Three}}), &Row::key));
  static_assert(!is_in_order(std::to_array<Row>({{Three::Two}, {Three::One}}), &Row::key));
}

// Every row differs from the others in each column that names something.
template <class Rows, class Column>
void expect_distinct(const Rows& rows, Column column) {
  std::set<std::string> values;
  for (const auto& row : rows) {
    const std::string value = column(row);
    EXPECT_FALSE(value.empty());
    EXPECT_TRUE(values.insert(value).second) << value << " is duplicated";
  }
}

TEST(Endpoints, each_has_names_of_its_own) {
  expect_distinct(kEndpointTraits, [](const auto& row) { return row.metadata_name; });
  expect_distinct(kEndpointTraits, [](const auto& row) { return row.field; });
  expect_distinct(kEndpointTraits, [](const auto& row) { return row.kind; });
  Endpoints endpoints;
  for (const EndpointTraits& row : kEndpointTraits) {
    EXPECT_TRUE((endpoints.*row.url).empty()) << row.field << " has the member of another";
    endpoints.*row.url = row.field;
  }
}

TEST(Methods, are_found_by_their_names_alone) {
  expect_distinct(kMethods, [](Method method) { return to_string(method); });
  for (const Method method : kMethods) EXPECT_EQ(parse_method(to_string(method)), method);
  EXPECT_EQ(parse_method("auto"), std::nullopt);
}

TEST(Methods, each_asks_its_own_endpoint) {
  Provider provider;
  for (const EndpointTraits& row : kEndpointTraits)
    provider.endpoints.*row.url = std::string("https://login.example/") + row.field;
  const Client client{"app", net::SecretString("s3cret-s3cret")};
  for (const Method method : kMethods) {
    const MethodTraits& row = traits(method);
    EXPECT_EQ(row.request == nullptr, method == Method::Auto || method == Method::None);
    if (row.request == nullptr) continue;
    const auto request = row.request({provider, client, {.redirect_uri = "https://app.example"}});
    EXPECT_EQ(request.url, endpoint_of(method, provider.endpoints)) << row.name;
    EXPECT_EQ(request.method, "POST") << row.name;
  }
}

TEST(Methods, auto_never_issues_a_token) {
  for (const Method method : kMethods)
    EXPECT_FALSE(traits(method).in_auto && traits(method).issues_token) << to_string(method);
}

// Two styles with the same requests or the same name would share verdicts.
TEST(ClientAuthentication, no_style_is_sent_or_named_like_another) {
  expect_distinct(kClientAuthentications, [](auto style) { return to_string(style); });
  expect_distinct(kClientAuthentications, [](auto style) {
    Provider provider;
    provider.client_authentication = style;
    const auto request = client_request(provider, "https://login.example/token",
                                        {"app", net::SecretString("s3cret")}, {});
    return std::string(request.headers.get("Authorization")) + "\n" + request.body;
  });
}

}  // namespace
}  // namespace oauth
