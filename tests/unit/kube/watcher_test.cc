#include "kube/watcher.h"

#include <gtest/gtest.h>

namespace {

using kube::parse_watch_event;
using kube::Watcher;
using kube::WatcherAction;
using kube::WatcherState;
using kube::WatchEvent;
using net::Error;
using net::ErrorCode;

WatchEvent event(const std::string& type, const std::string& version) {
  return *parse_watch_event(R"({"type": ")" + type +
                            R"(", "object": {"metadata": {"name": "a", "resourceVersion": ")" +
                            version + R"("}}})");
}

WatchEvent error_event(int code) {
  return *parse_watch_event(R"({"type": "ERROR", "object": {"kind": "Status", "code": )" +
                            std::to_string(code) + R"(, "message": "sorry"}})");
}

Watcher listed(const std::string& version = "99") {
  Watcher watcher;
  watcher.page(version, "");
  return watcher;
}

Watcher watching(const std::string& version = "99") {
  Watcher watcher = listed(version);
  watcher.watch_started();
  return watcher;
}

TEST(Watcher, begins_empty_with_the_first_page) {
  Watcher watcher;
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
  EXPECT_EQ(watcher.continue_token(), "");
}

TEST(Watcher, a_page_with_a_continue_token_asks_for_the_next) {
  Watcher watcher;
  EXPECT_EQ(watcher.page("99", "more"), WatcherAction::BufferPage);
  EXPECT_EQ(watcher.state(), WatcherState::InitPage);
  EXPECT_EQ(watcher.continue_token(), "more");
}

TEST(Watcher, the_last_page_swaps_the_list_and_says_where_to_watch_from) {
  Watcher watcher;
  watcher.page("99", "more");
  EXPECT_EQ(watcher.page("99", ""), WatcherAction::SwapList);
  EXPECT_EQ(watcher.state(), WatcherState::InitListed);
  EXPECT_EQ(watcher.resource_version(), "99");
  EXPECT_EQ(watcher.continue_token(), "");
}

TEST(Watcher, an_expired_continue_token_drops_the_half_read_list) {
  Watcher watcher;
  watcher.page("99", "more");
  EXPECT_EQ(watcher.list_failed(Error{ErrorCode::Gone, ""}), WatcherAction::DropList);
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
  EXPECT_EQ(watcher.continue_token(), "");
}

TEST(Watcher, any_other_failure_of_a_list_asks_for_the_same_page_again) {
  Watcher watcher;
  watcher.page("99", "more");
  EXPECT_EQ(watcher.list_failed(Error{ErrorCode::Unavailable, ""}), WatcherAction::Nothing);
  EXPECT_EQ(watcher.state(), WatcherState::InitPage);
  EXPECT_EQ(watcher.continue_token(), "more");
}

TEST(Watcher, a_list_without_a_version_is_not_believed) {
  Watcher watcher;
  EXPECT_EQ(watcher.page("", ""), WatcherAction::DropList);
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
}

TEST(Watcher, events_are_upserts_and_deletions_and_move_the_version) {
  Watcher watcher = watching();
  EXPECT_EQ(watcher.event(event("ADDED", "100")), WatcherAction::Upsert);
  EXPECT_EQ(watcher.event(event("MODIFIED", "101")), WatcherAction::Upsert);
  EXPECT_EQ(watcher.event(event("DELETED", "102")), WatcherAction::Delete);
  EXPECT_EQ(watcher.resource_version(), "102");
  EXPECT_EQ(watcher.state(), WatcherState::Watching);
}

TEST(Watcher, a_bookmark_only_moves_the_version) {
  Watcher watcher = watching();
  EXPECT_EQ(watcher.event(event("BOOKMARK", "150")), WatcherAction::Nothing);
  EXPECT_EQ(watcher.resource_version(), "150");
}

