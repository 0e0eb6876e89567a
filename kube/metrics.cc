#include "kube/metrics.h"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace kube {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;
using Buckets = Histogram::BucketBoundaries;

// The family of that name, which exists where another controller has made it: they share them.
Family<Counter>& counters(Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauges(Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const std::string& name,
                              const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

double seconds(net::Duration duration) { return std::chrono::duration<double>(duration).count(); }

const Buckets& reconcile_buckets() {
  static const Buckets buckets{
      .005, .01, .025, .05, .1,  .15, .2,  .25, .3, .35, .4, .45, .5, .6, .7, .8, .9, 1,  1.25, 1.5,
      1.75, 2,   2.5,  3,   3.5, 4,   4.5, 5,   6,  7,   8,  9,   10, 15, 20, 25, 30, 40, 50,   60};
  return buckets;
}

const Buckets& queue_buckets() {
  static const Buckets buckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};
  return buckets;
}

const Buckets& request_buckets() {
  static const Buckets buckets{.005, .025, .1, .25, .5, 1, 2, 4, 8, 15, 30, 60};
  return buckets;
}

const Buckets& size_buckets() {
  static const Buckets buckets{64,    256,    512,     1024,    4096,    16384,
                               65536, 262144, 1048576, 4194304, 16777216};
  return buckets;
}

// Of OpenTelemetry's http.server.request.duration.
const Buckets& server_buckets() {
  static const Buckets buckets{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10};
  return buckets;
}

constexpr const char* kReconcileTotal = "controller_runtime_reconcile_total";

}  // namespace

ControllerMetrics::ControllerMetrics(Registry& registry, const std::string& controller,
                                     int max_concurrent_reconciles)
    : errors_(counters(registry, "controller_runtime_reconcile_errors_total",
                       "Total number of reconciliation errors per controller")
                  .Add({{"controller", controller}})),
      terminal_errors_(counters(registry, "controller_runtime_terminal_reconcile_errors_total",
                                "Total number of terminal reconciliation errors per controller")
                           .Add({{"controller", controller}})),
      panics_(counters(registry, "controller_runtime_reconcile_panics_total",
                       "Total number of exceptions thrown by reconcilers per controller")
                  .Add({{"controller", controller}})),
      time_(histograms(registry, "controller_runtime_reconcile_time_seconds",
                       "Length of time per reconciliation per controller")
                .Add({{"controller", controller}}, reconcile_buckets())),
      active_(gauges(registry, "controller_runtime_active_workers",
                     "Number of currently used workers per controller")
                  .Add({{"controller", controller}})) {
  Family<Counter>& results =
      counters(registry, kReconcileTotal, "Total number of reconciliations per controller");
  for (const auto& [outcome, label] : {std::pair{Outcome::Success, "success"},
                                       {Outcome::Error, "error"},
                                       {Outcome::Requeue, "requeue"},
                                       {Outcome::RequeueAfter, "requeue_after"}}) {
    results_[static_cast<int>(outcome)] =
        &results.Add({{"controller", controller}, {"result", label}});
  }
  gauges(registry, "controller_runtime_max_concurrent_reconciles",
         "Maximum number of concurrent reconciles per controller")
      .Add({{"controller", controller}})
      .Set(max_concurrent_reconciles);
  // Dashboards ask for it; a reconciler here has a stop token instead of a time-out, so it stays
  // zero.
  counters(registry, "controller_runtime_reconcile_timeouts_total",
           "Total number of reconciliation timeouts per controller")
      .Add({{"controller", controller}});
}

void ControllerMetrics::started() { active_.Increment(); }

void ControllerMetrics::ended(Outcome outcome, net::Duration took) {
  active_.Decrement();
  time_.Observe(seconds(took));
  results_[static_cast<int>(outcome)]->Increment();
}

void ControllerMetrics::error() { errors_.Increment(); }
void ControllerMetrics::terminal_error() { terminal_errors_.Increment(); }
void ControllerMetrics::panic() { panics_.Increment(); }

