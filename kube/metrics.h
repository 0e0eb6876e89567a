// controller-runtime's metrics: names, labels and buckets of its HEAD
// (pkg/internal/controller/metrics, pkg/internal/metrics/workqueue.go, pkg/metrics), so that
// existing dashboards and alerts work.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <memory>
#include <string>

#include "kube/work_queue.h"
#include "net/clock.h"
#include "net/mutex.h"
#include "net/server_observer.h"

namespace kube {

// Thread-safe. Each is made once per controller (or client) and holds references into the registry,
// which outlives it.
class ControllerMetrics {
 public:
  ControllerMetrics(prometheus::Registry& registry, const std::string& controller,
                    int max_concurrent_reconciles);
  enum class Outcome { Success, Error, Requeue, RequeueAfter };
  void started();
  void ended(Outcome outcome, net::Duration took);
  void error();
  void terminal_error();
  void panic();

 private:
  prometheus::Counter* results_[4];
  prometheus::Counter& errors_;
  prometheus::Counter& terminal_errors_;
  prometheus::Counter& panics_;
  prometheus::Histogram& time_;
  prometheus::Gauge& active_;
};

class WorkQueueMetrics {
 public:
  WorkQueueMetrics(prometheus::Registry& registry, const std::string& name, net::Clock& clock);
  ~WorkQueueMetrics();
  void depth(int normal, int low);
  void added();
  void retried();
  void got(const NamespacedName& key, net::Duration waited);
  void done(const NamespacedName& key);
  // Brings the two gauges that depend on "now" (unfinished work, longest running processor) up to
  // date; called before each collection.
  void refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// rest_client_requests_total{code,method,host}, rest_client_request_retries_total{code,verb,host}
// and the histograms of durations, sizes and waits for the client's own rate limiter by
// {verb,host}.
class RestMetrics {
 public:
  explicit RestMetrics(prometheus::Registry& registry);
  ~RestMetrics();
  // `code`: 0 where no answer was had (client-go's "<error>").
  void request(const std::string& method, const std::string& host, int code, net::Duration took,
               std::size_t sent, std::size_t received);
  // Of those, one that repeats an earlier one: with its own code.
  void retry(const std::string& verb, const std::string& host, int code);
  // `waited`: for the client's own rate limiter, also where that was no time at all.
  void rate_limited(const std::string& verb, const std::string& host, net::Duration waited);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Why an event was not written (EventRecorder).
enum class EventDrop {
  QueueFull,    // they came faster than the API server took them
  RateLimited,  // too many of one object or namespace
  WriteFailed,  // the API server refused it, or was not reached
  Stopped,      // the process ended, or did not lead any more
};

// event_recorder_dropped_total{reason}: queue_full, rate_limited, write_failed, stopped. A name of
// our own: client-go counts none.
class EventMetrics {
 public:
  explicit EventMetrics(prometheus::Registry& registry);
  void dropped(EventDrop why, int count);

 private:
  prometheus::Counter* dropped_[4];
};

// Metrics of reflectors, in the manner of client-go (whose own metrics of them are gone):
// kube_reflector_up{resource,namespace}, kube_reflector_last_progress_timestamp_seconds{resource,
// namespace} and kube_reflector_skipped_objects_total{resource}. `namespace` is empty where one
// reflector reads all namespaces.
class ReflectorMetrics {
 public:
  struct Series {
    prometheus::Gauge& up;             // 1: the last list or watch was answered, 0: it was refused
    prometheus::Gauge& last_progress;  // in seconds since the Unix epoch
    prometheus::Counter& skipped;
  };
  explicit ReflectorMetrics(prometheus::Registry& registry);
  // `resource`: the plural.
  Series of(const std::string& resource, const std::string& ns);

 private:
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Family<prometheus::Gauge>& last_progress_;
  prometheus::Family<prometheus::Counter>& skipped_;
};

// leader_election_master_status{name}.
class LeaderMetrics {
 public:
  LeaderMetrics(prometheus::Registry& registry, const std::string& name);
  void leading(bool yes);

 private:
  prometheus::Gauge& status_;
};

// process_* as Prometheus' client libraries name them, brought up to date from /proc/self by
// refresh(), and <name>_build_info{version,commit,compiler}. One per registry. Characters of `name`
// that no metric name may have become '_'.
class ProcessMetrics {
 public:
  ProcessMetrics(prometheus::Registry& registry, const std::string& name,
                 const std::string& version, const std::string& commit = "unknown");
  void refresh();

 private:
  net::Mutex mutex_;
  prometheus::Counter& cpu_ NET_GUARDED_BY(mutex_);  // is read, and then increased
  prometheus::Gauge& resident_;
  prometheus::Gauge& virtual_;
  prometheus::Gauge& open_fds_;
};

// Metrics of an HTTP server, with the names of OpenTelemetry's semantic conventions where they have
// one and with short labels: http_server_requests_total{server,method,route,class},
// http_server_request_duration_seconds{server,route,class}, http_server_active_requests{server},
// http_server_open_connections{server}, http_server_open_streams{server} and
// http_server_evicted_connections_total{server,reason}. `route` is a pattern, and empty for
// requests without a route; so no client can make series.
class HttpServerMetrics final : public net::HttpServerObserver {
 public:
  // `server` names one of the process's ports, e.g. "web".
  HttpServerMetrics(prometheus::Registry& registry, const std::string& server);
  ~HttpServerMetrics() override;
  void began() override;
  void ended() override;
  void answered(const net::AnsweredRequest& request) override;
  void connections(std::size_t open) override;
  void streams(std::size_t open) override;
  void evicted(net::Eviction why) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The text exposition format 0.0.4 of everything in `registry`.
std::string expose(const prometheus::Registry& registry);

}  // namespace kube
