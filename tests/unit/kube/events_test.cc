#include "kube/events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "kube/core.h"
#include "kube/metrics.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using support::ApiCall;
using support::FakeApiServer;
using support::to;

const Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};

double dropped(const prometheus::Registry& registry, const std::string& reason) {
  const std::string sample = "event_recorder_dropped_total{reason=\"" + reason + "\"} ";
  const std::string text = expose(registry);
  const std::size_t at = text.find(sample);
  return at == std::string::npos ? -1 : std::stod(text.substr(at + sample.size()));
}

class EventsTest : public testing::Test {
 protected:
  EventsTest() { server_->serve(kEvents, FakeApiServer::Kind::BuiltIn); }

  void record(const std::string& note, const std::string& reason = "Verified") {
    recorder_->event(widget_, EventType::Normal, reason, "Verify", note);
  }
  void record_and_flush(const std::string& note) {
    record(note);
    recorder_->flush(1min);
  }
  std::vector<Json> events() const { return server_->list(kEvents); }
  std::size_t posts() const { return server_->calls(to("POST")).size(); }
  std::size_t patches() const { return server_->calls(to("PATCH")).size(); }

  const ObjectReference widget_{"example.dev/v1", "Widget", "w", "ns", "u-1", "7"};
  net::ManualClock clock_;
  std::shared_ptr<FakeApiServer> server_ = std::make_shared<FakeApiServer>(clock_);
  std::unique_ptr<Client> client_ = support::client_of(server_, clock_);
  prometheus::Registry registry_;
  EventMetrics metrics_{registry_};
  std::unique_ptr<EventRecorder> recorder_ = std::make_unique<EventRecorder>(
      *client_, "oauth.integrations.dev/operator", "operator-7d9f", clock_, &metrics_);

  void record_about(const std::string& ns, const std::string& name) {
    recorder_->event({"example.dev/v1", "Widget", name, ns, "u-" + name, "7"}, EventType::Normal,
                     "Verified", "Verify", "n");
  }
  std::size_t written_in(const std::string& ns) const {
    std::size_t count = 0;
    for (const Json& event : events())
      if (event["metadata"]["namespace"] == ns) ++count;
    return count;
  }
};

TEST_F(EventsTest, has_all_that_the_api_asks_for) {
  recorder_->event(widget_, EventType::Warning, "Rejected", "Verify", "The provider refused it.");
  recorder_->flush(1min);
  ASSERT_EQ(events().size(), 1u);
  Json event = events()[0];
  EXPECT_EQ(event["metadata"]["namespace"], "ns");
  EXPECT_EQ(event["metadata"]["name"].get<std::string>().rfind("w.", 0), 0u);
  EXPECT_EQ(event["apiVersion"], "events.k8s.io/v1");
  EXPECT_EQ(event["kind"], "Event");
  for (const char* key : {"metadata", "apiVersion", "kind"}) event.erase(key);
  EXPECT_EQ(event, Json::parse(R"({
    "eventTime": "2023-11-14T22:13:20.000000Z",
    "reportingController": "oauth.integrations.dev/operator",
    "reportingInstance": "operator-7d9f",
    "type": "Warning", "reason": "Rejected", "action": "Verify",
    "note": "The provider refused it.",
    "regarding": {"apiVersion": "example.dev/v1", "kind": "Widget", "namespace": "ns", "name": "w",
                  "uid": "u-1", "resourceVersion": "7"}})"));
}

TEST_F(EventsTest, about_a_cluster_scoped_object_goes_to_default) {
  recorder_->event({"example.dev/v1", "Gadget", "g", "", "u-2", "7"}, EventType::Normal, "Ready",
                   "Reconcile", "It is ready.");
  recorder_->flush(1min);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0]["metadata"]["namespace"], "default");
  EXPECT_FALSE(events()[0]["regarding"].contains("namespace"));
}

TEST_F(EventsTest, a_note_is_cut_at_1024_bytes_at_the_end_of_a_character) {
  const std::string e_acute = "\xC3\xA9";
  const std::string smile = "\xF0\x9F\x99\x82";
  const auto written = [&](const std::string& note) {
    server_->forget_calls();
    record_and_flush(note);
    return server_->calls(to("POST")).at(0).body["note"].get<std::string>();
  };
  EXPECT_EQ(written(std::string(1024, 'a')).size(), 1024u);
  EXPECT_EQ(written(std::string(1025, 'b')).size(), 1024u);
  EXPECT_EQ(written(std::string(1022, 'c') + e_acute), std::string(1022, 'c') + e_acute);
  EXPECT_EQ(written(std::string(1023, 'd') + e_acute), std::string(1023, 'd'));
  for (std::size_t room : {1, 2, 3}) {
    const std::string text(1024 - room, 'e');
    EXPECT_EQ(written(text + smile), text) << room;
  }
}