struct WorkQueueMetrics::Impl {
  Impl(Registry& registry, const std::string& name, net::Clock& time)
      : clock(time),
        labels{{"name", name}, {"controller", name}},
        normal(depth_of(registry, "0")),
        low(depth_of(registry, "-100")),
        adds(counters(registry, "workqueue_adds_total", "Total number of adds handled by workqueue")
                 .Add(labels)),
        retries(counters(registry, "workqueue_retries_total",
                         "Total number of retries handled by workqueue")
                    .Add(labels)),
        waited(histograms(registry, "workqueue_queue_duration_seconds",
                          "How long in seconds an item stays in workqueue before being requested")
                   .Add(labels, queue_buckets())),
        worked(histograms(registry, "workqueue_work_duration_seconds",
                          "How long in seconds processing an item from workqueue takes.")
                   .Add(labels, queue_buckets())),
        unfinished(gauges(registry, "workqueue_unfinished_work_seconds",
                          "How many seconds of work are in progress and not yet observed by "
                          "work_duration. Large values indicate stuck threads.")
                       .Add(labels)),
        longest(gauges(registry, "workqueue_longest_running_processor_seconds",
                       "How many seconds has the longest running processor for workqueue been "
                       "running.")
                    .Add(labels)) {}

  // The priorities are called what controller-runtime's default and LowPriority are.
  Gauge& depth_of(Registry& registry, const std::string& priority) {
    Labels with_priority = labels;
    with_priority.emplace("priority", priority);
    return gauges(registry, "workqueue_depth", "Current depth of workqueue by priority")
        .Add(with_priority);
  }

  net::Clock& clock;
  const Labels labels;
  Gauge& normal;
  Gauge& low;
  Counter& adds;
  Counter& retries;
  Histogram& waited;
  Histogram& worked;
  Gauge& unfinished;
  Gauge& longest;
  net::Mutex mutex;
  std::unordered_map<NamespacedName, net::SteadyTime> started NET_GUARDED_BY(mutex);
};

WorkQueueMetrics::WorkQueueMetrics(Registry& registry, const std::string& name, net::Clock& clock)
    : impl_(std::make_unique<Impl>(registry, name, clock)) {}

WorkQueueMetrics::~WorkQueueMetrics() = default;

void WorkQueueMetrics::depth(int normal, int low) {
  impl_->normal.Set(normal);
  impl_->low.Set(low);
}

void WorkQueueMetrics::added() { impl_->adds.Increment(); }
void WorkQueueMetrics::retried() { impl_->retries.Increment(); }

void WorkQueueMetrics::got(const NamespacedName& key, net::Duration waited) {
  impl_->waited.Observe(seconds(waited));
  const net::MutexLock lock(impl_->mutex);
  impl_->started[key] = impl_->clock.steady();
}

void WorkQueueMetrics::done(const NamespacedName& key) {
  const net::MutexLock lock(impl_->mutex);
  const auto started = impl_->started.extract(key);
  if (!started.empty()) impl_->worked.Observe(seconds(impl_->clock.steady() - started.mapped()));
}

void WorkQueueMetrics::refresh() {
  net::Duration total{0};
  net::Duration longest{0};
  const net::MutexLock lock(impl_->mutex);
  const net::SteadyTime now = impl_->clock.steady();
  for (const auto& [key, since] : impl_->started) {
    total += now - since;
    longest = std::max<net::Duration>(longest, now - since);
  }
  impl_->unfinished.Set(seconds(total));
  impl_->longest.Set(seconds(longest));
}

struct RestMetrics::Impl {
  struct Measures {
    Histogram* duration;
    Histogram* sent;
    Histogram* received;
  };

