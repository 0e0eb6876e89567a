#include "operator/provider_metrics.h"

#include <chrono>

#include "net/url.h"

namespace op {

namespace {

// A request may take ten seconds.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.025, 0.05, 0.1, 0.25, 0.5,
                                                          1,     2.5,  5,   10};

constexpr int kUnreachableAfter = 3;

}  // namespace

std::string class_of(const net::Result<net::HttpResponse>& answer) {
  if (!answer.ok()) return "error";
  const int status = answer->status;
  if (status == 429) return "429";
  if (status < 200 || status > 599) return "error";
  return std::to_string(status / 100) + "xx";
}

std::set<std::string> hosts_of(const api::Offering& offering) {
  std::set<std::string> hosts;
  const auto add = [&](const std::string& text) {
    if (const auto url = net::parse_url(text); url.ok()) hosts.insert(url->authority());
  };
  add(offering.spec.issuer);
  for (const oauth::Endpoints* endpoints : {&offering.spec.endpoints, &offering.status.endpoints}) {
    for (const oauth::EndpointTraits& endpoint : oauth::kEndpointTraits)
      add(endpoints->*endpoint.url);
  }
  return hosts;
}

ProviderMetrics::ProviderMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("integration_operator_provider_requests_total")
                    .Help("Requests to providers, by host and class of answer.")
                    .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("integration_operator_provider_request_duration_seconds")
                     .Help("How long requests to providers took, by host and class of answer.")
                     .Register(registry)) {}

void ProviderMetrics::request(const std::string& host, const std::string& answer_class,
                              net::Duration took) {
  const net::MutexLock lock(mutex_);
  Series& series = series_[{host, answer_class}];
  if (series.count == nullptr) {
    const prometheus::Labels labels{{"host", host}, {"class", answer_class}};
    series = {&requests_.Add(labels), &durations_.Add(labels, kBuckets)};
  }
  series.count->Increment();
  series.duration->Observe(std::chrono::duration<double>(took).count());
}

void ProviderMetrics::answered(const std::string& host,
                               const net::Result<net::HttpResponse>& answer) {
  const std::string answer_class = class_of(answer);
  const bool failed = answer_class == "error" || answer_class == "429" || answer_class == "5xx";
  const net::MutexLock lock(mutex_);
  int& failures = failures_[host];
  if (failed && ++failures == kUnreachableAfter) {
    // Not the error's message: it may quote an address with a client id.
    log_.warn("A provider does not answer as expected. The operator retries at growing intervals",
              {{"host", host},
               {"answer", answer.ok() ? "HTTP " + std::to_string(answer->status)
                                      : net::to_string(answer.error().code)}});
  }
  if (failed) return;
  if (failures >= kUnreachableAfter) log_.info("The provider answers again", {{"host", host}});
  failures = 0;
}

void ProviderMetrics::keep_only(const std::set<std::string>& hosts) {
  const net::MutexLock lock(mutex_);
  std::erase_if(failures_, [&](const auto& entry) { return !hosts.contains(entry.first); });
  std::erase_if(series_, [&](const auto& entry) {
    if (hosts.contains(entry.first.first)) return false;
    requests_.Remove(entry.second.count);
    durations_.Remove(entry.second.duration);
    return true;
  });
}

net::Result<net::HttpResponse> MeasuredHttpClient::send(const net::HttpRequest& request,
                                                        std::stop_token stop) {
  const net::SteadyTime began = clock_.steady();
  return counted(request, began, inner_->send(request, std::move(stop)));
}

net::Result<net::HttpResponse> MeasuredHttpClient::stream(const net::HttpRequest& request,
                                                          const StreamLimits& limits,
                                                          const LineHandler& on_line,
                                                          std::stop_token stop) {
  const net::SteadyTime began = clock_.steady();
  return counted(request, began, inner_->stream(request, limits, on_line, std::move(stop)));
}

net::Result<net::HttpResponse> MeasuredHttpClient::counted(const net::HttpRequest& request,
                                                           net::SteadyTime began,
                                                           net::Result<net::HttpResponse> answer) {
  const auto url = net::parse_url(request.url);
  const bool cancelled = !answer.ok() && answer.error().code == net::ErrorCode::Cancelled;
  if (url.ok() && !cancelled) {
    metrics_.request(url->authority(), class_of(answer), clock_.steady() - began);
    metrics_.answered(url->authority(), answer);
  }
  return answer;
}

}  // namespace op
