// Writes the status that a decision wants, and reports it: Events for people, lines for the log.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "api/conditions.h"
#include "kube/client.h"
#include "kube/events.h"
#include "kube/meta.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/result.h"
#include "reconcilers/common/status_memory.h"
#include "reconcilers/common/status_text.h"

namespace reconcilers {

// How soon to look again where the cache does not show yet what the API server has.
inline constexpr std::chrono::seconds kCacheIsBehind{1};

// The note of the Event StatusOverwritten.
std::string overwritten_note(const kube::Resource& resource, const kube::NamespacedName& name);
// The line of the log that goes with it.
inline constexpr const char* kOverwrittenLine =
    "somebody else writes this status: is there a second operator in the cluster?";

// A line for people where Ready has changed for them, at level debug where it has not. Messages are
// free of secrets.
void log_written(const net::Logger& log, const kube::Conditions& before,
                 const kube::Conditions& after);

// Of objects of one kind.
//
// Guarantees: only the version of the object that was looked at gets the status, so neither an edit
//   nor a namesake is written over. The writer remembers each write (StatusMemory). The decision's
//   Events are recorded once the status is written, and not where the write fails.
// The caller guarantees: the decision is about `view`, which `memory` gave it.
// Caveats: a status that somebody else wrote over is put back ever more seldom, so write() may ask
//   for a wait; so it does where the cache is behind.
// Errors: those of the API server but NotFound (the object is gone, which is fine: its deletion
//   comes as an event of its own) and Conflict (a wait).
// Threads: thread-safe, as long as each memory is with one worker at a time. The constructor's
//   arguments outlive the writer.
template <class T>
class StatusWriter {
 public:
  using View = typename StatusMemory<T>::View;
  // For how long what is to be written must wait; nothing where it is written, or nothing is.
  using Wait = std::optional<net::Duration>;

  // `action`: the controller's action that its Events name, e.g. "Verify".
  StatusWriter(kube::Client& client, kube::EventRecorder& events, net::Clock& clock,
               std::string field_manager, std::string action)
      : client_(client),
        events_(events),
        clock_(clock),
        field_manager_(std::move(field_manager)),
        action_(std::move(action)) {}

  // `decision` has a `status` and `events` (EventIntent).
  template <class Decision>
  net::Result<Wait> write(const View& view, StatusMemory<T>& memory, const Decision& decision,
                          const net::Logger& log, std::stop_token stop) {
    const auto& shown = view.shown->status;
    const net::SteadyTime now = clock_.steady();
    if (!memory.worth_writing(shown, decision.status, now)) {
      if (same_status(shown, decision.status)) memory.confirm(view.shown);
      return Wait{};
    }
    if (view.overwritten) {
      const net::Duration wait = memory.rewrite_in(now);
      if (wait > net::Duration::zero()) return Wait{wait};
    }
    auto written = apply(view.object.metadata, decision.status, std::move(stop));
    if (!written.ok()) {
      if (written.error().code == net::ErrorCode::NotFound) return Wait{};
      // It is not what was looked at any more, or not even the same object: its event is on its
      // way.
      if (written.error().code == net::ErrorCode::Conflict) return Wait{kCacheIsBehind};
      return written.error();
    }
    if (view.overwritten) {
      memory.rewrote(now);
      report_overwriting(view.object, log);
    }
    memory.wrote(std::move(*written), now);
    for (const auto& event : decision.events)
      events_.event(kube::reference_to(view.object), event.type, event.reason, action_, event.note,
                    without_tail(event.note));
    log_written(log, shown.conditions, decision.status.conditions);
    return Wait{};
  }

 private:
  template <class Status>
  net::Result<T> apply(const kube::ObjectMeta& metadata, const Status& status,
                       std::stop_token stop) {
    return client_.apply<T>(
        metadata.key(), metadata.uid, "status",
        {{"metadata", {{"resourceVersion", metadata.resource_version}}}, {"status", status}},
        field_manager_, std::move(stop));
  }
  void report_overwriting(const T& object, const net::Logger& log) {
    events_.event(kube::reference_to(object), kube::EventType::Warning,
                  api::event::status_overwritten, "WriteStatus",
                  overwritten_note(T::resource(), object.metadata.key()));
    log.warn(kOverwrittenLine);
  }

  kube::Client& client_;
  kube::EventRecorder& events_;
  net::Clock& clock_;
  const std::string field_manager_;
  const std::string action_;
};

}  // namespace reconcilers
