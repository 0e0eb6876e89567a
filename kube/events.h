// Kubernetes Events (events.k8s.io/v1, KEP-383): a line for `kubectl describe` and `kubectl
// events`.
#pragma once

#include <memory>
#include <string>

#include "kube/client.h"
#include "kube/meta.h"
#include "net/clock.h"

namespace kube {

enum class EventType { Normal, Warning };  // the two that the API knows

// The object of an event (core/v1 ObjectReference).
struct ObjectReference {
  std::string api_version, kind, name, namespace_, uid, resource_version;
};
template <KubeObject T>
ObjectReference reference_to(const T& object) {
  const Resource& r = T::resource();
  return {r.api_version(),      r.kind,
          object.metadata.name, object.metadata.namespace_,
          object.metadata.uid,  object.metadata.resource_version};
}

class EventMetrics;

// Thread-safe. Events are best effort, as in client-go: they are written on a thread of the
// recorder's own, and a failed write is not retried. Lost events are counted, by reason
// (EventMetrics), and the log reports the begin of a loss.
//
// Series (KEP-383): the same event (object, type, reason, `series_key`) within ten minutes of its
// last becomes a series on the first one, by at most one patch in 30 s. 4,096 series are
// remembered, as many as client-go's correlator has; one that is forgotten is written first.
//
// Limits: 25 new events an object and one more each 5 minutes (client-go,
// EventSourceObjectSpamFilter); 500 a namespace and one more a second, so that one namespace cannot
// fill etcd. 1,000 events wait at most; namespaces take turns, and the one with the most waiting
// loses its newest first. Repetitions of a series need no allowance.
//
// Notes are cut at 1,024 bytes, at the end of a UTF-8 character. Events about cluster-scoped
// objects go to "default".
class EventRecorder {
 public:
  // `client`, `clock` and `metrics` (null: none) outlive the recorder.
  EventRecorder(Client& client, std::string reporting_controller, std::string reporting_instance,
                net::Clock& clock = net::system_clock(), EventMetrics* metrics = nullptr);
  ~EventRecorder();  // drops what is not yet written
  // `series_key`: the note without what changes each time, e.g. the time of the next attempt.
  void event(const ObjectReference& about, EventType type, const std::string& reason,
             const std::string& action, const std::string& note, const std::string& series_key);
  // With the note for its key.
  void event(const ObjectReference& about, EventType type, const std::string& reason,
             const std::string& action, const std::string& note) {
    event(about, type, reason, action, note, note);
  }
  // Waits until everything recorded so far is written or given up, at most `limit`.
  void flush(net::Duration limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kube
