#include "kube/store.h"

#include <gtest/gtest.h>

#include <set>

namespace {

struct Item {
  kube::ObjectMeta metadata;
  std::vector<std::string> colors;
};

Item item(std::string name, std::string version, std::vector<std::string> colors = {}) {
  Item made;
  made.metadata.namespace_ = "ns";
  made.metadata.name = std::move(name);
  made.metadata.resource_version = std::move(version);
  made.colors = std::move(colors);
  return made;
}

kube::NamespacedName key(const std::string& name) { return {"ns", name}; }

using Store = kube::Store<Item>;

std::vector<std::string> names(const std::vector<Store::Pointer>& items) {
  std::vector<std::string> found;
  for (const auto& each : items) found.push_back(each->metadata.name);
  return found;
}

std::unique_ptr<Store> store_by_color() {
  auto store = std::make_unique<Store>();
  store->add_index("color", [](const Item& each) { return each.colors; });
  return store;
}

TEST(Store, has_what_was_put_into_it_until_it_is_erased) {
  Store store;
  EXPECT_EQ(store.upsert(item("a", "1")), nullptr);
  ASSERT_NE(store.get(key("a")), nullptr);
  EXPECT_EQ(store.upsert(item("a", "2"))->metadata.resource_version, "1");
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.erase(key("a"))->metadata.resource_version, "2");
  EXPECT_EQ(store.get(key("a")), nullptr);
  EXPECT_EQ(store.erase(key("a")), nullptr);
  EXPECT_TRUE(store.list().empty());
}

TEST(Store, a_readers_copy_outlives_the_object) {
  Store store;
  store.upsert(item("a", "1"));
  const auto copy = store.get(key("a"));
  store.erase(key("a"));
  EXPECT_EQ(copy->metadata.resource_version, "1");
}

TEST(Store, an_index_finds_objects_under_each_of_their_values_in_order) {
  const auto store = store_by_color();
  store->upsert(item("b", "1", {"red", "blue"}));
  store->upsert(item("a", "2", {"red"}));
  EXPECT_EQ(names(store->by_index("color", "red")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(names(store->by_index("color", "blue")), (std::vector<std::string>{"b"}));
  EXPECT_TRUE(store->by_index("color", "green").empty());
}

TEST(Store, an_index_counts_and_names_without_giving_the_objects) {
  const auto store = store_by_color();
  store->upsert(item("b", "1", {"red", "blue"}));
  store->upsert(item("a", "2", {"red"}));
  EXPECT_EQ(store->count("color", "red"), 2U);
  EXPECT_EQ(store->count("color", "green"), 0U);
  EXPECT_EQ(store->keys_by_index("color", "red"),
            (std::vector<kube::NamespacedName>{key("a"), key("b")}));
  EXPECT_TRUE(store->keys_by_index("color", "green").empty());
}

TEST(Store, an_index_follows_changes_and_deletions) {
  const auto store = store_by_color();
  store->upsert(item("a", "1", {"red"}));
  store->upsert(item("a", "2", {"blue"}));
  EXPECT_TRUE(store->by_index("color", "red").empty());
  EXPECT_EQ(names(store->by_index("color", "blue")), (std::vector<std::string>{"a"}));
  store->erase(key("a"));
  EXPECT_TRUE(store->by_index("color", "blue").empty());
}

TEST(Store, an_index_follows_a_replacement) {
  const auto store = store_by_color();
  store->upsert(item("gone", "1", {"red"}));
  store->upsert(item("moved", "2", {"red"}));
  store->replace({item("moved", "3", {"blue"}), item("fresh", "4", {"red"})});
  EXPECT_EQ(names(store->by_index("color", "red")), (std::vector<std::string>{"fresh"}));
  EXPECT_EQ(names(store->by_index("color", "blue")), (std::vector<std::string>{"moved"}));
}

TEST(Store, a_replacement_tells_what_appeared_changed_and_vanished_but_not_what_stayed) {
  Store store;
  store.upsert(item("stays", "1"));
  store.upsert(item("changes", "2"));
  store.upsert(item("vanishes", "3"));
  std::set<std::string> told;
  for (const auto& [before, after] :
       store.replace({item("stays", "1"), item("changes", "4"), item("appears", "5")})) {
    told.insert((before ? before->metadata.name + before->metadata.resource_version : "-") + ">" +
                (after ? after->metadata.name + after->metadata.resource_version : "-"));
  }
  EXPECT_EQ(told, (std::set<std::string>{"->appears5", "changes2>changes4", "vanishes3>-"}));
  EXPECT_EQ(store.size(), 3U);
}

TEST(Store, objects_of_the_same_name_in_other_namespaces_are_others) {
  Store store;
  Item other = item("a", "1");
  other.metadata.namespace_ = "other";
  store.upsert(item("a", "2"));
  store.upsert(other);
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.get({"other", "a"})->metadata.resource_version, "1");
}

}  // namespace
