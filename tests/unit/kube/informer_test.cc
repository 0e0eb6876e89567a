#include "kube/informer.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "kube/core.h"
#include "support/fake_api_server.h"

namespace {

using kube::Json;
using net::ErrorCode;
using support::ApiCall;
using support::FakeApiServer;

struct Widget {
  kube::ObjectMeta metadata;
  int size = 0;
  static const kube::Resource& resource() {
    static const kube::Resource resource{"example.dev", "v1", "widgets", "Widget", true};
    return resource;
  }
};
void from_json(const Json& json, Widget& widget) {
  widget.metadata = json.at("metadata").get<kube::ObjectMeta>();
  widget.size = json.at("spec").at("size").get<int>();
}

const kube::Resource& kWidgets = Widget::resource();

kube::NamespacedName key(const std::string& name) { return {"team", name}; }

Json manifest(const std::string& name, Json size = 1) {
  return {{"metadata", {{"namespace", "team"}, {"name", name}}},
          {"spec", {{"size", std::move(size)}}}};
}

// An informer on a thread of its own, the server that it watches, and the reported changes. Its
// clock stands still until a test turns it: nothing is retried before.
class Informer : public testing::Test {
 protected:
  void SetUp() override { server->serve(kWidgets, FakeApiServer::Kind::Custom); }

  void start(kube::InformerOptions options = {}) {
    informer = std::make_unique<kube::Informer<Widget>>(*client, std::move(options), clock);
    informer->on_change([this](const auto& change, bool initial) {
      const auto& object = change.after ? change.after : change.before;
      const char* what = !change.before ? "+" : change.after ? "~" : "-";
      std::lock_guard lock(mutex);
      reported.push_back(what + object->metadata.name + (initial ? " initially" : ""));
      changed.notify_all();
    });
    thread = std::jthread([this](std::stop_token stop) { informer->run(stop); });
  }
  // Starts it and waits until it watches.
  void watch(kube::InformerOptions options = {}) {
    start(std::move(options));
    ASSERT_TRUE(server->await_watches(1));
  }
  // The next reported change, or "nothing" after a long while.
  std::string next_change() {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, std::chrono::seconds{10}, [&] { return !reported.empty(); }))
      return "nothing";
    std::string change = reported.front();
    reported.pop_front();
    return change;
  }
  // Lets the back-off that the informer is in pass.
  void pass_backoff() {
    clock.await_waiters(1);
    clock.advance(std::chrono::seconds{30});
  }
  int count(const support::CallMatcher& matches) {
    return static_cast<int>(server->calls(matches).size());
  }

  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
  net::ManualClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> reported;
  std::unique_ptr<kube::Informer<Widget>> informer;
  std::jthread thread;  // last: it ends before what it uses
};

TEST_F(Informer, begins_with_what_is_there_and_says_that_this_is_the_start) {
  server->create(kWidgets, manifest("a"));
  server->create(kWidgets, manifest("b"));
  watch();
  EXPECT_EQ(next_change(), "+a initially");
  EXPECT_EQ(next_change(), "+b initially");
  EXPECT_TRUE(informer->has_synced());
  EXPECT_EQ(informer->store().size(), 2U);
}

TEST_F(Informer, an_empty_list_is_a_synced_one) {
  start();
  EXPECT_TRUE(informer->wait_synced({}));
  EXPECT_EQ(informer->store().size(), 0U);
}

TEST_F(Informer, waiting_for_it_ends_with_the_wait_s_own_stop) {
  server->hang_next(1);
  start();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(informer->wait_synced(stop.get_token()));
}

TEST_F(Informer, follows_creations_changes_and_deletions) {
  watch();
  server->create(kWidgets, manifest("a"));
  EXPECT_EQ(next_change(), "+a");
  server->update(kWidgets, key("a"), [](Json& json) { json["spec"]["size"] = 5; });
  EXPECT_EQ(next_change(), "~a");
  EXPECT_EQ(informer->store().get(key("a"))->size, 5);
  server->remove(kWidgets, key("a"));
  EXPECT_EQ(next_change(), "-a");
  EXPECT_EQ(informer->store().get(key("a")), nullptr);
}

