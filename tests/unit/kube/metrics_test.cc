#include "kube/metrics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/exposition.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using prometheus::MetricType;
using prometheus::Registry;
using Labels = std::map<std::string, std::string>;
using Outcome = ControllerMetrics::Outcome;

const NamespacedName kA{"ns", "a"};
const NamespacedName kB{"ns", "b"};

struct Shape {
  MetricType type;
  std::set<std::string> labels;
  bool operator==(const Shape&) const = default;
};
void PrintTo(const Shape& shape, std::ostream* out) {
  *out << static_cast<int>(shape.type);
  for (const auto& label : shape.labels) *out << ' ' << label;
}

std::map<std::string, Shape> shapes(const Registry& registry) {
  std::map<std::string, Shape> result;
  for (const auto& family : registry.Collect()) {
    Shape shape{family.type, {}};
    for (const auto& metric : family.metric) {
      for (const auto& label : metric.label) shape.labels.insert(label.name);
    }
    result.emplace(family.name, shape);
  }
  return result;
}

std::optional<prometheus::ClientMetric> find(const Registry& registry, const std::string& name,
                                             const Labels& labels = {}) {
  for (const auto& family : registry.Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      Labels actual;
      for (const auto& label : metric.label) actual.emplace(label.name, label.value);
      if (actual == labels) return metric;
    }
  }
  ADD_FAILURE() << "no such series: " << name;
  return std::nullopt;
}

double counter(const Registry& registry, const std::string& name, const Labels& labels = {}) {
  const auto metric = find(registry, name, labels);
  return metric ? metric->counter.value : -1;
}
double gauge(const Registry& registry, const std::string& name, const Labels& labels = {}) {
  const auto metric = find(registry, name, labels);
  return metric ? metric->gauge.value : -1;
}
prometheus::ClientMetric::Histogram histogram(const Registry& registry, const std::string& name,
                                              const Labels& labels = {}) {
  const auto metric = find(registry, name, labels);
  return metric ? metric->histogram : prometheus::ClientMetric::Histogram{};
}

std::vector<double> bounds(const prometheus::ClientMetric::Histogram& histogram) {
  std::vector<double> result;
  for (const auto& bucket : histogram.bucket) result.push_back(bucket.upper_bound);
  return result;
}
std::vector<double> with_infinity(std::vector<double> bounds) {
  bounds.push_back(std::numeric_limits<double>::infinity());
  return bounds;
}

// Everything at once, held against the list: one that is missing, renamed or too many fails.
TEST(Metrics, are_controller_runtimes_in_names_types_labels_and_buckets) {
  Registry registry;
  net::ManualClock clock;
  const ControllerMetrics controller(registry, "widgets", 4);
  const WorkQueueMetrics queue(registry, "widgets", clock);
  const LeaderMetrics leader(registry, "operator");
  const ProcessMetrics process(registry, "widget-operator", "1.2.3", "c0ffee");
  RestMetrics client(registry);  // the others have their series from the start
  client.request("GET", "api.example:6443", 200, 30ms, 0, 700);
  client.retry("GET", "api.example:6443", 503);
  client.rate_limited("GET", "api.example:6443", 0ms);
  support::Exposition expected = support::controller_runtime_metrics();
  expected.merge(support::process_metrics("widget_operator"));
  EXPECT_EQ(support::parse_exposition(expose(registry)), expected);
}

TEST(ControllerMetrics, has_all_results_from_the_start) {
  Registry registry;
  const ControllerMetrics metrics(registry, "widgets", 4);
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    EXPECT_EQ(counter(registry, "controller_runtime_reconcile_total",
                      {{"controller", "widgets"}, {"result", result}}),
              0)
        << result;
  }
  EXPECT_EQ(
      gauge(registry, "controller_runtime_max_concurrent_reconciles", {{"controller", "widgets"}}),
      4);
}

