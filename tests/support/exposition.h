// The metrics of a process, as the text exposition format shows them, and the list that they are
// held against.
#pragma once

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace support {

struct MetricShape {
  std::string type;
  std::set<std::string> labels;  // of any of its series; without a histogram's `le`
  std::vector<double> buckets;   // the finite ones, ascending; empty where it is no histogram
  bool operator==(const MetricShape&) const = default;
};
void PrintTo(const MetricShape& shape, std::ostream* out);

// By name.
using Exposition = std::map<std::string, MetricShape>;

// Of the text format 0.0.4, as prometheus-cpp writes it: without timestamps.
Exposition parse_exposition(const std::string& text);

// What controller-runtime exposes of controllers, queues, its client and its leader election
// (pkg/internal/controller/metrics/metrics.go, pkg/internal/metrics/workqueue.go, pkg/metrics; the
// client's with the names of k8s.io/component-base/metrics/prometheus/restclient). Its webhooks and
// certificate watchers have no counterpart here, and neither has Go's runtime.
const Exposition& controller_runtime_metrics();

// What kube/ exposes besides: of reflectors, events and HTTP servers.
Exposition other_kube_metrics();

// What Prometheus' client libraries tell of a process, and what was built.
Exposition process_metrics(const std::string& name);

}  // namespace support