TEST_F(Informer, asks_for_pages_and_then_watches_from_the_list_s_version) {
  for (const char* name : {"a", "b", "c"}) server->create(kWidgets, manifest(name));
  kube::InformerOptions options;
  options.page_size = 2;
  watch(options);
  const auto calls = server->calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].query.at("limit"), "2");
  EXPECT_FALSE(calls[0].query.contains("continue"));
  EXPECT_TRUE(calls[1].query.contains("continue"));
  EXPECT_TRUE(calls[2].is_watch());
  EXPECT_EQ(calls[2].query.at("allowWatchBookmarks"), "true");
  EXPECT_EQ(calls[2].query.at("resourceVersion"),
            server->find(kWidgets, key("c"))["metadata"]["resourceVersion"].get<std::string>());
  EXPECT_EQ(informer->store().size(), 3U);
}

TEST_F(Informer, asks_the_server_to_end_a_watch_after_242_to_290_seconds) {
  watch();
  const int seconds = std::stoi(server->calls(support::watches()).at(0).query.at("timeoutSeconds"));
  EXPECT_GE(seconds, 241);
  EXPECT_LE(seconds, 290);
}

TEST_F(Informer, looks_only_at_its_namespace_and_labels) {
  Json labelled = manifest("a");
  labelled["metadata"]["labels"] = {{"color", "blue"}};
  server->create(kWidgets, labelled);
  server->create(kWidgets, manifest("b"));
  kube::InformerOptions options;
  options.namespace_ = "team";
  options.label_selector = "color=blue";
  watch(options);
  EXPECT_EQ(next_change(), "+a initially");
  EXPECT_EQ(informer->store().size(), 1U);
  EXPECT_EQ(server->calls().at(0).path, "/apis/example.dev/v1/namespaces/team/widgets");
  server->update(kWidgets, key("a"), [](Json& json) { json["metadata"].erase("labels"); });
  EXPECT_EQ(next_change(), "-a") << "it is no longer this informer's business";
}

TEST_F(Informer, a_stream_that_ends_is_watched_again_without_a_list) {
  watch();
  server->create(kWidgets, manifest("a"));
  EXPECT_EQ(next_change(), "+a");
  server->end_watches();
  ASSERT_TRUE(server->await_calls(2, support::watches()));
  server->create(kWidgets, manifest("b"));
  EXPECT_EQ(next_change(), "+b");
  EXPECT_EQ(count(support::lists()), 1);
}

TEST_F(Informer, a_stream_that_ends_at_once_is_not_asked_for_in_a_tight_loop) {
  watch();
  server->end_watches();
  clock.await_waiters(1);
  EXPECT_EQ(count(support::watches()), 1);
  clock.advance(std::chrono::milliseconds{800});
  EXPECT_TRUE(server->await_calls(2, support::watches()));
}

TEST_F(Informer, what_happened_between_two_streams_is_not_missed) {
  watch();
  server->set_online(false);
  clock.await_waiters(1);
  server->create(kWidgets, manifest("a"));
  server->set_online(true);
  pass_backoff();
  EXPECT_EQ(next_change(), "+a");
  EXPECT_EQ(count(support::lists()), 1);
}

TEST_F(Informer, a_deletion_while_disconnected_shows_up_after_the_new_list) {
  server->create(kWidgets, manifest("goes"));
  server->create(kWidgets, manifest("stays"));
  watch();
  EXPECT_EQ(next_change(), "+goes initially");
  EXPECT_EQ(next_change(), "+stays initially");
  server->set_online(false);
  clock.await_waiters(1);
  server->remove(kWidgets, key("goes"));
  server->compact();
  server->set_online(true);
  pass_backoff();  // after the break
  pass_backoff();  // after the 410
  EXPECT_EQ(next_change(), "-goes initially");
  EXPECT_EQ(informer->store().get(key("goes")), nullptr);
  EXPECT_NE(informer->store().get(key("stays")), nullptr);
  EXPECT_EQ(count(support::lists()), 2);
}

TEST_F(Informer, a_410_event_leads_to_a_new_list_in_which_nothing_is_reported_twice) {
  server->create(kWidgets, manifest("a"));
  watch();
  EXPECT_EQ(next_change(), "+a initially");
  server->expire_watches();
  pass_backoff();
  ASSERT_TRUE(server->await_calls(2, support::lists()));
  server->create(kWidgets, manifest("b"));
  EXPECT_EQ(next_change().substr(0, 2), "+b");
}

