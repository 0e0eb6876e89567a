// Server-sent events (HTML Living Standard, 9.2).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http_server.h"
#include "net/server_stream.h"

namespace net {

struct ServerSentEvent {
  std::string name;  // "event"; empty: "message"
  std::string data;  // of any number of lines
  std::string id;    // sent back as Last-Event-ID; empty: none
};

// Returns the event as text, to be given to ServerStream::write. Line breaks in the name and in the
// id, and NUL in the id, are left out: they would begin another field.
std::string event_text(const ServerSentEvent& event);

// Returns the answer whose body `stream` is: text/event-stream, stored and buffered by nobody.
ServerResponse event_stream(std::shared_ptr<ServerStream> stream);

}  // namespace net
