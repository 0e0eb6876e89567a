// What a process of controllers serves to its cluster: /healthz, /readyz and /metrics, as
// controller-runtime's manager does.
#pragma once

#include <functional>
#include <string>

#include "kube/manager.h"
#include "net/http_server.h"

namespace kube {

// Both are called from several threads at once.
struct Probes {
  std::function<Readiness()> ready;
  std::function<std::string()> metrics;  // the text exposition format
};
// /healthz is 200 as long as it answers, /readyz 503 while it is not ready; either says what cannot
// be served. Only GET and HEAD.
net::HttpServer::Handler probe_handler(Probes probes);

}  // namespace kube