TEST(ControllerMetrics, controllers_share_the_families_but_not_the_series) {
  Registry registry;
  ControllerMetrics widgets(registry, "widgets", 4);
  ControllerMetrics gadgets(registry, "gadgets", 4);
  widgets.started();
  EXPECT_EQ(gauge(registry, "controller_runtime_active_workers", {{"controller", "widgets"}}), 1);
  widgets.ended(Outcome::Success, 1500ms);
  widgets.error();
  widgets.terminal_error();
  widgets.panic();
  EXPECT_EQ(gauge(registry, "controller_runtime_active_workers", {{"controller", "widgets"}}), 0);
  EXPECT_EQ(counter(registry, "controller_runtime_reconcile_total",
                    {{"controller", "widgets"}, {"result", "success"}}),
            1);
  EXPECT_EQ(counter(registry, "controller_runtime_reconcile_total",
                    {{"controller", "gadgets"}, {"result", "success"}}),
            0);
  for (const char* name :
       {"reconcile_errors_total", "terminal_reconcile_errors_total", "reconcile_panics_total"}) {
    const std::string full = std::string("controller_runtime_") + name;
    EXPECT_EQ(counter(registry, full, {{"controller", "widgets"}}), 1) << name;
    EXPECT_EQ(counter(registry, full, {{"controller", "gadgets"}}), 0) << name;
  }
  const auto time =
      histogram(registry, "controller_runtime_reconcile_time_seconds", {{"controller", "widgets"}});
  EXPECT_EQ(time.sample_count, 1u);
  EXPECT_DOUBLE_EQ(time.sample_sum, 1.5);
}

class WorkQueueMetricsTest : public testing::Test {
 protected:
  double depth(const std::string& priority) {
    Labels labels = labels_;
    labels.emplace("priority", priority);
    return gauge(registry_, "workqueue_depth", labels);
  }

  const Labels labels_{{"name", "widgets"}, {"controller", "widgets"}};
  net::ManualClock clock_;
  Registry registry_;
  WorkQueueMetrics metrics_{registry_, "widgets", clock_};
  WorkQueue queue_{clock_, {.base_delay = 1s}, &metrics_};
};

TEST_F(WorkQueueMetricsTest, depth_is_told_by_priority_and_follows_a_raise) {
  queue_.add(kA, Priority::Low);
  queue_.add(kB, Priority::Low);
  EXPECT_EQ(depth("-100"), 2);
  EXPECT_EQ(depth("0"), 0);
  queue_.add(kB, Priority::Normal);
  EXPECT_EQ(depth("-100"), 1);
  EXPECT_EQ(depth("0"), 1);
  queue_.get({});
  queue_.get({});
  EXPECT_EQ(depth("-100"), 0);
  EXPECT_EQ(depth("0"), 0);
}

TEST_F(WorkQueueMetricsTest, an_addition_that_changes_nothing_is_not_counted) {
  queue_.add(kA);
  queue_.add(kA);
  queue_.add(kB);
  EXPECT_EQ(counter(registry_, "workqueue_adds_total", labels_), 2);
}

TEST_F(WorkQueueMetricsTest, a_delayed_key_counts_as_added_when_its_time_has_come) {
  queue_.add_after(kA, 10s);
  EXPECT_EQ(counter(registry_, "workqueue_adds_total", labels_), 0);
  EXPECT_EQ(depth("-100"), 0);
  clock_.advance(10s);
  queue_.get({});
  EXPECT_EQ(counter(registry_, "workqueue_adds_total", labels_), 1);
}

TEST_F(WorkQueueMetricsTest, delayed_and_rate_limited_additions_count_as_retries) {
  queue_.add(kA);
  queue_.add_after(kA, 0s);
  EXPECT_EQ(counter(registry_, "workqueue_retries_total", labels_), 0);
  queue_.add_after(kA, 10s);
  queue_.add_rate_limited(kA);
  EXPECT_EQ(counter(registry_, "workqueue_retries_total", labels_), 2);
}

TEST_F(WorkQueueMetricsTest, waiting_is_measured_from_when_a_key_was_due) {
  queue_.add_after(kA, 10s);
  clock_.advance(14s);
  queue_.get({});
  const auto waited = histogram(registry_, "workqueue_queue_duration_seconds", labels_);
  EXPECT_EQ(waited.sample_count, 1u);
  EXPECT_DOUBLE_EQ(waited.sample_sum, 4);
}

