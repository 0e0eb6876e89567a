#include "kube/watcher.h"

#include <optional>

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;

constexpr int kGone = 410;

std::optional<WatchEvent::Type> type_of(const std::string& text) {
  if (text == "ADDED") return WatchEvent::Type::Added;
  if (text == "MODIFIED") return WatchEvent::Type::Modified;
  if (text == "DELETED") return WatchEvent::Type::Deleted;
  if (text == "BOOKMARK") return WatchEvent::Type::Bookmark;
  if (text == "ERROR") return WatchEvent::Type::Error;
  return std::nullopt;
}

int status_code(const Json& status) {
  const auto code = status.find("code");
  return code != status.end() && code->is_number_integer() ? code->get<int>() : 0;
}

bool leads_to_a_list(const net::Status& ended) {
  if (ended.ok()) return false;
  const ErrorCode code = ended.error().code;
  return code == ErrorCode::Gone || code == ErrorCode::Forbidden || code == ErrorCode::NotFound ||
         code == ErrorCode::TooLarge;
}

}  // namespace

const char* to_string(WatcherState state) {
  switch (state) {
    case WatcherState::Empty:
      return "Empty";
    case WatcherState::InitPage:
      return "InitPage";
    case WatcherState::InitListed:
      return "InitListed";
    case WatcherState::Watching:
      return "Watching";
    case WatcherState::Lossy:
      break;
  }
  return "Lossy";
}

net::Result<WatchEvent> parse_watch_event(std::string_view line, const KeptMetadata& kept) {
  WatchEvent event;
  auto json = parse_event(line, kept);
  if (!json.ok()) {
    event.unreadable = json.error().message;
    json = parse_event_identity(line);
  }
  if (!json.ok()) return Error{ErrorCode::Invalid, "watch event: " + event.unreadable};
  const auto type = type_of(net::string_member(*json, "type"));
  const auto object = json->is_object() ? json->find("object") : json->end();
  if (!type || object == json->end() || !object->is_object()) {
    return Error{ErrorCode::Invalid, "watch event: no known type, or no object"};
  }
  event.type = *type;
  event.object = std::move(*object);
  if (event.type == WatchEvent::Type::Error) {
    event.error_code = status_code(event.object);
    event.error_message = net::string_member(event.object, "message");
    return event;
  }
  const auto metadata = event.object.find("metadata");
  if (metadata != event.object.end()) {
    event.resource_version = net::string_member(*metadata, "resourceVersion");
  }
  return event;
}

WatcherAction Watcher::page(const std::string& resource_version,
                            const std::string& continue_token) {
  if (resource_version.empty()) return start_over();
  continue_token_ = continue_token;
  if (!continue_token.empty()) {
    state_ = WatcherState::InitPage;
    return WatcherAction::BufferPage;
  }
  resource_version_ = resource_version;
  state_ = WatcherState::InitListed;
  return WatcherAction::SwapList;
}

WatcherAction Watcher::list_failed(const Error& error) {
  return error.code == ErrorCode::Gone ? start_over() : WatcherAction::Nothing;
}

void Watcher::watch_started() { state_ = WatcherState::Watching; }

WatcherAction Watcher::event(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::Error) {
    return event.error_code == kGone ? start_over() : WatcherAction::Nothing;
  }
  if (event.resource_version.empty()) return start_over();
  resource_version_ = event.resource_version;
  switch (event.type) {
    case WatchEvent::Type::Added:
    case WatchEvent::Type::Modified:
      return WatcherAction::Upsert;
    case WatchEvent::Type::Deleted:
      return WatcherAction::Delete;
    default:
      return WatcherAction::Nothing;
  }
}

void Watcher::line_lost() { state_ = WatcherState::Lossy; }

WatcherAction Watcher::watch_ended(const net::Status& how) {
  if (state_ == WatcherState::Empty) return WatcherAction::Nothing;
  if (state_ == WatcherState::Lossy || leads_to_a_list(how)) return start_over();
  state_ = WatcherState::InitListed;
  return WatcherAction::Nothing;
}

WatcherAction Watcher::start_over() {
  state_ = WatcherState::Empty;
  continue_token_.clear();
  resource_version_.clear();
  return WatcherAction::DropList;
}

}  // namespace kube
