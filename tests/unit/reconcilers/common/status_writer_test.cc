#include "reconcilers/common/status_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "api/offering.h"
#include "net/log.h"
#include "reconcilers/common/events.h"
#include "support/builders.h"
#include "support/fake_api_server.h"

namespace reconcilers {
namespace {

using namespace std::chrono_literals;

struct Decided {
  api::OfferingStatus status;
  std::vector<EventIntent> events;
};

Decided decided(const std::string& reason) {
  Decided made;
  made.status.observed_generation = 1;
  made.status.conditions = {
      gen::Condition("Ready", kube::ConditionStatus::False, reason, "Because. Next check at 1.")};
  made.events = {{kube::EventType::Warning, reason, "Because. Next check at 1."}};
  return made;
}

class StatusWriterTest : public testing::Test {
 protected:
  StatusWriterTest() {
    server->serve(api::Offering::resource(), support::FakeApiServer::Kind::Custom);
    server->serve(kEvents, support::FakeApiServer::Kind::BuiltIn);
    server->create(api::Offering::resource(), gen::manifest(gen::Offering("acme")));
  }

  api::Offering stored() const {
    return server->find(api::Offering::resource(), {"", "acme"}).get<api::Offering>();
  }
  std::shared_ptr<const api::Offering> cached() const {
    return std::make_shared<const api::Offering>(stored());
  }
  net::Result<std::optional<net::Duration>> write(const Decided& decision) {
    return write(decision, cached());
  }
  net::Result<std::optional<net::Duration>> write(
      const Decided& decision, const std::shared_ptr<const api::Offering>& seen) {
    return writer.write(memory.judge(seen), memory, decision, net::Logger{"test"}, {});
  }
  std::string reason() const {
    const auto status = stored().status;
    return status.conditions.empty() ? "" : status.conditions.front().reason;
  }
  std::vector<std::string> event_reasons() {
    events.flush(1h);
    std::vector<std::string> reasons;
    for (const kube::Json& event : server->list(kEvents)) reasons.push_back(event.at("reason"));
    return reasons;
  }

  inline static const kube::Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};
  net::ManualClock clock{gen::start};
  std::shared_ptr<support::FakeApiServer> server = std::make_shared<support::FakeApiServer>(clock);
  std::unique_ptr<kube::Client> client = support::client_of(server, clock);
  kube::EventRecorder events{*client, "test", "test", clock};
  StatusMemory<api::Offering> memory;
  StatusWriter<api::Offering> writer{*client, events, clock, "test", "Discover"};
};

using Reasons = std::vector<std::string>;

TEST_F(StatusWriterTest, a_status_is_written_remembered_and_reported) {
  const auto wait = write(decided("InUse"));
  ASSERT_TRUE(wait.ok());
  EXPECT_FALSE(*wait);
  EXPECT_EQ(reason(), "InUse");
  EXPECT_EQ(memory.judge(cached()).object.status, stored().status);
  EXPECT_EQ(event_reasons(), Reasons{"InUse"});
}

TEST_F(StatusWriterTest, a_status_that_says_the_same_is_not_written_again) {
  ASSERT_TRUE(write(decided("InUse")).ok());
  const std::string version = stored().metadata.resource_version;
  ASSERT_TRUE(write(decided("InUse")).ok());
  EXPECT_EQ(stored().metadata.resource_version, version);
  EXPECT_EQ(event_reasons().size(), 1U);
}

TEST_F(StatusWriterTest, an_object_that_is_gone_is_no_error) {
  const auto seen = cached();
  server->remove(api::Offering::resource(), {"", "acme"});
  const auto wait = write(decided("InUse"), seen);
  ASSERT_TRUE(wait.ok());
  EXPECT_FALSE(*wait);
  EXPECT_TRUE(event_reasons().empty());
}

TEST_F(StatusWriterTest, an_object_that_was_edited_meanwhile_is_looked_at_again) {
  const auto seen = cached();
  server->update(api::Offering::resource(), {"", "acme"},
                 [](kube::Json& json) { json["spec"]["displayName"] = "Acme"; });
  const auto wait = write(decided("InUse"), seen);
  ASSERT_TRUE(wait.ok());
  EXPECT_EQ(*wait, kCacheIsBehind);
  EXPECT_EQ(reason(), "");
  EXPECT_TRUE(event_reasons().empty());
}

TEST_F(StatusWriterTest, a_write_that_fails_is_an_error_and_records_no_event) {
  server->answer_next(1, 503, support::to("PATCH", "/status"));
  EXPECT_FALSE(write(decided("InUse")).ok());
  EXPECT_TRUE(event_reasons().empty());
  EXPECT_TRUE(write(decided("InUse")).ok());
  EXPECT_EQ(event_reasons(), Reasons{"InUse"});
}

TEST_F(StatusWriterTest, what_somebody_else_wrote_is_put_back_reported_and_then_put_back_later) {
  ASSERT_TRUE(write(decided("InUse")).ok());
  const auto forge = [&] {
    server->update_status(api::Offering::resource(), {"", "acme"},
                          kube::Json{{"callbackURL", "https://forged.example"}});
  };
  forge();
  ASSERT_TRUE(write(decided("InUse")).ok());
  EXPECT_EQ(reason(), "InUse");
  forge();
  const auto wait = write(decided("InUse"));
  ASSERT_TRUE(wait.ok());
  EXPECT_EQ(*wait, 1s);
  EXPECT_EQ(stored().status.callback_url, "https://forged.example");
  const Reasons reasons = event_reasons();
  EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "StatusOverwritten"), 1);
}

TEST(OverwrittenNote, names_what_kubectl_takes_to_find_the_object) {
  EXPECT_NE(overwritten_note(api::Offering::resource(), {"", "acme"})
                .find("kubectl get offerings.oauth.integrations.dev acme -o yaml"),
            std::string::npos);
  EXPECT_NE(overwritten_note({"example.com", "v1", "things", "Thing", true}, {"team", "crm"})
                .find("kubectl get things.example.com crm -n team -o yaml"),
            std::string::npos);
}

}  // namespace
}  // namespace reconcilers
