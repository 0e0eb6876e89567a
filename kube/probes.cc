#include "kube/probes.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace kube {

namespace {

class SharedCollection {
 public:
  explicit SharedCollection(std::function<std::string()> collect) : collect_(std::move(collect)) {}

  std::string answer(net::SteadyTime asked) {
    const std::lock_guard lock(mutex_);
    if (!text_ || began_ <= asked) {
      const net::SteadyTime now = std::chrono::steady_clock::now();
      text_ = collect_();  // where it throws, the last one is not passed off as this one
      began_ = now;
    }
    return *text_;
  }

 private:
  const std::function<std::string()> collect_;
  std::mutex mutex_;
  std::optional<std::string> text_;
  net::SteadyTime began_;
};

net::ServerResponse text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace

net::HttpServer::Handler probe_handler(Probes probes) {
  const auto metrics = std::make_shared<SharedCollection>(std::move(probes.metrics));
  return [ready = std::move(probes.ready), metrics](const net::ServerRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") return text(405, "only GET\n");
    if (request.path == "/healthz") return text(200, "ok\n");
    if (request.path == "/readyz") {
      const Readiness readiness = ready();
      return readiness.ready ? text(200, "ok\n" + readiness.message)
                             : text(503, "not ready: " + readiness.message);
    }
    if (request.path == "/metrics")
      return net::ServerResponse{
          .status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = metrics->answer(request.received)};
    return text(404, "served here: /healthz /readyz /metrics\n");
  };
}

bool is_probe(const net::ServerRequest& request) {
  return request.path == "/healthz" || request.path == "/readyz";
}

}  // namespace kube
