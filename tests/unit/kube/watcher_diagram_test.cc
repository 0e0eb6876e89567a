// docs/watcher.md shows the state machine. Here it is driven through every state with every input,
// and what it did is drawn: the picture in the file must be that one.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "kube/watcher.h"

namespace {

using kube::Watcher;
using kube::WatcherAction;
using kube::WatcherState;
using kube::WatchEvent;
using net::Error;
using net::ErrorCode;

constexpr std::array kStates{WatcherState::Empty, WatcherState::InitPage, WatcherState::InitListed,
                             WatcherState::Watching, WatcherState::Lossy};

// A watcher in that state, by the shortest way.
Watcher in(WatcherState state) {
  Watcher watcher;
  if (state == WatcherState::Empty) return watcher;
  watcher.page("99", state == WatcherState::InitPage ? "more" : "");
  if (state == WatcherState::InitPage || state == WatcherState::InitListed) return watcher;
  watcher.watch_started();
  if (state == WatcherState::Lossy) watcher.line_lost();
  return watcher;
}

const char* name(WatcherAction action) {
  switch (action) {
    case WatcherAction::Nothing:
      return "Nothing";
    case WatcherAction::BufferPage:
      return "BufferPage";
    case WatcherAction::SwapList:
      return "SwapList";
    case WatcherAction::Upsert:
      return "Upsert";
    case WatcherAction::Delete:
      return "Delete";
    case WatcherAction::DropList:
      break;
  }
  return "DropList";
}

WatcherAction event(Watcher& watcher, WatchEvent::Type type, const std::string& version) {
  WatchEvent event;
  event.type = type;
  event.resource_version = version;
  return watcher.event(event);
}

WatcherAction error_event(Watcher& watcher, int code) {
  WatchEvent event;
  event.error_code = code;
  return watcher.event(event);
}

struct Input {
  std::string name;
  std::set<WatcherState> comes_in;  // as Reflector::run asks: what it may be answered, and when
  std::function<WatcherAction(Watcher&)> feed;
};

Input fails_with(const std::string& what, ErrorCode code, const std::set<WatcherState>& comes_in) {
  return {"watch fails with " + what, comes_in, [code](Watcher& w) {
            return w.watch_ended(Error{code, ""});
          }};
}

std::vector<Input> inputs() {
  const std::set listing{WatcherState::Empty, WatcherState::InitPage};
  const std::set listed{WatcherState::InitListed};
  const std::set watching{WatcherState::Watching, WatcherState::Lossy};
  // After an event that leads to a new list the reflector hangs up, and reports it, too.
  const std::set hung_up{WatcherState::Watching, WatcherState::Lossy, WatcherState::Empty};
  using Type = WatchEvent::Type;
  return {
      {"a page, not the last", listing, [](Watcher& w) { return w.page("100", "more"); }},
      {"the last page", listing, [](Watcher& w) { return w.page("100", ""); }},
      {"a page without a version", listing, [](Watcher& w) { return w.page("", ""); }},
      {"list fails with 410", listing,
       [](Watcher& w) {
         return w.list_failed(Error{ErrorCode::Gone, ""});
       }},
      {"list fails otherwise", listing,
       [](Watcher& w) {
         return w.list_failed(Error{ErrorCode::Unavailable, ""});
       }},
      {"watch begins", listed,
       [](Watcher& w) {
         w.watch_started();
         return WatcherAction::Nothing;
       }},
      {"ADDED", watching, [](Watcher& w) { return event(w, Type::Added, "101"); }},
      {"MODIFIED", watching, [](Watcher& w) { return event(w, Type::Modified, "101"); }},
      {"DELETED", watching, [](Watcher& w) { return event(w, Type::Deleted, "101"); }},
      {"BOOKMARK", watching, [](Watcher& w) { return event(w, Type::Bookmark, "101"); }},
      {"an event without a version", watching,
       [](Watcher& w) { return event(w, Type::Modified, ""); }},
      {"a line that is no event", watching,
       [](Watcher& w) {
         w.line_lost();
         return WatcherAction::Nothing;
       }},
      {"ERROR 410", watching, [](Watcher& w) { return error_event(w, 410); }},
      {"ERROR otherwise", watching, [](Watcher& w) { return error_event(w, 500); }},
      {"watch ends", hung_up, [](Watcher& w) { return w.watch_ended({}); }},
      fails_with("410", ErrorCode::Gone, hung_up),
      fails_with("403", ErrorCode::Forbidden, hung_up),
      fails_with("404", ErrorCode::NotFound, hung_up),
      fails_with("a line too large", ErrorCode::TooLarge, hung_up),
      {"watch fails otherwise", hung_up,
       [](Watcher& w) {
         return w.watch_ended(Error{ErrorCode::Timeout, ""});
       }},
  };
}

using CausesByAction = std::map<WatcherAction, std::vector<std::string>>;

// A line for each action, with its causes.
std::string label(const CausesByAction& actions) {
  std::string text;
  for (const auto& [action, causes] : actions) {
    if (!text.empty()) text += "<br/>";
    for (const std::string& cause : causes) text += (&cause == &causes[0] ? "" : ", ") + cause;
    if (action != WatcherAction::Nothing) text += std::string{" → "} + name(action);
  }
  return text;
}

// One arrow for each pair of states.
std::string drawn() {
  using Arrow = std::pair<WatcherState, WatcherState>;
  std::map<Arrow, CausesByAction> arrows;
  for (const WatcherState state : kStates)
    for (const Input& input : inputs()) {
      if (!input.comes_in.contains(state)) continue;
      Watcher watcher = in(state);
      EXPECT_EQ(watcher.state(), state);
      const WatcherAction action = input.feed(watcher);
      arrows[{state, watcher.state()}][action].push_back(input.name);
    }
  std::ostringstream text;
  text << "```mermaid\nstateDiagram-v2\n    [*] --> " << to_string(Watcher().state()) << "\n";
  for (const auto& [arrow, actions] : arrows) {
    text << "    " << to_string(arrow.first) << " --> " << to_string(arrow.second) << " : "
         << label(actions) << "\n";
  }
  text << "```\n";
  return text.str();
}

std::string picture_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << "cannot read " << path;
  std::string text, line;
  bool inside = false;
  while (std::getline(file, line)) {
    inside = inside || line == "```mermaid";
    if (inside) text += line + "\n";
    if (line == "```") inside = false;
  }
  return text;
}