TEST(Watcher, a_stream_that_ends_is_watched_again_at_the_same_version) {
  for (const net::Status& how : {net::Status{}, net::Status{Error{ErrorCode::Unavailable, ""}},
                                 net::Status{Error{ErrorCode::Timeout, ""}}}) {
    Watcher watcher = watching();
    watcher.event(event("ADDED", "100"));
    EXPECT_EQ(watcher.watch_ended(how), WatcherAction::Nothing);
    EXPECT_EQ(watcher.state(), WatcherState::InitListed);
    EXPECT_EQ(watcher.resource_version(), "100");
  }
}

TEST(Watcher, a_watch_that_cannot_be_had_from_that_version_or_not_at_all_leads_to_a_new_list) {
  for (const ErrorCode code :
       {ErrorCode::Gone, ErrorCode::Forbidden, ErrorCode::NotFound, ErrorCode::TooLarge}) {
    Watcher watcher = watching();
    EXPECT_EQ(watcher.watch_ended(Error{code, ""}), WatcherAction::DropList);
    EXPECT_EQ(watcher.state(), WatcherState::Empty);
  }
}

TEST(Watcher, a_line_that_was_lost_ends_no_watch_and_leads_to_a_list_after_it) {
  for (const net::Status& how : {net::Status{}, net::Status{Error{ErrorCode::Unavailable, ""}}}) {
    Watcher watcher = watching();
    watcher.line_lost();
    EXPECT_EQ(watcher.event(event("MODIFIED", "100")), WatcherAction::Upsert);
    EXPECT_EQ(watcher.state(), WatcherState::Lossy);
    EXPECT_EQ(watcher.watch_ended(how), WatcherAction::DropList);
    EXPECT_EQ(watcher.state(), WatcherState::Empty);
  }
}

TEST(Watcher, a_410_event_leads_to_a_new_list_however_the_stream_ends_then) {
  Watcher watcher = watching();
  EXPECT_EQ(watcher.event(error_event(410)), WatcherAction::DropList);
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
  watcher.watch_ended({});
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
}

TEST(Watcher, another_error_event_changes_nothing) {
  Watcher watcher = watching();
  EXPECT_EQ(watcher.event(error_event(500)), WatcherAction::Nothing);
  EXPECT_EQ(watcher.state(), WatcherState::Watching);
  EXPECT_EQ(watcher.resource_version(), "99");
}

TEST(Watcher, an_object_without_a_version_leads_to_a_new_list) {
  Watcher watcher = watching();
  EXPECT_EQ(watcher.event(event("MODIFIED", "")), WatcherAction::DropList);
  EXPECT_EQ(watcher.state(), WatcherState::Empty);
}

TEST(WatchEvent, an_error_carries_its_code_and_message) {
  const WatchEvent error = error_event(410);
  EXPECT_EQ(error.type, WatchEvent::Type::Error);
  EXPECT_EQ(error.error_code, 410);
  EXPECT_EQ(error.error_message, "sorry");
}

TEST(WatchEvent, one_whose_object_does_not_parse_still_says_whose_it_is) {
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = "[" + deep + "]";
  const auto parsed = parse_watch_event(
      R"({"type": "MODIFIED", "object": {"spec": )" + deep +
      R"(, "metadata": {"namespace": "ns", "name": "a", "resourceVersion": "7"}}})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_NE(parsed->unreadable, "");
  EXPECT_EQ(parsed->type, WatchEvent::Type::Modified);
  EXPECT_EQ(parsed->resource_version, "7");
  EXPECT_EQ(parsed->object["metadata"]["name"], "a");
  EXPECT_EQ(event("ADDED", "1").unreadable, "");
}

TEST(WatchEvent, lines_that_are_none_are_refused_without_being_shown) {
  for (const char* line : {"", "canary", R"({"type": "ADDED", "object": {"metad)", R"([])",
                           R"({"type": "CANARY", "object": {}})", R"({"type": "ADDED"})",
                           R"({"type": "ADDED", "object": "canary"})"}) {
    const auto parsed = parse_watch_event(line);
    ASSERT_FALSE(parsed.ok()) << line;
    EXPECT_EQ(parsed.error().message.find("canary"), std::string::npos);
  }
}

}  // namespace
