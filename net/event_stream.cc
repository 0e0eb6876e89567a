#include "net/event_stream.h"

#include <algorithm>
#include <utility>

namespace net {
namespace {

std::string on_one_line(std::string_view text) {
  std::string line;
  std::copy_if(text.begin(), text.end(), std::back_inserter(line),
               [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  return line;
}

}  // namespace

std::string event_text(const ServerSentEvent& event) {
  std::string text;
  if (!event.name.empty()) text += "event: " + on_one_line(event.name) + "\n";
  if (!event.id.empty()) text += "id: " + on_one_line(event.id) + "\n";
  text += "data: ";
  for (std::size_t i = 0; i < event.data.size(); ++i) {
    const char c = event.data[i];
    if (c == '\r' && i + 1 < event.data.size() && event.data[i + 1] == '\n') continue;
    text += c == '\r' || c == '\n' ? "\ndata: " : std::string(1, c);
  }
  return text + "\n\n";
}

ServerResponse event_stream(std::shared_ptr<ServerStream> stream) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"}},
          .stream = std::move(stream)};
}

}  // namespace net
