// A controller: workers that take keys from a queue and reconcile them, one worker a key at a time.
// The contract is controller-runtime's (pkg/reconcile/reconcile.go,
// pkg/internal/controller/controller.go).
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "kube/metrics.h"
#include "kube/work_queue.h"
#include "net/log.h"
#include "net/result.h"

namespace kube {

struct ReconcileContext {
  std::stop_token stop;
  net::Logger log;  // carries controller, namespace, name and reconcileID
};

// The wish of a successful reconcile: nothing, or another call after a while.
struct ReconcileResult {
  std::optional<net::Duration> requeue_after;
};

// Reconciles the object of that name as it is now; called again whenever something that it depends
// on has changed. An error is retried with the queue's exponential delay; ErrorCode::Invalid is
// terminal: it is counted and logged, and nothing is tried again before something changes.
// Cancelled is no error once a stop was requested. May be called from several threads at once, for
// different keys.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  virtual net::Result<ReconcileResult> reconcile(const NamespacedName& key,
                                                 const ReconcileContext& context) = 0;
};

struct ControllerOptions {
  int max_concurrent_reconciles = 4;
  net::Clock* clock = &net::system_clock();
  ControllerMetrics* metrics = nullptr;       // outlives the controller
  WorkQueueMetrics* queue_metrics = nullptr;  // likewise
  WorkQueueOptions queue;
};

// queue() from any thread; run() once. An exception that escapes a reconciler counts as a panic and
// as an error.
class Controller {
 public:
  Controller(std::string name, Reconciler& reconciler, ControllerOptions options = {});
  WorkQueue& queue() { return queue_; }
  const std::string& name() const { return name_; }
  // Works until stopped; returns when the reconciles under way have ended.
  void run(std::stop_token stop);

 private:
  void work(std::stop_token stop);
  ControllerMetrics::Outcome reconcile(const WorkQueue::Item& item, std::stop_token stop);
  ControllerMetrics::Outcome failed(const WorkQueue::Item& item, const net::Error& error,
                                    const ReconcileContext& context);
  net::Result<ReconcileResult> call(const NamespacedName& key, const ReconcileContext& context);

  const std::string name_;
  Reconciler& reconciler_;
  const ControllerOptions options_;
  WorkQueue queue_;
  const net::Logger log_;
};

}  // namespace kube
