#include "operator/unprotect.h"

#include <gtest/gtest.h>

#include "api/offering.h"
#include "support/fake_api_server.h"

namespace op {
namespace {

using support::FakeApiServer;

class UnprotectTest : public testing::Test {
 protected:
  void serve() { server->serve(api::Offering::resource(), FakeApiServer::Kind::Custom); }
  void add(const std::string& name, const std::vector<std::string>& finalizers) {
    server->create(api::Offering::resource(),
                   {{"apiVersion", "oauth.integrations.dev/v1alpha1"},
                    {"kind", "Offering"},
                    {"metadata", {{"name", name}, {"finalizers", finalizers}}},
                    {"spec", {{"displayName", name}, {"provider", "test"}}}});
  }
  std::vector<std::string> finalizers(const std::string& name) {
    return server->find(api::Offering::resource(), {"", name})
        .get<api::Offering>()
        .metadata.finalizers;
  }
  static std::vector<std::string> strings(std::vector<std::string> list) { return list; }

  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
};

TEST_F(UnprotectTest, takes_our_finalizer_from_every_offering_and_no_other_from_any) {
  serve();
  add("in-use", {api::offering_in_use_finalizer});
  add("of-others-too", {"example.com/first", api::offering_in_use_finalizer, "example.com/last"});
  add("unused", {});
  ASSERT_TRUE(drop_finalizers_of_use(*client, {}).ok());
  EXPECT_EQ(finalizers("in-use"), strings({}));
  EXPECT_EQ(finalizers("of-others-too"), strings({"example.com/first", "example.com/last"}));
  EXPECT_EQ(finalizers("unused"), strings({}));
}

TEST_F(UnprotectTest, an_offering_whose_deletion_waits_for_it_is_gone) {
  serve();
  add("terminating", {api::offering_in_use_finalizer});
  ASSERT_TRUE(client->remove<api::Offering>({"", "terminating"}, {}, {}).ok());
  ASSERT_FALSE(server->find(api::Offering::resource(), {"", "terminating"}).is_null());
  ASSERT_TRUE(drop_finalizers_of_use(*client, {}).ok());
  EXPECT_TRUE(server->find(api::Offering::resource(), {"", "terminating"}).is_null());
}

TEST_F(UnprotectTest, one_that_somebody_changes_meanwhile_is_read_again) {
  serve();
  add("busy", {api::offering_in_use_finalizer});
  server->answer_next(1, 409, support::to("PATCH", "/offerings/busy"));
  const net::Status done = drop_finalizers_of_use(*client, {});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(finalizers("busy"), strings({}));
}

TEST_F(UnprotectTest, without_the_definition_of_offerings_there_is_nothing_to_do) {
  EXPECT_TRUE(drop_finalizers_of_use(*client, {}).ok());
}

TEST_F(UnprotectTest, what_is_refused_is_said_with_the_offerings_name) {
  serve();
  add("protected", {api::offering_in_use_finalizer});
  server->answer_next(1, 403, support::to("PATCH", "/offerings/protected"));
  const net::Status done = drop_finalizers_of_use(*client, {});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, net::ErrorCode::Forbidden);
  EXPECT_TRUE(done.error().message.starts_with("Offering protected: ")) << done.error().message;
}

}  // namespace
}  // namespace op