TEST_F(EventsTest, the_same_event_again_becomes_a_series_on_the_first_one) {
  record_and_flush("n");
  clock_.advance(1s);
  record_and_flush("n");
  clock_.advance(1s);
  record_and_flush("n");
  EXPECT_EQ(posts(), 1u);
  EXPECT_EQ(patches(), 0u);  // not before 30 s
  clock_.await_waiters(1);
  clock_.advance(28s);
  ASSERT_TRUE(server_->await_calls(1, to("PATCH")));
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0]["series"],
            Json::parse(R"({"count": 3, "lastObservedTime": "2023-11-14T22:13:22.000000Z"})"));
}

TEST_F(EventsTest, a_series_is_written_at_most_once_in_30_seconds) {
  record_and_flush("n");
  for (int second = 1; second < 60; ++second) {
    clock_.advance(1s);
    record_and_flush("n");
  }
  clock_.await_waiters(1);
  EXPECT_EQ(patches(), 1u);
  clock_.advance(1s);
  ASSERT_TRUE(server_->await_calls(2, to("PATCH")));
  EXPECT_EQ(events()[0]["series"]["count"], 60);
}

TEST_F(EventsTest, another_reason_or_note_or_object_is_another_event) {
  record("n");
  record("m");
  record("n", "Rejected");
  recorder_->event({"example.dev/v1", "Widget", "w", "ns", "u-9", "7"}, EventType::Normal,
                   "Verified", "Verify", "n");
  recorder_->flush(1min);
  EXPECT_EQ(events().size(), 4u);
}

TEST_F(EventsTest, the_same_event_more_than_ten_minutes_later_is_a_new_one) {
  record_and_flush("n");
  clock_.advance(10min);
  record_and_flush("n");
  ASSERT_TRUE(server_->await_calls(1, to("PATCH")));
  EXPECT_EQ(events().size(), 1u);
  clock_.advance(10min + 1s);
  record_and_flush("n");
  EXPECT_EQ(events().size(), 2u);
}

TEST_F(EventsTest, a_failed_write_is_let_go_and_the_next_event_is_written) {
  server_->answer_next(1, 500, to("POST"));
  record_and_flush("n");
  EXPECT_TRUE(events().empty());
  record_and_flush("n");
  EXPECT_EQ(events().size(), 1u);
}

TEST_F(EventsTest, a_series_whose_event_has_expired_begins_anew) {
  record_and_flush("n");
  record_and_flush("n");
  const Json event = events()[0];
  server_->remove(kEvents, {"ns", event["metadata"]["name"].get<std::string>()});
  clock_.await_waiters(1);
  clock_.advance(30s);
  ASSERT_TRUE(server_->await_calls(1, to("PATCH")));
  record_and_flush("n");
  ASSERT_EQ(events().size(), 1u);
  EXPECT_FALSE(events()[0].contains("series"));
}

TEST_F(EventsTest, a_full_queue_drops_the_newest_of_the_noisiest_namespace_and_counts_them) {
  std::promise<void> go_on;
  server_->before_next(to("POST"), [&] { go_on.get_future().wait(); });
  // The writer may or may not have taken the first one out yet: 1,000 wait, and one may be under
  // way.
  for (int i = 0; i < 1200; ++i) record_about("noisy", "w-" + std::to_string(i));
  for (int i = 0; i < 20; ++i) record_about("quiet", "w-" + std::to_string(i));
  go_on.set_value();
  recorder_->flush(1min);
  EXPECT_EQ(written_in("quiet"), 20u);
  EXPECT_EQ(written_in("noisy"), 500u) << "a namespace's allowance";
  EXPECT_GE(dropped(registry_, "queue_full"), 219);
  EXPECT_LE(dropped(registry_, "queue_full"), 220);
  EXPECT_EQ(dropped(registry_, "queue_full") + dropped(registry_, "rate_limited"), 700);
}

TEST_F(EventsTest, namespaces_take_turns_so_that_a_backlog_of_one_delays_no_other) {
  std::promise<void> go_on;
  server_->before_next(to("POST"), [&] { go_on.get_future().wait(); });
  for (int i = 0; i < 100; ++i) record_about("noisy", "w-" + std::to_string(i));
  record_about("quiet", "w");
  go_on.set_value();
  recorder_->flush(1min);
  const auto posts = server_->calls(to("POST"));
  std::size_t turn = 0;
  while (turn < posts.size() && posts[turn].body["metadata"]["namespace"] != "quiet") ++turn;
  EXPECT_LE(turn, 2u);
}