TEST_F(Informer, an_expired_continue_token_starts_the_list_over) {
  for (const char* name : {"a", "b", "c"}) server->create(kWidgets, manifest(name));
  // Between the pages, an object goes and the history is compacted.
  server->before_next([](const ApiCall& call) { return call.query.contains("continue"); },
                      [this] {
                        server->remove(kWidgets, key("a"));
                        server->compact();
                      });
  kube::InformerOptions options;
  options.page_size = 2;
  start(options);
  pass_backoff();
  ASSERT_TRUE(informer->wait_synced({}));
  EXPECT_EQ(informer->store().size(), 2U);
  EXPECT_EQ(informer->store().get(key("a")), nullptr);
}

TEST_F(Informer, a_page_that_fails_is_asked_for_again_and_the_cache_waits_for_the_last) {
  for (const char* name : {"a", "b", "c"}) server->create(kWidgets, manifest(name));
  server->answer_next(1, 503, [](const ApiCall& call) { return call.query.contains("continue"); });
  kube::InformerOptions options;
  options.page_size = 2;
  start(options);
  clock.await_waiters(1);
  EXPECT_FALSE(informer->has_synced());
  EXPECT_EQ(informer->store().size(), 0U);
  pass_backoff();
  ASSERT_TRUE(informer->wait_synced({}));
  EXPECT_EQ(informer->store().size(), 3U);
  EXPECT_EQ(count(support::lists()), 3) << "the first page once, the second twice";
}

TEST_F(Informer, half_a_line_is_not_an_event_and_comes_again_whole) {
  watch();
  server->cut_next_event();
  server->create(kWidgets, manifest("a"));
  pass_backoff();
  EXPECT_EQ(next_change(), "+a");
  EXPECT_EQ(count(support::lists()), 1);
}

// --- The contents of one object

// managedFields as a tenant may write them: nested as deep as he likes.
std::string managed_fields(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += R"({"f:a":)";
  return R"([{"manager":"tenant","fieldsV1":)" + text + "{}" +
         std::string(static_cast<std::size_t>(levels), '}') + "}]";
}
std::string widget(const std::string& name, const std::string& more_metadata,
                   const std::string& size = "1", const std::string& version = "500") {
  return R"({"metadata":{"namespace":"team","name":")" + name + R"(","resourceVersion":")" +
         version + "\"" + more_metadata + R"(},"spec":{"size":)" + size + "}}";
}
std::string list_of(const std::string& items) {
  return R"({"kind":"WidgetList","metadata":{"resourceVersion":"500"},"items":[)" + items + "]}";
}
std::string event_of(const char* type, const std::string& object) {
  return std::string{R"({"type":")"} + type + R"(","object":)" + object + "}";
}

const std::vector<std::string>& lines_that_are_no_events() {
  static const std::vector<std::string> lines{R"({"type": "ADDED", "object": {"met)",
                                              "oops",
                                              "",
                                              R"({"type": "CANARY", "object": {}})",
                                              "[1e999]",
                                              "\xff",
                                              std::string(5000, '[')};
  return lines;
}

TEST_F(Informer, a_line_that_is_no_event_is_skipped_within_the_stream) {
  watch();
  for (const std::string& line : lines_that_are_no_events()) {
    const std::string name = "after-" + std::to_string(informer->store().size());
    server->send_line(line);
    server->send_line(event_of("ADDED", widget(name, "")));
    EXPECT_EQ(next_change(), "+" + name) << line;
    EXPECT_TRUE(informer->stale_since()) << "nobody knows what that line would have told";
  }
  EXPECT_EQ(count(support::watches()), 1);
}

TEST_F(Informer, what_a_lost_line_told_comes_by_the_list_after_that_stream) {
  watch();
  server->send_line("oops");
  server->create(kWidgets, manifest("a"));
  EXPECT_EQ(next_change(), "+a");
  server->end_watches();
  ASSERT_TRUE(server->await_calls(2, support::watches()));
  EXPECT_EQ(count(support::lists()), 2);
  server->end_watches();
  pass_backoff();
  ASSERT_TRUE(server->await_calls(3, support::watches()));
  EXPECT_EQ(count(support::lists()), 2) << "once is enough";
}

