#include "kube/probes.h"

#include <utility>

namespace kube {

namespace {

net::ServerResponse text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace

net::HttpServer::Handler probe_handler(Probes probes) {
  return [probes = std::move(probes)](const net::ServerRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") return text(405, "only GET\n");
    if (request.path == "/healthz") return text(200, "ok\n");
    if (request.path == "/readyz") {
      const Readiness readiness = probes.ready();
      return readiness.ready ? text(200, "ok\n" + readiness.message)
                             : text(503, "not ready: " + readiness.message);
    }
    if (request.path == "/metrics")
      return net::ServerResponse{
          .status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = probes.metrics()};
    return text(404, "served here: /healthz /readyz /metrics\n");
  };
}

}  // namespace kube
