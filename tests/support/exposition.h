// The metrics of a process in the text exposition format, and the expected list of them.
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
  std::vector<double> buckets;   // the finite ones, ascending; empty if it is no histogram
  bool operator==(const MetricShape&) const = default;
};
void PrintTo(const MetricShape& shape, std::ostream* out);

// By name.
using Exposition = std::map<std::string, MetricShape>;

// Parses the text format 0.0.4, as prometheus-cpp writes it: without timestamps.
Exposition parse_exposition(const std::string& text);

// controller-runtime's metrics of controllers, queues, its client and its leader election
// (pkg/internal/controller/metrics/metrics.go, pkg/internal/metrics/workqueue.go, pkg/metrics; the
// client's with the names of k8s.io/component-base/metrics/prometheus/restclient). Its webhooks and
// certificate watchers have no counterpart here, and neither has Go's runtime.
const Exposition& controller_runtime_metrics();

// kube/'s other metrics: of reflectors, events and HTTP servers.
Exposition other_kube_metrics();

// The metrics of a process from Prometheus' client libraries, and the one of its build.
Exposition process_metrics(const std::string& name);

}  // namespace support
