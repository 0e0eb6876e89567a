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

// What an event is about (core/v1 ObjectReference).
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

// Thread-safe. Events are best effort, as in client-go: they are written on a thread of the
// recorder's own, a full queue (1,000) drops the newest, and a failed write is logged once and let
// go. The same event (object, type, reason, note) within ten minutes of its last becomes a series
// on the first one (at most one patch in 30 s). Notes are cut at 1,024 bytes, at the end of a UTF-8
// character. Events about cluster-scoped objects go to "default".
class EventRecorder {
 public:
  EventRecorder(Client& client, std::string reporting_controller, std::string reporting_instance,
                net::Clock& clock = net::system_clock());
  ~EventRecorder();  // drops what is not yet written
  void event(const ObjectReference& about, EventType type, const std::string& reason,
             const std::string& action, const std::string& note);
  // Waits until everything recorded so far is written or given up, at most `limit`.
  void flush(net::Duration limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kube