  explicit Impl(Registry& registry)
      : requests(counters(registry, "rest_client_requests_total",
                          "Number of HTTP requests, partitioned by status code, method, and "
                          "host.")),
        durations(histograms(registry, "rest_client_request_duration_seconds",
                             "Request latency in seconds. Broken down by verb, and host.")),
        sizes_sent(histograms(registry, "rest_client_request_size_bytes",
                              "Request size in bytes. Broken down by verb and host.")),
        sizes_received(histograms(registry, "rest_client_response_size_bytes",
                                  "Response size in bytes. Broken down by verb and host.")),
        retries(counters(registry, "rest_client_request_retries_total",
                         "Number of request retries, partitioned by status code, verb, and "
                         "host.")),
        limiter_waits(histograms(registry, "rest_client_rate_limiter_duration_seconds",
                                 "Client side rate limiter latency in seconds. Broken down by "
                                 "verb, and host.")) {}

  // Of both families: client-go labels the one with `method` and the other with `verb`.
  using CountersByCode = std::map<std::tuple<int, std::string, std::string>, Counter*>;
  static Counter& counter_of(Family<Counter>& family, CountersByCode& known, const char* verb_label,
                             const std::string& verb, const std::string& host, int code) {
    Counter*& counter = known[{code, verb, host}];
    if (counter == nullptr) {
      counter = &family.Add({{"code", code == 0 ? "<error>" : std::to_string(code)},
                             {verb_label, verb},
                             {"host", host}});
    }
    return *counter;
  }

  Histogram& limiter_wait(const std::string& verb, const std::string& host) NET_REQUIRES(mutex) {
    Histogram*& wait = limiter_waits_by_verb[{verb, host}];
    if (wait == nullptr) {
      wait = &limiter_waits.Add({{"verb", verb}, {"host", host}}, request_buckets());
    }
    return *wait;
  }

  Measures& measures(const std::string& verb, const std::string& host) NET_REQUIRES(mutex) {
    const auto [found, fresh] = measures_by_verb.try_emplace({verb, host});
    if (fresh) {
      const Labels labels{{"verb", verb}, {"host", host}};
      found->second = {&durations.Add(labels, request_buckets()),
                       &sizes_sent.Add(labels, size_buckets()),
                       &sizes_received.Add(labels, size_buckets())};
    }
    return found->second;
  }

  Family<Counter>& requests;
  Family<Histogram>& durations;
  Family<Histogram>& sizes_sent;
  Family<Histogram>& sizes_received;
  Family<Counter>& retries;
  Family<Histogram>& limiter_waits;
  // The results of Family::Add, which builds a histogram first and looks for one afterwards.
  net::Mutex mutex;
  CountersByCode requests_by_code NET_GUARDED_BY(mutex);
  CountersByCode retries_by_code NET_GUARDED_BY(mutex);
  std::map<std::pair<std::string, std::string>, Measures> measures_by_verb NET_GUARDED_BY(mutex);
  std::map<std::pair<std::string, std::string>, Histogram*> limiter_waits_by_verb
      NET_GUARDED_BY(mutex);
};

RestMetrics::RestMetrics(Registry& registry) : impl_(std::make_unique<Impl>(registry)) {}

RestMetrics::~RestMetrics() = default;

void RestMetrics::request(const std::string& method, const std::string& host, int code,
                          net::Duration took, std::size_t sent, std::size_t received) {
  const net::MutexLock lock(impl_->mutex);
  Impl::counter_of(impl_->requests, impl_->requests_by_code, "method", method, host, code)
      .Increment();
  const Impl::Measures& measures = impl_->measures(method, host);
  measures.duration->Observe(seconds(took));
  measures.sent->Observe(static_cast<double>(sent));
  measures.received->Observe(static_cast<double>(received));
}

void RestMetrics::retry(const std::string& verb, const std::string& host, int code) {
  const net::MutexLock lock(impl_->mutex);
  Impl::counter_of(impl_->retries, impl_->retries_by_code, "verb", verb, host, code).Increment();
}

void RestMetrics::rate_limited(const std::string& verb, const std::string& host,
                               net::Duration waited) {
  const net::MutexLock lock(impl_->mutex);
  impl_->limiter_wait(verb, host).Observe(seconds(waited));
}

