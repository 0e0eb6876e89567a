#include "support/exposition.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>

namespace support {
namespace {

// Removes a histogram's suffix from a sample's name: returns the name of its family.
std::string family_of(const std::string& sample, const Exposition& known) {
  for (const std::string_view end : {"_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(end)) continue;
    const std::string family = sample.substr(0, sample.size() - end.size());
    const auto found = known.find(family);
    if (found != known.end() && found->second.type == "histogram") return family;
  }
  return sample;
}

// Reads the next `key="value"` of `text` from `at`, and moves `at` past it; an empty key at the
// end.
struct Label {
  std::string key, value;
};
Label next_label(const std::string& text, std::size_t& at) {
  const std::size_t equals = text.find("=\"", at);
  if (equals == std::string::npos) return {};
  Label label{text.substr(at, equals - at), {}};
  for (at = equals + 2; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
    label.value += text[at];
  }
  at += 2;  // the quote, and the separator
  return label;
}

void take_sample(const std::string& line, Exposition& exposition) {
  const std::size_t name_ends = line.find_first_of("{ ");
  MetricShape& shape = exposition[family_of(line.substr(0, name_ends), exposition)];
  if (line[name_ends] != '{') return;
  std::size_t at = name_ends + 1;
  for (Label label = next_label(line, at); !label.key.empty(); label = next_label(line, at)) {
    if (shape.type != "histogram" || label.key != "le") {
      shape.labels.insert(label.key);
      continue;
    }
    const double bound = std::stod(label.value);
    if (std::isfinite(bound) &&
        std::find(shape.buckets.begin(), shape.buckets.end(), bound) == shape.buckets.end())
      shape.buckets.push_back(bound);
  }
  std::sort(shape.buckets.begin(), shape.buckets.end());
}

}  // namespace

void PrintTo(const MetricShape& shape, std::ostream* out) {
  *out << shape.type << '{';
  for (const auto& label : shape.labels) *out << label << ' ';
  *out << '}';
  for (const double bound : shape.buckets) *out << ' ' << bound;
}

Exposition parse_exposition(const std::string& text) {
  Exposition exposition;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name, type;
      words >> name >> type;
      exposition[name].type = type;
    } else if (!line.empty() && line[0] != '#') {
      take_sample(line, exposition);
    }
  }
  return exposition;
}

const Exposition& controller_runtime_metrics() {
  static const std::vector<double> kReconciles{
      .005, .01, .025, .05, .1,  .15, .2,  .25, .3, .35, .4, .45, .5, .6, .7, .8, .9, 1,  1.25, 1.5,
      1.75, 2,   2.5,  3,   3.5, 4,   4.5, 5,   6,  7,   8,  9,   10, 15, 20, 25, 30, 40, 50,   60};
  static const std::vector<double> kQueue{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3,
                                          1e-2, 1e-1, 1,    10,   100,  1000};
  static const std::vector<double> kRequests{.005, .025, .1, .25, .5, 1, 2, 4, 8, 15, 30, 60};
  static const std::vector<double> kSizes{64,    256,    512,     1024,    4096,    16384,
                                          65536, 262144, 1048576, 4194304, 16777216};
  static const Exposition kMetrics{
      {"controller_runtime_reconcile_total", {"counter", {"controller", "result"}, {}}},
      {"controller_runtime_reconcile_errors_total", {"counter", {"controller"}, {}}},
      {"controller_runtime_terminal_reconcile_errors_total", {"counter", {"controller"}, {}}},
      {"controller_runtime_reconcile_panics_total", {"counter", {"controller"}, {}}},
      {"controller_runtime_reconcile_timeouts_total", {"counter", {"controller"}, {}}},
      {"controller_runtime_reconcile_time_seconds", {"histogram", {"controller"}, kReconciles}},
      {"controller_runtime_max_concurrent_reconciles", {"gauge", {"controller"}, {}}},
      {"controller_runtime_active_workers", {"gauge", {"controller"}, {}}},
      {"workqueue_depth", {"gauge", {"name", "controller", "priority"}, {}}},
      {"workqueue_adds_total", {"counter", {"name", "controller"}, {}}},
      {"workqueue_retries_total", {"counter", {"name", "controller"}, {}}},
      {"workqueue_queue_duration_seconds", {"histogram", {"name", "controller"}, kQueue}},
      {"workqueue_work_duration_seconds", {"histogram", {"name", "controller"}, kQueue}},
      {"workqueue_unfinished_work_seconds", {"gauge", {"name", "controller"}, {}}},
      {"workqueue_longest_running_processor_seconds", {"gauge", {"name", "controller"}, {}}},
      {"rest_client_requests_total", {"counter", {"code", "method", "host"}, {}}},
      {"rest_client_request_retries_total", {"counter", {"code", "verb", "host"}, {}}},
      {"rest_client_request_duration_seconds", {"histogram", {"verb", "host"}, kRequests}},
      {"rest_client_rate_limiter_duration_seconds", {"histogram", {"verb", "host"}, kRequests}},
      {"rest_client_request_size_bytes", {"histogram", {"verb", "host"}, kSizes}},
      {"rest_client_response_size_bytes", {"histogram", {"verb", "host"}, kSizes}},
      {"leader_election_master_status", {"gauge", {"name"}, {}}},
  };
  return kMetrics;
}

Exposition other_kube_metrics() {
  return {
      {"kube_reflector_up", {"gauge", {"resource", "namespace"}, {}}},
      {"kube_reflector_last_progress_timestamp_seconds", {"gauge", {"resource", "namespace"}, {}}},
      {"kube_reflector_skipped_objects_total", {"counter", {"resource"}, {}}},
      {"event_recorder_dropped_total", {"counter", {"reason"}, {}}},
      {"http_server_requests_total", {"counter", {"server", "method", "route", "class"}, {}}},
      {"http_server_request_duration_seconds",
       {"histogram",
        {"server", "route", "class"},
        {.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}}},
      {"http_server_active_requests", {"gauge", {"server"}, {}}},
      {"http_server_open_connections", {"gauge", {"server"}, {}}},
      {"http_server_open_streams", {"gauge", {"server"}, {}}},
      {"http_server_evicted_connections_total", {"counter", {"server", "reason"}, {}}},
  };
}

Exposition process_metrics(const std::string& name) {
  return {
      {"process_cpu_seconds_total", {"counter", {}, {}}},
      {"process_resident_memory_bytes", {"gauge", {}, {}}},
      {"process_virtual_memory_bytes", {"gauge", {}, {}}},
      {"process_open_fds", {"gauge", {}, {}}},
      {"process_max_fds", {"gauge", {}, {}}},
      {"process_start_time_seconds", {"gauge", {}, {}}},
      {name + "_build_info", {"gauge", {"version", "commit", "compiler"}, {}}},
  };
}

}  // namespace support
