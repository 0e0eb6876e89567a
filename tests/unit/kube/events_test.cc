#include "kube/events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "kube/core.h"
#include "support/fake_api_server.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using support::ApiCall;
using support::FakeApiServer;
using support::to;

const Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};

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
  std::unique_ptr<EventRecorder> recorder_ = std::make_unique<EventRecorder>(
      *client_, "oauth.integrations.dev/operator", "operator-7d9f", clock_);
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

TEST_F(EventsTest, a_full_queue_drops_the_newest) {
  std::promise<void> go_on;
  server_->before_next(to("POST"), [&] { go_on.get_future().wait(); });
  record("first");
  // The writer may or may not have taken the first one out yet: 1,000 wait, and one may be under
  // way.
  for (int i = 0; i < 1200; ++i) record("n" + std::to_string(i));
  go_on.set_value();
  recorder_->flush(1min);
  const std::size_t written = events().size();
  EXPECT_GE(written, 1000u);
  EXPECT_LE(written, 1001u);
  const auto has = [&](const std::string& note) {
    for (const Json& event : events()) {
      if (event["note"] == note) return true;
    }
    return false;
  };
  EXPECT_TRUE(has("first"));
  EXPECT_TRUE(has("n998"));
  EXPECT_FALSE(has("n1199"));
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
