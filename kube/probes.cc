#include "kube/probes.h"

#include <memory>
#include <optional>
#include <utility>

#include "net/mutex.h"

namespace kube {

namespace {

class SharedCollection {
 public:
  explicit SharedCollection(std::function<std::string()> collect) : collect_(std::move(collect)) {}

  std::string answer(net::SteadyTime asked) {
    const net::MutexLock lock(mutex_);
    if (!text_ || began_ <= asked) {
      const net::SteadyTime now = std::chrono::steady_clock::now();
      text_ = collect_();  // where it throws, the last one is not passed off as this one
      began_ = now;
    }
    return *text_;
  }

 private:
  const std::function<std::string()> collect_;
  net::Mutex mutex_;
  std::optional<std::string> text_ NET_GUARDED_BY(mutex_);
  net::SteadyTime began_ NET_GUARDED_BY(mutex_);
};

net::ServerResponse text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace

net::Router probe_routes(Probes probes) {
  const auto metrics = std::make_shared<SharedCollection>(std::move(probes.metrics));
  net::Router router;
  router.add("GET", "/healthz", [](const net::RoutedRequest&) { return text(200, "ok\n"); });
  router.add("GET", "/readyz", [ready = std::move(probes.ready)](const net::RoutedRequest&) {
    const Readiness readiness = ready();
    return readiness.ready ? text(200, "ok\n" + readiness.message)
                           : text(503, "not ready: " + readiness.message);
  });
  router.add("GET", "/metrics", [metrics](const net::RoutedRequest& request) {
    return net::ServerResponse{
        .status = 200,
        .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
        .body = metrics->answer(request.raw().received)};
  });
  return router;
}

bool is_probe(const net::ServerRequest& request) {
  return request.path == "/healthz" || request.path == "/readyz";
}

}  // namespace kube