TEST_F(EventsTest, an_object_has_25_new_events_and_one_more_each_5_minutes) {
  for (int i = 0; i < 40; ++i) record("n" + std::to_string(i));
  recorder_->flush(1min);
  EXPECT_EQ(events().size(), 25u);
  EXPECT_EQ(dropped(registry_, "rate_limited"), 15);
  record_about("ns", "another");
  clock_.advance(5min);
  record("later");
  record("and later");
  recorder_->flush(1min);
  EXPECT_EQ(events().size(), 27u);
}

TEST_F(EventsTest, a_namespace_that_has_used_up_its_allowance_takes_nothing_of_anothers) {
  for (int i = 0; i < 600; ++i) record_about("noisy", "w-" + std::to_string(i));
  recorder_->flush(1min);
  EXPECT_EQ(written_in("noisy"), 500u);
  record_about("quiet", "w");
  clock_.advance(3s);
  for (int i = 0; i < 10; ++i) record_about("noisy", "v-" + std::to_string(i));
  recorder_->flush(1min);
  EXPECT_EQ(written_in("quiet"), 1u);
  EXPECT_EQ(written_in("noisy"), 503u);
}

TEST_F(EventsTest, repetitions_of_a_series_need_no_allowance) {
  for (int i = 0; i < 100; ++i) record("n");
  recorder_->flush(1min);
  EXPECT_EQ(posts(), 1u);
  EXPECT_EQ(dropped(registry_, "rate_limited"), 0);
}

TEST_F(EventsTest, events_that_differ_in_what_changes_with_time_are_one_series) {
  for (const char* time : {"12:00", "12:05", "12:10"})
    recorder_->event(widget_, EventType::Warning, "Unreachable", "Verify",
                     std::string{"No answer. Next check at "} + time, "No answer.");
  recorder_->flush(1min);
  clock_.await_waiters(1);
  clock_.advance(30s);
  ASSERT_TRUE(server_->await_calls(1, to("PATCH")));
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0]["note"], "No answer. Next check at 12:00");
  EXPECT_EQ(events()[0]["series"]["count"], 3);
}

TEST_F(EventsTest, what_is_not_written_is_counted_whatever_the_reason) {
  server_->answer_next(2, 403, to("POST"));
  record_and_flush("n");
  record_and_flush("m");
  EXPECT_EQ(dropped(registry_, "write_failed"), 2);
  server_->hang_next(1, to("POST"));
  record("under way");
  record("waiting");
  recorder_.reset();
  EXPECT_EQ(dropped(registry_, "stopped"), 2);
}

TEST_F(EventsTest, a_missing_right_is_logged_once_and_so_is_its_return) {
  testing::internal::CaptureStderr();
  server_->answer_next(3, 403, to("POST"));
  for (const char* note : {"a", "b", "c", "d"}) record_and_flush(note);
  const std::string log = testing::internal::GetCapturedStderr();
  const auto count = [&](const std::string& text) {
    int found = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("Events are not written"), 1) << log;
  EXPECT_EQ(count("Events are written again"), 1) << log;
}

TEST_F(EventsTest,
       of_more_series_than_are_remembered_the_oldest_is_written_before_it_is_forgotten) {
  record_and_flush("n");
  record_and_flush("n");
  const std::string first = events().at(0)["metadata"]["name"];
  for (int i = 0; i < 4096; ++i) {
    record_about("ns-" + std::to_string(i % 16), "w-" + std::to_string(i));
    if (i % 500 == 499) recorder_->flush(1min);  // so that none is dropped
  }
  recorder_->flush(1min);
  const Json event = server_->find(kEvents, {"ns", first});
  EXPECT_EQ(event["series"]["count"], 2);
}

TEST_F(EventsTest, the_name_of_an_object_with_the_longest_name_fits) {
  const std::string longest = std::string(236, 'x') + "." + std::string(16, 'y');
  recorder_->event({"example.dev/v1", "Widget", longest, "ns", "u-1", "7"}, EventType::Normal, "R",
                   "A", "n");
  recorder_->flush(1min);
  ASSERT_EQ(events().size(), 1u);
  const auto name = events()[0]["metadata"]["name"].get<std::string>();
  EXPECT_LE(name.size(), 253u);
  EXPECT_EQ(name.find(".."), std::string::npos);
}

TEST_F(EventsTest, does_not_wait_for_a_server_that_hangs_when_it_ends) {
  server_->hang_next(1, to("POST"));
  record("n");
  record("m");
  recorder_.reset();
  EXPECT_TRUE(events().empty());
}

}  // namespace
}  // namespace kube
