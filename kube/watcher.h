// The state machine of list and watch, without I/O: what to ask the API server next, given what it
// answered last. States and transitions are those of kube-rs (kube-runtime/src/watcher.rs); they
// are drawn in docs/watcher.md, and a test holds the picture to what is done here.
#pragma once

#include <string>
#include <string_view>

#include "kube/meta.h"
#include "net/result.h"

namespace kube {

enum class WatcherState { Empty, InitPage, InitListed, Watching };
const char* to_string(WatcherState state);

// One line of a watch stream (metav1.WatchEvent), decoded as far as the state machine needs it.
struct WatchEvent {
  enum class Type { Added, Modified, Deleted, Bookmark, Error };
  Type type = Type::Error;
  std::string resource_version;  // of the object; empty for Error
  int error_code = 0;            // Status.code, for Error
  std::string error_message;
  Json object;
};
// Invalid for a line that is not a WatchEvent of a known type.
net::Result<WatchEvent> parse_watch_event(std::string_view line);

// What the consumer does with what was just fed in.
enum class WatcherAction {
  Nothing,
  BufferPage,  // add the page's items to the new list
  SwapList,  // add them, then replace the cache by the new list at once: what is not in it is gone
  Upsert,    // the event's object was added or changed
  Delete,    // it was deleted
  DropList,  // throw a half-read list away
};

// Not thread-safe: one reflector drives one. An answer that lacks a version leads to a new list.
class Watcher {
 public:
  WatcherState state() const { return state_; }
  const std::string& resource_version() const { return resource_version_; }  // to watch from
  const std::string& continue_token() const { return continue_token_; }      // of the next page

  WatcherAction page(const std::string& resource_version, const std::string& continue_token);
  WatcherAction list_failed(
      const net::Error& error);  // Gone: the continue token expired; else ask again
  void watch_started();
  WatcherAction event(const WatchEvent& event);  // if state() is no longer Watching then: hang up
  WatcherAction watch_ended(
      const net::Status& how);  // Gone: list again; else watch again at the same version

 private:
  WatcherAction start_over();
  WatcherState state_ = WatcherState::Empty;
  std::string resource_version_;
  std::string continue_token_;
};

}  // namespace kube
