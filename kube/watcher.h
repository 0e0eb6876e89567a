// The state machine of list and watch, without I/O: it derives the next request to the API server
// from the last answer. States and transitions are those of kube-rs (kube-runtime/src/watcher.rs),
// and one for a line that cannot be read; docs/watcher.md draws them, and a test compares the
// picture with this code.
#pragma once

#include <string>
#include <string_view>

#include "kube/meta.h"
#include "kube/object_text.h"
#include "net/result.h"

namespace kube {

// Lossy: watching on, though a line of this stream could not be read.
enum class WatcherState { Empty, InitPage, InitListed, Watching, Lossy };
const char* to_string(WatcherState state);

// One line of a watch stream (metav1.WatchEvent), decoded as far as the state machine needs it.
struct WatchEvent {
  enum class Type { Added, Modified, Deleted, Bookmark, Error };
  Type type = Type::Error;
  std::string resource_version;  // of the object; empty for Error
  int error_code = 0;            // Status.code, for Error
  std::string error_message;
  Json object;
  std::string unreadable;  // why `object` is no more than namespace, name and version; else empty
};
// An object that does not parse is still somebody's event (`unreadable`). Invalid for a line that
// is not a WatchEvent of a known type.
net::Result<WatchEvent> parse_watch_event(std::string_view line, const KeptMetadata& kept = {});

// The consumer's next step with the last input.
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
  WatcherAction event(const WatchEvent& event);  // if state() is Empty then: hang up
  void line_lost();  // its content is not known: list again when this stream ends
  // List again: Gone; Forbidden and NotFound, since without a watch only lists show changes;
  // TooLarge, since the same line would come again. Otherwise watch again at the same version.
  WatcherAction watch_ended(const net::Status& how);

 private:
  WatcherAction start_over();
  WatcherState state_ = WatcherState::Empty;
  std::string resource_version_;
  std::string continue_token_;
};

}  // namespace kube