TEST(WatcherDiagram, is_what_the_watcher_does) {
  EXPECT_EQ(picture_of(SOURCE_DIR "/docs/watcher.md"), drawn())
      << "docs/watcher.md should have this picture:\n\n"
      << drawn();
}

// An input out of turn, by a fault of ours, must not make an incomplete cache look whole: only the
// last page of a list does that.
TEST(WatcherDiagram, nothing_but_a_last_page_replaces_the_cache) {
  for (const WatcherState state : kStates)
    for (const Input& input : inputs()) {
      Watcher watcher = in(state);
      EXPECT_EQ(input.feed(watcher) == WatcherAction::SwapList, input.name == "the last page")
          << to_string(state) << ", " << input.name;
    }
}

// Each answer to a watch leaves a way on: a list from its beginning, or a version to watch from.
TEST(WatcherDiagram, a_new_list_begins_at_its_beginning_and_a_watch_has_a_version) {
  for (const WatcherState state : kStates)
    for (const Input& input : inputs()) {
      if (!input.comes_in.contains(state)) continue;
      Watcher watcher = in(state);
      input.feed(watcher);
      if (watcher.state() == WatcherState::Empty) {
        EXPECT_EQ(watcher.continue_token(), "") << to_string(state) << ", " << input.name;
      } else if (watcher.state() != WatcherState::InitPage) {
        EXPECT_NE(watcher.resource_version(), "") << to_string(state) << ", " << input.name;
      }
    }
}

}  // namespace
