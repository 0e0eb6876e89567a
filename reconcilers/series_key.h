// Which of a reconciler's events are the same.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace reconcilers {

// The note of an event without the times at its end, which differ each time: what
// EventRecorder::event() takes for a key.
inline std::string series_key(const std::string& note) {
  std::size_t end = note.size();
  for (const std::string_view tail : {" Next check ", " Next try at ", " Unconfirmed since "})
    end = std::min(end, note.find(tail));
  return note.substr(0, end);
}

}  // namespace reconcilers