TEST_F(WorkQueueMetricsTest, work_is_measured_when_done_and_shown_while_unfinished) {
  const std::string unfinished = "workqueue_unfinished_work_seconds";
  const std::string longest = "workqueue_longest_running_processor_seconds";
  queue_.add(kA);
  queue_.add(kB);
  queue_.get({});
  clock_.advance(5s);
  queue_.get({});
  clock_.advance(2s);
  metrics_.refresh();
  EXPECT_DOUBLE_EQ(gauge(registry_, unfinished, labels_), 9);
  EXPECT_DOUBLE_EQ(gauge(registry_, longest, labels_), 7);
  queue_.done(kA);
  metrics_.refresh();
  EXPECT_DOUBLE_EQ(gauge(registry_, unfinished, labels_), 2);
  EXPECT_DOUBLE_EQ(gauge(registry_, longest, labels_), 2);
  queue_.done(kB);
  metrics_.refresh();
  EXPECT_DOUBLE_EQ(gauge(registry_, unfinished, labels_), 0);
  const auto worked = histogram(registry_, "workqueue_work_duration_seconds", labels_);
  EXPECT_EQ(worked.sample_count, 2u);
  EXPECT_DOUBLE_EQ(worked.sample_sum, 9);
}

TEST(RestMetrics, has_client_gos_names_labels_and_buckets) {
  Registry registry;
  RestMetrics metrics(registry);
  metrics.request("GET", "api.example:6443", 200, 30ms, 0, 700);
  metrics.retry("GET", "api.example:6443", 200);
  metrics.rate_limited("GET", "api.example:6443", 2s);
  const std::set<std::string> labels{"verb", "host"};
  const std::map<std::string, Shape> expected{
      {"rest_client_requests_total", {MetricType::Counter, {"code", "method", "host"}}},
      {"rest_client_request_duration_seconds", {MetricType::Histogram, labels}},
      {"rest_client_request_size_bytes", {MetricType::Histogram, labels}},
      {"rest_client_response_size_bytes", {MetricType::Histogram, labels}},
      {"rest_client_rate_limiter_duration_seconds", {MetricType::Histogram, labels}},
      {"rest_client_request_retries_total", {MetricType::Counter, {"code", "verb", "host"}}},
  };
  EXPECT_EQ(shapes(registry), expected);
  const Labels get{{"verb", "GET"}, {"host", "api.example:6443"}};
  for (const char* name :
       {"rest_client_request_duration_seconds", "rest_client_rate_limiter_duration_seconds"}) {
    EXPECT_EQ(bounds(histogram(registry, name, get)),
              with_infinity({.005, .025, .1, .25, .5, 1, 2, 4, 8, 15, 30, 60}))
        << name;
  }
  for (const char* name : {"rest_client_request_size_bytes", "rest_client_response_size_bytes"}) {
    EXPECT_EQ(
        bounds(histogram(registry, name, get)),
        with_infinity({64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216}))
        << name;
  }
  EXPECT_DOUBLE_EQ(histogram(registry, "rest_client_request_duration_seconds", get).sample_sum,
                   .03);
  EXPECT_DOUBLE_EQ(histogram(registry, "rest_client_response_size_bytes", get).sample_sum, 700);
}

TEST(RestMetrics, counts_by_code_and_calls_a_missing_answer_an_error) {
  Registry registry;
  RestMetrics metrics(registry);
  metrics.request("GET", "api.example", 200, 1ms, 0, 1);
  metrics.request("GET", "api.example", 200, 1ms, 0, 1);
  metrics.request("GET", "api.example", 409, 1ms, 0, 1);
  metrics.request("GET", "api.example", 0, 1ms, 0, 0);
  const auto requests = [&](const std::string& code) {
    return counter(registry, "rest_client_requests_total",
                   {{"code", code}, {"method", "GET"}, {"host", "api.example"}});
  };
  EXPECT_EQ(requests("200"), 2);
  EXPECT_EQ(requests("409"), 1);
  EXPECT_EQ(requests("<error>"), 1);
}

TEST(LeaderMetrics, is_zero_until_this_process_leads) {
  Registry registry;
  LeaderMetrics metrics(registry, "operator");
  const auto status = [&] {
    return gauge(registry, "leader_election_master_status", {{"name", "operator"}});
  };
  EXPECT_EQ(status(), 0);
  metrics.leading(true);
  EXPECT_EQ(status(), 1);
  metrics.leading(false);
  EXPECT_EQ(status(), 0);
}