TEST_F(Informer, managed_fields_of_any_depth_stop_neither_a_list_nor_a_watch) {
  std::string items;
  for (const int levels : {70, 200, 5000})
    items += widget("listed-" + std::to_string(levels),
                    R"(,"managedFields":)" + managed_fields(levels)) +
             ",";
  server->answer_next(1, 200, support::lists(), {}, list_of(items + widget("last", "")));
  watch();
  for (const char* name : {"listed-70", "listed-200", "listed-5000", "last"})
    EXPECT_EQ(next_change(), std::string{"+"} + name + " initially");
  for (const int levels : {70, 200, 5000}) {
    const std::string name = "watched-" + std::to_string(levels);
    server->send_line(
        event_of("ADDED", widget(name, R"(,"managedFields":)" + managed_fields(levels))));
    EXPECT_EQ(next_change(), "+" + name);
  }
  EXPECT_FALSE(informer->stale_since());
}

TEST_F(Informer, an_object_that_cannot_be_parsed_is_left_out_of_a_list_and_of_a_watch) {
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = "[" + deep + "]";
  server->answer_next(1, 200, support::lists(), {},
                      list_of(widget("deep", "", deep) + "," + widget("huge", "", "1e999") + "," +
                              widget("good", "")));
  watch();
  EXPECT_EQ(next_change(), "+good initially");
  for (const std::string& size : {deep, std::string{"1e999"}}) {
    server->send_line(event_of("MODIFIED", widget("good", "", size)));
    EXPECT_EQ(next_change(), "-good") << "as a list would have it";
    server->send_line(event_of("MODIFIED", widget("good", "")));
    EXPECT_EQ(next_change(), "+good");
  }
  EXPECT_EQ(count(support::watches()), 1);
  EXPECT_FALSE(informer->stale_since()) << "it is known whose events those were";
}

TEST_F(Informer, an_object_that_stops_decoding_goes_from_the_cache_by_a_watch_as_by_a_list) {
  server->create(kWidgets, manifest("a"));
  watch();
  EXPECT_EQ(next_change(), "+a initially");
  server->update(kWidgets, key("a"), [](Json& json) { json["spec"]["size"] = "large"; });
  EXPECT_EQ(next_change(), "-a");
  EXPECT_EQ(informer->store().size(), 0U);
  server->update(kWidgets, key("a"), [](Json& json) { json["spec"]["size"] = 3; });
  EXPECT_EQ(next_change(), "+a");
}

TEST_F(Informer, what_is_left_out_is_counted_once_for_each_of_its_versions) {
  prometheus::Registry registry;
  kube::ReflectorMetrics metrics(registry);
  const auto skipped = [&] { return metrics.of("widgets", "").skipped.Value(); };
  server->create(kWidgets, manifest("bad", "large"));
  watch({.metrics = &metrics});
  EXPECT_EQ(skipped(), 1);
  server->expire_watches();
  pass_backoff();
  ASSERT_TRUE(server->await_calls(2, support::watches()));
  EXPECT_EQ(skipped(), 1) << "the same version, by another list";
  server->update(kWidgets, key("bad"), [](Json& json) { json["spec"]["size"] = "larger"; });
  for (int i = 0; i < 2; ++i) server->send_line("oops");
  server->send_line(event_of("ADDED", widget("good", "")));
  EXPECT_EQ(next_change(), "+good");
  EXPECT_EQ(skipped(), 3) << "another version, and a line";
  thread = {};
}

TEST_F(Informer, drops_what_is_not_kept_of_labels_and_annotations) {
  Json labelled = manifest("a");
  labelled["metadata"]["labels"] = {{"own/color", "blue"}, {"helm.sh/chart", "x"}};
  labelled["metadata"]["annotations"] = {{"own/paused", "true"}, {"other/text", "y"}};
  server->create(kWidgets, labelled);
  watch({.kept = {.label_prefix = "own/", .annotation_prefix = "own/"}});
  EXPECT_EQ(next_change(), "+a initially");
  labelled["metadata"]["name"] = "b";
  server->create(kWidgets, labelled);
  EXPECT_EQ(next_change(), "+b");
  using Map = std::map<std::string, std::string>;
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(informer->store().get(key(name))->metadata.labels, (Map{{"own/color", "blue"}}));
    EXPECT_EQ(informer->store().get(key(name))->metadata.annotations,
              (Map{{"own/paused", "true"}}));
  }
}

// --- Pages by their size