EventMetrics::EventMetrics(Registry& registry) {
  Family<Counter>& family =
      counters(registry, "event_recorder_dropped_total",
               "Number of Kubernetes Events that were not written. Broken down by reason.");
  constexpr const char* kReasons[] = {"queue_full", "rate_limited", "write_failed", "stopped"};
  for (std::size_t i = 0; i < std::size(kReasons); ++i)
    dropped_[i] = &family.Add({{"reason", kReasons[i]}});
}

void EventMetrics::dropped(EventDrop why, int count) {
  dropped_[static_cast<std::size_t>(why)]->Increment(count);
}

ReflectorMetrics::ReflectorMetrics(Registry& registry)
    : up_(gauges(registry, "kube_reflector_up",
                 "Whether the API server answers the reflector's lists and watches")),
      last_progress_(gauges(registry, "kube_reflector_last_progress_timestamp_seconds",
                            "When the reflector last read a page, opened a watch or got a line of "
                            "it, in seconds since the Unix epoch")),
      skipped_(counters(registry, "kube_reflector_skipped_objects_total",
                        "Objects, and lines of watches, that could not be read and are left out")) {
}

ReflectorMetrics::Series ReflectorMetrics::of(const std::string& resource, const std::string& ns) {
  const Labels labels{{"resource", resource}, {"namespace", ns}};
  return {up_.Add(labels), last_progress_.Add(labels), skipped_.Add({{"resource", resource}})};
}

LeaderMetrics::LeaderMetrics(Registry& registry, const std::string& name)
    : status_(gauges(registry, "leader_election_master_status",
                     "Gauge of if the reporting system is master of the relevant lease, 0 "
                     "indicates backup, 1 indicates master. 'name' is the string used to identify "
                     "the lease. Please make sure to group by name.")
                  .Add({{"name", name}})) {}

void LeaderMetrics::leading(bool yes) { status_.Set(yes ? 1 : 0); }

namespace {

// The fields of proc(5)'s /proc/pid/stat that are wanted.
struct ProcStat {
  double cpu_seconds = 0;
  double start_ticks = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
};

ProcStat read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.erase(0, text.rfind(')') + 1);  // the command's name may hold anything
  std::istringstream fields(text);
  std::string ignored;
  ProcStat stat;
  double user = 0;
  double system = 0;
  for (int field = 3; field < 14; ++field) fields >> ignored;
  fields >> user >> system;
  for (int field = 16; field < 22; ++field) fields >> ignored;
  fields >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  stat.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return stat;
}

double boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  double value = 0;
  while (file >> word) {
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

double count_open_fds() {
  std::error_code error;
  int count = -1;  // the one that looks is there too
  for (std::filesystem::directory_iterator fd("/proc/self/fd", error);
       !error && fd != std::filesystem::directory_iterator(); fd.increment(error)) {
    ++count;
  }
  return std::max(count, 0);
}

std::string metric_name(std::string name) {
  for (char& c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fine) c = '_';
  }
  return name;
}

}  // namespace

ProcessMetrics::ProcessMetrics(Registry& registry, const std::string& name,
                               const std::string& version, const std::string& commit)
    : cpu_(counters(registry, "process_cpu_seconds_total",
                    "Total user and system CPU time spent in seconds.")
               .Add({})),
      resident_(gauges(registry, "process_resident_memory_bytes", "Resident memory size in bytes.")
                    .Add({})),
      virtual_(gauges(registry, "process_virtual_memory_bytes", "Virtual memory size in bytes.")
                   .Add({})),
      open_fds_(gauges(registry, "process_open_fds", "Number of open file descriptors.").Add({})) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  gauges(registry, "process_max_fds", "Maximum number of open file descriptors.")
      .Add({})
      .Set(static_cast<double>(limit.rlim_cur));
  gauges(registry, "process_start_time_seconds",
         "Start time of the process since unix epoch in seconds.")
      .Add({})
      .Set(boot_time() + read_stat().start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
  gauges(registry, metric_name(name) + "_build_info", "What was built, and by what.")
      .Add({{"version", version}, {"commit", commit}, {"compiler", __VERSION__}})
      .Set(1);
  refresh();
}