TEST(ProcessMetrics, tells_of_this_process) {
  Registry registry;
  ProcessMetrics metrics(registry, "integration-operator", "1.2.3", "c0ffee");
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(gauge(registry, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(gauge(registry, "process_virtual_memory_bytes"),
            gauge(registry, "process_resident_memory_bytes"));
  EXPECT_GE(gauge(registry, "process_open_fds"), 3);
  EXPECT_LT(gauge(registry, "process_open_fds"), gauge(registry, "process_max_fds"));
  EXPECT_LT(gauge(registry, "process_start_time_seconds"), now + 2);
  EXPECT_GT(gauge(registry, "process_start_time_seconds"), now - 24 * 3600);
  EXPECT_EQ(gauge(registry, "integration_operator_build_info",
                  {{"version", "1.2.3"}, {"commit", "c0ffee"}, {"compiler", __VERSION__}}),
            1);
}

TEST(ProcessMetrics, cpu_time_grows_when_refreshed) {
  Registry registry;
  ProcessMetrics metrics(registry, "test", "1");
  const double before = counter(registry, "process_cpu_seconds_total");
  EXPECT_GE(before, 0);
  double after = before;
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while (after <= before && std::chrono::steady_clock::now() < limit) {
    metrics.refresh();
    after = counter(registry, "process_cpu_seconds_total");
  }
  EXPECT_GT(after, before);
}

TEST(HttpServerMetrics, counts_answers_by_route_and_class_of_status) {
  Registry registry;
  HttpServerMetrics metrics(registry, "web");
  metrics.began();
  EXPECT_EQ(gauge(registry, "http_server_active_requests", {{"server", "web"}}), 1);
  metrics.answered({.method = "GET", .route = "/a/{b}", .status = 503, .took = 30ms});
  metrics.answered({.method = "GET", .route = "/a/{b}", .status = 500, .took = 30ms});
  metrics.answered({.method = "other", .route = "", .status = 404});
  metrics.ended();
  EXPECT_EQ(gauge(registry, "http_server_active_requests", {{"server", "web"}}), 0);
  EXPECT_EQ(counter(registry, "http_server_requests_total",
                    {{"server", "web"}, {"method", "GET"}, {"route", "/a/{b}"}, {"class", "5xx"}}),
            2);
  EXPECT_EQ(counter(registry, "http_server_requests_total",
                    {{"server", "web"}, {"method", "other"}, {"route", ""}, {"class", "4xx"}}),
            1);
  const auto durations = histogram(registry, "http_server_request_duration_seconds",
                                   {{"server", "web"}, {"route", "/a/{b}"}, {"class", "5xx"}});
  EXPECT_EQ(durations.sample_count, 2U);
  EXPECT_EQ(bounds(durations),
            with_infinity({.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}));
}

TEST(HttpServerMetrics, tells_two_ports_apart_and_shows_what_is_open) {
  Registry registry;
  HttpServerMetrics web(registry, "web");
  HttpServerMetrics probes(registry, "probes");
  web.connections(3);
  web.streams(2);
  probes.connections(1);
  EXPECT_EQ(gauge(registry, "http_server_open_connections", {{"server", "web"}}), 3);
  EXPECT_EQ(gauge(registry, "http_server_open_streams", {{"server", "web"}}), 2);
  EXPECT_EQ(gauge(registry, "http_server_open_connections", {{"server", "probes"}}), 1);
}

TEST(HttpServerMetrics, has_all_reasons_of_evictions_from_the_start) {
  Registry registry;
  HttpServerMetrics metrics(registry, "web");
  metrics.evicted(net::Eviction::Unread);
  for (const auto& [reason, count] :
       {std::pair{"idle", 0}, {"slow", 0}, {"stream", 0}, {"unread", 1}}) {
    EXPECT_EQ(counter(registry, "http_server_evicted_connections_total",
                      {{"server", "web"}, {"reason", reason}}),
              count);
  }
}

TEST(Expose, writes_the_text_format) {
  Registry registry;
  LeaderMetrics metrics(registry, "operator");
  metrics.leading(true);
  const std::string text = expose(registry);
  EXPECT_NE(text.find("# TYPE leader_election_master_status gauge\n"), std::string::npos) << text;
  EXPECT_NE(text.find("leader_election_master_status{name=\"operator\"} 1\n"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace kube
