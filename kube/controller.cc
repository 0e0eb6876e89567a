#include "kube/controller.h"

#include <thread>
#include <utility>
#include <vector>

#include "net/crypto.h"
#include "net/thrown.h"

namespace kube {

using Outcome = ControllerMetrics::Outcome;

Controller::Controller(std::string name, Reconciler& reconciler, ControllerOptions options)
    : name_(std::move(name)),
      reconciler_(reconciler),
      options_(options),
      queue_(*options.clock, options.queue, options.queue_metrics),
      log_(net::Logger("controller").with({{"controller", name_}})) {}

void Controller::run(std::stop_token stop) {
  log_.info("Starting workers", {{"workers", options_.max_concurrent_reconciles}});
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < options_.max_concurrent_reconciles; ++i) {
      workers.emplace_back([this, stop] { work(stop); });
    }
  }
  log_.info("All workers finished");
}

void Controller::work(std::stop_token stop) {
  while (const auto item = queue_.get(stop)) {
    if (options_.metrics != nullptr) options_.metrics->started();
    const net::SteadyTime start = options_.clock->steady();
    const Outcome outcome = reconcile(*item, stop);
    if (options_.metrics != nullptr) {
      options_.metrics->ended(outcome, options_.clock->steady() - start);
    }
    queue_.done(item->key);
  }
}

Outcome Controller::reconcile(const WorkQueue::Item& item, std::stop_token stop) {
  const ReconcileContext context{stop, log_.with({{"namespace", item.key.namespace_},
                                                  {"name", item.key.name},
                                                  {"reconcileID", net::random_uuid()}})};
  const net::Result<ReconcileResult> result = call(item.key, context);
  if (!result.ok()) return failed(item, result.error(), context);
  queue_.forget(item.key);
  if (result->requeue_after.value_or(net::Duration::zero()) > net::Duration::zero()) {
    // The next turn is Normal, even if a start-up list once brought the key.
    queue_.add_after(item.key, *result->requeue_after, Priority::Normal);
    return Outcome::RequeueAfter;
  }
  return Outcome::Success;
}

Outcome Controller::failed(const WorkQueue::Item& item, const net::Error& error,
                           const ReconcileContext& context) {
  if (error.code == net::ErrorCode::Cancelled && context.stop.stop_requested()) {
    queue_.add(item.key, item.priority);
    return Outcome::Requeue;
  }
  const bool terminal = error.code == net::ErrorCode::Invalid;
  if (!terminal) queue_.add_rate_limited(item.key, item.priority);
  if (options_.metrics != nullptr) {
    if (terminal) options_.metrics->terminal_error();
    options_.metrics->error();
  }
  context.log.error(
      terminal ? "Reconciler error: not tried again until something changes" : "Reconciler error",
      {{"err", error}});
  return Outcome::Error;
}

net::Result<ReconcileResult> Controller::call(const NamespacedName& key,
                                              const ReconcileContext& context) {
  try {
    return reconciler_.reconcile(key, context);
  } catch (...) {
    if (options_.metrics != nullptr) options_.metrics->panic();
    return net::Error{net::ErrorCode::Internal, "the reconciler threw " + net::thrown_type()};
  }
}

}  // namespace kube
