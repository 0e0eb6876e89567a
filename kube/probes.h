// The pages that a process of controllers serves to its cluster: /healthz, /readyz and /metrics, as
// controller-runtime's manager does.
#pragma once

#include <functional>
#include <string>

#include "kube/manager.h"
#include "net/http_server.h"
#include "net/router.h"

namespace kube {

struct Probes {
  // Called from several threads at once; does not wait.
  std::function<Readiness()> ready;
  // The text exposition format. Called by one thread at a time: a collection answers every request
  // from before its begin, so many scrapes at once cost two collections.
  std::function<std::string()> metrics;
};
// Returns the routes: /healthz is 200 as long as it answers, /readyz 503 while it is not ready;
// either says what cannot be served. Only GET and HEAD.
net::Router probe_routes(Probes probes);
// HttpServerOptions::answered_at_once: /healthz and /readyz, which metrics must not hold up.
bool is_probe(const net::ServerRequest& request);

}  // namespace kube