void ProcessMetrics::refresh() {
  const ProcStat stat = read_stat();
  const net::MutexLock lock(mutex_);
  cpu_.Increment(std::max(0.0, stat.cpu_seconds - cpu_.Value()));
  resident_.Set(stat.resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  virtual_.Set(stat.virtual_bytes);
  open_fds_.Set(count_open_fds());
}

struct HttpServerMetrics::Impl {
  Impl(Registry& registry, std::string name)
      : server(std::move(name)),
        requests(counters(registry, "http_server_requests_total",
                          "Number of HTTP requests that were answered, by route and class of "
                          "status.")),
        durations(histograms(registry, "http_server_request_duration_seconds",
                             "Seconds from the last byte of a request to its answer.")),
        active(gauges(registry, "http_server_active_requests",
                      "Number of HTTP requests that are being handled.")
                   .Add({{"server", server}})),
        connections(gauges(registry, "http_server_open_connections", "Number of connections.")
                        .Add({{"server", server}})),
        streams(gauges(registry, "http_server_open_streams",
                       "Number of answers that are produced over time.")
                    .Add({{"server", server}})) {
    Family<Counter>& family =
        counters(registry, "http_server_evicted_connections_total",
                 "Number of connections that were closed to make room. Broken down by reason.");
    constexpr const char* kReasons[] = {"idle", "slow", "stream", "unread"};
    for (std::size_t i = 0; i < std::size(kReasons); ++i)
      evicted[i] = &family.Add({{"server", server}, {"reason", kReasons[i]}});
  }

  const std::string server;
  Family<Counter>& requests;
  Family<Histogram>& durations;
  Gauge& active;
  Gauge& connections;
  Gauge& streams;
  Counter* evicted[4];
  // As RestMetrics keeps them.
  net::Mutex mutex;
  std::map<std::tuple<std::string, std::string, int>, Counter*> requests_by_route
      NET_GUARDED_BY(mutex);
  std::map<std::pair<std::string, int>, Histogram*> durations_by_route NET_GUARDED_BY(mutex);
};

HttpServerMetrics::HttpServerMetrics(Registry& registry, const std::string& server)
    : impl_(std::make_unique<Impl>(registry, server)) {}

HttpServerMetrics::~HttpServerMetrics() = default;

void HttpServerMetrics::began() { impl_->active.Increment(); }
void HttpServerMetrics::ended() { impl_->active.Decrement(); }

void HttpServerMetrics::answered(const net::AnsweredRequest& request) {
  const int hundreds = request.status / 100;
  const std::string status_class = std::to_string(hundreds) + "xx";
  const net::MutexLock lock(impl_->mutex);
  Counter*& requests = impl_->requests_by_route[{request.method, request.route, hundreds}];
  if (requests == nullptr) {
    requests = &impl_->requests.Add({{"server", impl_->server},
                                     {"method", request.method},
                                     {"route", request.route},
                                     {"class", status_class}});
  }
  requests->Increment();
  Histogram*& durations = impl_->durations_by_route[{request.route, hundreds}];
  if (durations == nullptr) {
    durations = &impl_->durations.Add(
        {{"server", impl_->server}, {"route", request.route}, {"class", status_class}},
        server_buckets());
  }
  durations->Observe(seconds(request.took));
}

void HttpServerMetrics::connections(std::size_t open) {
  impl_->connections.Set(static_cast<double>(open));
}

void HttpServerMetrics::streams(std::size_t open) { impl_->streams.Set(static_cast<double>(open)); }

void HttpServerMetrics::evicted(net::Eviction why) {
  impl_->evicted[static_cast<std::size_t>(why)]->Increment();
}

std::string expose(const Registry& registry) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, registry.Collect());
  return std::move(text).str();
}

}  // namespace kube