TEST_F(Informer, a_page_that_is_too_large_is_asked_for_again_at_once_with_half_as_many) {
  for (int i = 0; i < 40; ++i) {
    Json large = manifest("w" + std::to_string(i));
    large["metadata"]["annotations"] = {{"other/text", std::string(10'000, 'x')}};
    server->create(kWidgets, large);
  }
  watch({.page_size = 64, .max_page_bytes = 100'000});
  EXPECT_EQ(informer->store().size(), 40U);
  std::vector<std::string> limits;
  for (const ApiCall& call : server->calls(support::lists()))
    limits.push_back(call.query.at("limit"));
  EXPECT_EQ(limits, (std::vector<std::string>{"64", "32", "16", "8", "8", "8", "8", "8"}));
}

TEST_F(Informer, pages_grow_again_once_objects_are_small) {
  for (int i = 0; i < 40; ++i) {
    Json mixed = manifest("w" + std::to_string(10 + i));
    if (i < 4) mixed["metadata"]["annotations"] = {{"other/text", std::string(60'000, 'x')}};
    server->create(kWidgets, mixed);
  }
  watch({.page_size = 8, .max_page_bytes = 100'000});
  EXPECT_EQ(informer->store().size(), 40U);
  std::vector<std::string> limits;
  for (const ApiCall& call : server->calls(support::lists()))
    limits.push_back(call.query.at("limit"));
  EXPECT_EQ(limits, (std::vector<std::string>{"8", "4", "2", "1", "1", "1", "1", "1", "2", "4", "8",
                                              "8", "8", "8"}));
}

// --- Missing rights

TEST_F(Informer, a_list_that_is_refused_is_settled_and_retried_each_ten_seconds_at_the_latest) {
  prometheus::Registry registry;
  kube::ReflectorMetrics metrics(registry);
  const auto up = [&] { return metrics.of("widgets", "team").up.Value(); };
  server->create(kWidgets, manifest("a"));
  server->answer_next(20, 403);
  start({.namespace_ = "team", .metrics = &metrics});
  EXPECT_TRUE(informer->wait_settled({}));
  EXPECT_FALSE(informer->has_synced());
  EXPECT_EQ(up(), 0);
  ASSERT_TRUE(informer->state().refusal());
  for (int failures = 1; failures <= 20; ++failures) {
    clock.await_waiters(1);
    EXPECT_EQ(count(support::any_call()), failures);
    clock.advance(std::chrono::seconds{10});
    ASSERT_TRUE(server->await_calls(failures + 1));
  }
  EXPECT_TRUE(informer->wait_synced({}));
  EXPECT_EQ(next_change(), "+a initially");
  EXPECT_TRUE(server->await_watches(1));
  EXPECT_EQ(up(), 1);
  EXPECT_FALSE(informer->state().refusal());
  thread = {};
}

TEST_F(Informer, that_has_synced_stays_so_where_a_later_list_is_refused) {
  server->create(kWidgets, manifest("a"));
  watch();
  server->answer_next(1, 403, support::lists());
  server->expire_watches();
  pass_backoff();
  ASSERT_TRUE(server->await_calls(2, support::lists()));
  clock.await_waiters(1);
  EXPECT_TRUE(informer->state().refusal());
  EXPECT_TRUE(informer->has_synced());
  EXPECT_TRUE(informer->wait_synced({}));
  EXPECT_TRUE(informer->wait_settled({}));
  EXPECT_EQ(informer->store().size(), 1U);
}

TEST_F(Informer, while_a_watch_is_refused_each_retry_is_a_list) {
  server->answer_next(6, 403, support::watches());
  start();
  for (int retries = 1; retries <= 6; ++retries) {
    ASSERT_TRUE(server->await_calls(retries, support::watches()));
    clock.await_waiters(1);
    EXPECT_EQ(count(support::lists()), retries);
    EXPECT_TRUE(informer->stale_since());
    const std::string name = "w" + std::to_string(retries);
    server->create(kWidgets, manifest(name));
    clock.advance(std::chrono::seconds{10});
    EXPECT_EQ(next_change(), "+" + name + " initially");
  }
  ASSERT_TRUE(server->await_watches(1));
  server->create(kWidgets, manifest("watched"));
  EXPECT_EQ(next_change(), "+watched");
  EXPECT_FALSE(informer->stale_since());
}

TEST_F(Informer, an_object_that_does_not_decode_is_left_out_of_a_list) {
  server->create(kWidgets, manifest("bad", "large"));
  server->create(kWidgets, manifest("good"));
  watch();
  EXPECT_EQ(next_change(), "+good initially");
  EXPECT_EQ(informer->store().size(), 1U);
}

TEST_F(Informer, an_object_that_does_not_decode_is_left_out_of_a_watch_and_can_be_mended) {
  watch();
  server->create(kWidgets, manifest("bad", "large"));
  server->create(kWidgets, manifest("good"));
  EXPECT_EQ(next_change(), "+good");
  server->update(kWidgets, key("bad"), [](Json& json) { json["spec"]["size"] = 2; });
  EXPECT_EQ(next_change(), "+bad");
}

TEST_F(Informer, an_object_that_no_longer_decodes_can_still_be_deleted) {
  server->create(kWidgets, manifest("a"));
  watch();
  EXPECT_EQ(next_change(), "+a initially");
  server->update(kWidgets, key("a"), [](Json& json) { json["spec"]["size"] = "large"; });
  server->remove(kWidgets, key("a"));
  EXPECT_EQ(next_change(), "-a");
}

TEST_F(Informer, a_bookmark_moves_the_version_past_a_compaction) {
  watch();
  // Writes to other resources raise the version without an event here.
  const kube::Resource others{"example.dev", "v1", "others", "Other", true};
  server->serve(others, FakeApiServer::Kind::Custom);
  for (const char* name : {"a", "b", "c"}) server->create(others, manifest(name));
  server->send_bookmarks();
  server->compact();
  server->drop_watches();
  pass_backoff();
  ASSERT_TRUE(server->await_calls(2, support::watches()));
  EXPECT_EQ(server->calls(support::watches()).back().status, 200);
  EXPECT_EQ(count(support::lists()), 1);
}

TEST_F(Informer, a_silent_stream_is_given_up_and_watched_again) {
  watch();
  server->drop_watches(ErrorCode::Timeout);  // what the silence limit makes of it
  pass_backoff();
  EXPECT_TRUE(server->await_calls(2, support::watches()));
  EXPECT_EQ(count(support::lists()), 1);
}

TEST_F(Informer, backs_off_from_800_ms_to_30_s_while_nothing_works) {
  server->answer_next(100, 503);
  start();
  net::Duration limit = std::chrono::milliseconds{800};
  for (int failures = 1; failures <= 8; ++failures) {
    clock.await_waiters(1);
    EXPECT_EQ(count(support::any_call()), failures);
    clock.advance(limit / 2 - std::chrono::milliseconds{1});
    EXPECT_EQ(count(support::any_call()), failures) << "sooner than half of the back-off";
    clock.advance(limit / 2 + std::chrono::milliseconds{1});
    ASSERT_TRUE(server->await_calls(failures + 1));
    limit = std::min<net::Duration>(limit * 2, std::chrono::seconds{30});
  }
}

TEST_F(Informer, a_watch_that_lived_for_two_minutes_resets_the_back_off) {
  server->answer_next(6, 503);
  start();
  for (int i = 0; i < 6; ++i) pass_backoff();
  ASSERT_TRUE(server->await_watches(1));
  clock.advance(std::chrono::minutes{2});
  server->drop_watches();
  clock.await_waiters(1);
  clock.advance(std::chrono::milliseconds{800});
  EXPECT_TRUE(server->await_calls(2, support::watches()));
}

TEST_F(Informer, an_event_resets_the_back_off) {
  server->answer_next(6, 503);
  start();
  for (int i = 0; i < 6; ++i) pass_backoff();
  ASSERT_TRUE(server->await_watches(1));
  server->create(kWidgets, manifest("a"));
  EXPECT_EQ(next_change(), "+a");
  server->drop_watches();
  clock.await_waiters(1);
  clock.advance(std::chrono::milliseconds{800});
  EXPECT_TRUE(server->await_calls(2, support::watches()));
}

TEST_F(Informer,
       an_expired_version_waits_out_no_back_off_of_earlier_failures_but_the_next_one_does) {
  server->answer_next(6, 503);
  start();
  for (int i = 0; i < 6; ++i) pass_backoff();
  ASSERT_TRUE(server->await_watches(1));
  server->expire_watches();
  clock.await_waiters(1);
  clock.advance(std::chrono::milliseconds{800});
  ASSERT_TRUE(server->await_watches(1));
  EXPECT_EQ(count(support::lists()), 8) << "six failures, the first list and another one";
  server->expire_watches();
  clock.await_waiters(1);
  clock.advance(std::chrono::milliseconds{800});
  EXPECT_EQ(count(support::lists()), 8) << "each time costs a whole list";
}

TEST_F(Informer, a_refusal_that_says_when_to_come_back_does_not_lengthen_the_back_off) {
  // For longer than the client itself would wait.
  server->answer_next(6, 429, support::any_call(), {{"Retry-After", "40"}});
  server->drop_next(1);
  start();
  for (int i = 0; i < 6; ++i) {
    clock.await_waiters(1);
    EXPECT_EQ(count(support::any_call()), i + 1);
    clock.advance(std::chrono::seconds{40});
    ASSERT_TRUE(server->await_calls(i + 2));
  }
  clock.await_waiters(1);
  clock.advance(std::chrono::milliseconds{800});
  EXPECT_TRUE(informer->wait_synced({}));
}

TEST_F(Informer, waits_as_long_as_the_server_asks_for) {
  // For longer than the client itself would wait.
  server->answer_next(1, 429, support::any_call(), {{"Retry-After", "40"}});
  start();
  clock.await_waiters(1);
  clock.advance(std::chrono::seconds{39});
  EXPECT_EQ(count(support::any_call()), 1);
  clock.advance(std::chrono::seconds{1});
  EXPECT_TRUE(informer->wait_synced({}));
}

TEST_F(Informer, stops_within_a_second_wherever_it_hangs) {
  const auto took = [this](const std::function<void()>& until_it_hangs) {
    start();
    until_it_hangs();
    const auto began = std::chrono::steady_clock::now();
    thread = {};
    return std::chrono::steady_clock::now() - began;
  };
  const std::chrono::seconds second{1};
  server->hang_next(1, support::lists());
  EXPECT_LT(took([&] { server->await_calls(1, support::lists()); }), second) << "in a list";
  server->hang_next(1, support::watches());
  EXPECT_LT(took([&] { server->await_calls(1, support::watches()); }), second)
      << "before a watch's headers";
  EXPECT_LT(took([&] { server->await_watches(1); }), second) << "in a watch";
  server->answer_next(1, 503);
  EXPECT_LT(took([&] { clock.await_waiters(1); }), second) << "in a back-off";
}

TEST_F(Informer, readers_see_the_old_list_or_the_new_one_but_never_half) {
  for (int i = 0; i < 50; ++i) server->create(kWidgets, manifest("w" + std::to_string(i)));
  kube::InformerOptions options;
  options.page_size = 7;
  start(options);
  while (!informer->has_synced()) {
    const auto size = informer->store().size();
    ASSERT_TRUE(size == 0 || size == 50) << size;
  }
  EXPECT_EQ(informer->store().size(), 50U);
}

// --- Secrets

class SecretInformer : public testing::Test {
 protected:
  void SetUp() override { server->serve(kube::Secret::resource(), FakeApiServer::Kind::BuiltIn); }

  // As `kubectl apply` writes it: the annotation repeats the values.
  static Json applied(const std::string& name) {
    return {{"metadata",
             {{"namespace", "team"},
              {"name", name},
              {"annotations",
               {{"kubectl.kubernetes.io/last-applied-configuration",
                 R"({"data":{"client_secret":"Y2FuYXJ5"}})"}}}}},
            {"data", {{"client_secret", "Y2FuYXJ5"}}}};
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<kube::Client> client = support::client_of(server);
};

TEST_F(SecretInformer, asks_for_metadata_alone_and_keeps_no_value) {
  server->create(kube::Secret::resource(), applied("listed"));
  kube::Informer<kube::PartialSecret> informer(*client);
  std::promise<void> seen;
  informer.on_change([&](const auto&, bool initial) {
    if (!initial) seen.set_value();
  });
  std::jthread thread([&](std::stop_token stop) { informer.run(stop); });
  ASSERT_TRUE(server->await_watches(1));
  server->create(kube::Secret::resource(), applied("watched"));
  ASSERT_EQ(seen.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);

  ASSERT_EQ(informer.store().size(), 2U);
  for (const auto& secret : informer.store().list()) {
    const std::string everything = Json(secret->metadata).dump();
    EXPECT_EQ(everything.find("Y2FuYXJ5"), std::string::npos) << everything;
  }
  const auto calls = server->calls();
  EXPECT_EQ(calls.at(0).accept, kube::PartialSecret::list_accept);
  EXPECT_EQ(calls.at(1).accept, kube::PartialSecret::accept);
}

}  // namespace
