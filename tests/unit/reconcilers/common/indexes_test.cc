#include "reconcilers/common/indexes.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace reconcilers {
namespace {

TEST(IntegrationIndexes, find_the_users_of_an_offering_a_secret_and_a_namespace) {
  kube::Store<api::Integration> store;
  add_integration_indexes(store);
  store.replace({gen::Integration("crm"), gen::Integration("crm", gen::in_namespace("sales")),
                 gen::Integration("mail", gen::on_offering("globex"), gen::with_secret("other"))});
  const auto found = [&](const char* index, const std::string& value) {
    return store.keys_by_index(index, value).size();
  };
  EXPECT_EQ(found(integrations_by_offering, "acme"), 2U);
  EXPECT_EQ(found(integrations_by_offering, "globex"), 1U);
  EXPECT_EQ(found(integrations_by_secret, "team/credentials"), 1U);
  EXPECT_EQ(found(integrations_by_secret, "sales/credentials"), 1U);
  EXPECT_EQ(found(integrations_by_secret, "credentials"), 0U);
  EXPECT_EQ(found(integrations_by_namespace, "team"), 2U);
}

}  // namespace
}  // namespace reconcilers
