#include "kube/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "kube/core.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using support::FakeApiServer;

Json lease_json(const std::string& name, const std::string& holder) {
  return {{"metadata", {{"name", name}, {"namespace", "shop"}}},
          {"spec", {{"holderIdentity", holder}}}};
}

// A lease concerns its holder: an informer of leases, a queue of holders.
class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    server_->serve(Lease::resource(), FakeApiServer::Kind::BuiltIn);
    client_ = support::client_of(server_);
    leases_ = std::make_unique<Informer<Lease>>(*client_);
  }
  ~WatchTest() override {
    thread_ = {};  // joins
  }
  void run() {
    thread_ = std::jthread([this](std::stop_token stop) { leases_->run(stop); });
    ASSERT_TRUE(leases_->wait_synced({}));
  }
  // The next key, and that nothing else waits.
  WorkQueue::Item next() {
    auto item = queue_.get({});
    queue_.done(item->key);
    return *item;
  }
  static Keys holder(const Lease& lease) { return {{"", lease.holder_identity}}; }

  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>();
  std::unique_ptr<Client> client_;
  WorkQueue queue_;
  std::unique_ptr<Informer<Lease>> leases_;
  std::jthread thread_;
};

TEST_F(WatchTest, without_more_said_a_change_concerns_the_object_itself) {
  watch(*leases_, queue_);
  run();
  server_->create(Lease::resource(), lease_json("a", "ann"));
  EXPECT_EQ(next().key, (NamespacedName{"shop", "a"}));
}

TEST_F(WatchTest, an_update_that_does_not_matter_adds_nothing) {
  server_->create(Lease::resource(), lease_json("a", "ann"));
  watch(*leases_, queue_, holder, [](const Lease& before, const Lease& after) {
    return before.holder_identity != after.holder_identity;
  });
  run();
  EXPECT_EQ(next().key, (NamespacedName{"", "ann"}));
  server_->update(Lease::resource(), {"shop", "a"}, [](Json& lease) {
    lease["metadata"]["labels"] = {{"edited", "true"}};
  });
  server_->create(Lease::resource(), lease_json("b", "ben"));
  EXPECT_EQ(next().key, (NamespacedName{"", "ben"})) << "ann would have come first";
}

TEST_F(WatchTest, what_a_list_brings_is_overtaken_by_edits) {
  server_->create(Lease::resource(), lease_json("a", "ann"));
  watch(*leases_, queue_);
  run();
  EXPECT_EQ(next().priority, Priority::Low);
  server_->create(Lease::resource(), lease_json("b", "bob"));
  EXPECT_EQ(next().priority, Priority::Normal);
}

TEST_F(WatchTest, a_change_concerns_whom_the_object_spoke_of_before_and_whom_it_speaks_of_now) {
  server_->create(Lease::resource(), lease_json("a", "ann"));
  watch(*leases_, queue_, holder);
  run();
  EXPECT_EQ(next().key.name, "ann");
  server_->update(Lease::resource(), {"shop", "a"},
                  [](Json& lease) { lease["spec"]["holderIdentity"] = "bob"; });
  EXPECT_EQ(next().key.name, "ann");
  EXPECT_EQ(next().key.name, "bob");
  server_->remove(Lease::resource(), {"shop", "a"});
  EXPECT_EQ(next().key.name, "bob");
}

TEST_F(WatchTest, keys_that_follow_from_the_name_are_looked_up_once_for_each_change) {
  std::atomic<int> lookups{0};
  server_->create(Lease::resource(), lease_json("a", "ann"));
  watch_by_name(
      *leases_, queue_,
      [&](const NamespacedName& lease) {
        ++lookups;
        return Keys{{"", "user of " + lease.name}};
      },
      [](const Lease& before, const Lease& after) {
        return before.holder_identity != after.holder_identity;
      });
  run();
  EXPECT_EQ(next().priority, Priority::Low);
  server_->update(Lease::resource(), {"shop", "a"},
                  [](Json& lease) { lease["spec"]["holderIdentity"] = "bob"; });
  const auto item = next();
  EXPECT_EQ(item.key.name, "user of a");
  EXPECT_EQ(item.priority, Priority::Normal);
  EXPECT_EQ(lookups, 2);
}

TEST_F(WatchTest, an_object_that_changes_again_and_again_is_taken_up_later_and_later) {
  net::ManualClock clock;
  WorkQueue queue(clock);
  Pacer pacer(clock, {.at_once = 1, .first_delay = std::chrono::seconds{1}});
  watch_by_name(
      *leases_, queue, [](const NamespacedName& lease) { return Keys{lease}; },
      [](const Lease&, const Lease&) { return true; }, &pacer);
  run();
  server_->create(Lease::resource(), lease_json("a", "ann"));
  queue.done(queue.get({})->key);
  server_->update(Lease::resource(), {"shop", "a"},
                  [](Json& lease) { lease["spec"]["holderIdentity"] = "bob"; });
  server_->create(Lease::resource(), lease_json("b", "ben"));
  const auto other = queue.get({});
  EXPECT_EQ(other->key.name, "b") << "a would have come first";
  queue.done(other->key);
  clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(queue.get({})->key.name, "a");
}

struct Widget {
  ObjectMeta metadata;
  static const Resource& resource() {
    static const Resource resource{"shop.example", "v2", "widgets", "Widget"};
    return resource;
  }
};
[[maybe_unused]] void from_json(const Json& json, Widget& widget) {
  json.at("metadata").get_to(widget.metadata);
}

OwnerReference owner(const std::string& api_version, const std::string& kind, bool controller) {
  return {
      .api_version = api_version, .kind = kind, .name = "w", .uid = "1", .controller = controller};
}

Keys owner_of(const OwnerReference& reference) {
  Secret secret;
  secret.metadata.namespace_ = "shop";
  secret.metadata.owner_references = {owner("v1", "Pod", false), reference};
  return controlling_owner<Widget>(secret);
}

TEST(ControllingOwner, is_of_the_group_and_kind_asked_for_in_any_version) {
  const Keys expected{{"shop", "w"}};
  EXPECT_EQ(owner_of(owner("shop.example/v2", "Widget", true)), expected);
  EXPECT_EQ(owner_of(owner("shop.example/v1", "Widget", true)), expected);
  EXPECT_EQ(owner_of(owner("other.example/v2", "Widget", true)), Keys{});
  EXPECT_EQ(owner_of(owner("v2", "Widget", true)), Keys{});
  EXPECT_EQ(owner_of(owner("shop.example/v2", "Gadget", true)), Keys{});
}

TEST(ControllingOwner, is_no_owner_that_does_not_control) {
  EXPECT_EQ(owner_of(owner("shop.example/v2", "Widget", false)), Keys{});
}

TEST(ControllingOwner, of_a_kind_without_namespaces_has_none) {
  Secret secret;
  secret.metadata.namespace_ = "shop";
  secret.metadata.owner_references = {owner("v1", "Namespace", true)};
  EXPECT_EQ(controlling_owner<Namespace>(secret), (Keys{{"", "w"}}));
}

TEST(ControllerReference, is_found_again_by_the_one_whom_it_names) {
  Widget widget;
  widget.metadata.name = "w";
  widget.metadata.namespace_ = "shop";
  widget.metadata.uid = "1";
  const OwnerReference reference = controller_reference(widget);
  EXPECT_EQ(reference.uid, "1");
  EXPECT_EQ(reference.api_version, "shop.example/v2");
  EXPECT_TRUE(reference.block_owner_deletion);
  EXPECT_EQ(owner_of(reference), Keys{widget.metadata.key()});
}

}  // namespace
}  // namespace kube
