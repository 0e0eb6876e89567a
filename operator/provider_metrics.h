// Measures the calls to providers. docs/metrics.md explains the metrics. Hosts come from Offerings
// and their pinned discovery alone, and go with them: providers cannot make series.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "api/offering.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/log.h"
#include "net/mutex.h"
#include "net/result.h"

namespace op {

// "2xx", "3xx", "4xx", "429", "5xx", or "error" without an answer. Pure.
std::string class_of(const net::Result<net::HttpResponse>& answer);

// The hosts ("host" or "host:port") that an Offering's requests may go to. Pure.
std::set<std::string> hosts_of(const api::Offering& offering);

// Thread-safe. Refers to the registry, which outlives it.
class ProviderMetrics {
 public:
  explicit ProviderMetrics(prometheus::Registry& registry);
  // integration_operator_provider_requests_total{host,class} and
  // integration_operator_provider_request_duration_seconds{host,class}.
  void request(const std::string& host, const std::string& answer_class, net::Duration took);
  // Logs a line when a host stops answering (three times in a row no answer, 429 or 5xx), and one
  // when it answers again.
  void answered(const std::string& host, const net::Result<net::HttpResponse>& answer);
  // Removes the series of all other hosts.
  void keep_only(const std::set<std::string>& hosts);

 private:
  struct Series {
    prometheus::Counter* count = nullptr;
    prometheus::Histogram* duration = nullptr;
  };
  const net::Logger log_{"providers"};
  net::Mutex mutex_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  // By host and class.
  std::map<std::pair<std::string, std::string>, Series> series_ NET_GUARDED_BY(mutex_);
  std::map<std::string, int> failures_ NET_GUARDED_BY(mutex_);  // in a row, by host
};

// Sends through another client, and counts. Does not count cancelled requests, which say nothing
// about a provider. Thread-safe.
class MeasuredHttpClient : public net::HttpClient {
 public:
  MeasuredHttpClient(std::unique_ptr<net::HttpClient> inner, ProviderMetrics& metrics,
                     net::Clock& clock)
      : inner_(std::move(inner)), metrics_(metrics), clock_(clock) {}

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override;
  net::Result<net::HttpResponse> stream(const net::HttpRequest& request, const StreamLimits& limits,
                                        const LineHandler& on_line, std::stop_token stop) override;

 private:
  net::Result<net::HttpResponse> counted(const net::HttpRequest& request, net::SteadyTime began,
                                         net::Result<net::HttpResponse> answer);

  std::unique_ptr<net::HttpClient> inner_;
  ProviderMetrics& metrics_;
  net::Clock& clock_;
};

}  // namespace op
