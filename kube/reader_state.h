// The state of reading one resource: whether its cache can be trusted, and why.
#pragma once

#include <optional>
#include <string>

#include "kube/metrics.h"
#include "net/clock.h"
#include "net/mutex.h"
#include "net/result.h"

namespace kube {

// Does the API server say that this may not be read, or is not there? Another try helps only once a
// person has granted the right, or has installed the resource.
bool is_refusal(const net::Error& error);  // Forbidden, NotFound

// Thread-safe. A reflector writes it; probes, metrics and reconcilers read it.
class ReaderState {
 public:
  // `metrics`: null, or it outlives this. `ns`: empty for all namespaces.
  ReaderState(net::Clock& clock, ReflectorMetrics* metrics, const std::string& resource,
              const std::string& ns);

  // Progress: a page, a whole list (whose first page was asked for at `asked`), a watch that the
  // API server has opened, and a line of it.
  void page_read();
  void listed(net::SteadyTime asked);
  void watch_opened();
  void heard();
  // A line of the watch could not be read, so a change is missing until the next list.
  void line_lost();
  void watch_ended();
  // True where this refusal is news: there was none, or one of another verb ("list", "watch") or
  // code.
  bool refused(const std::string& verb, const net::Error& error);
  // True where that takes back the last refusal: of "list" by a list, of either by a watch.
  bool answered(const std::string& verb);
  void skipped_object();

  // Since when changes may be missing in the cache. Nothing while a watch is open, none of whose
  // lines was lost: then it is as old as the watch's delay, and a dead connection is noticed by
  // InformerOptions::max_silence.
  std::optional<net::SteadyTime> stale_since() const;
  net::SteadyTime last_progress() const;
  std::optional<net::Error> refusal() const;

 private:
  void progress() NET_REQUIRES(mutex_);
  net::Clock& clock_;
  std::optional<ReflectorMetrics::Series> series_;
  mutable net::Mutex mutex_;
  bool watching_ NET_GUARDED_BY(mutex_) = false;
  bool lost_a_line_ NET_GUARDED_BY(mutex_) = false;
  net::SteadyTime stale_since_ NET_GUARDED_BY(mutex_);
  net::SteadyTime last_progress_ NET_GUARDED_BY(mutex_);
  std::optional<net::Error> refusal_ NET_GUARDED_BY(mutex_);
  std::string refused_verb_ NET_GUARDED_BY(mutex_);
};

}  // namespace kube
