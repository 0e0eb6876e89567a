// What the health port serves: /healthz, /readyz and /metrics.
#pragma once

#include <functional>
#include <string>

#include "net/http_server.h"

namespace op {

struct Probes {
  std::function<bool()> ready;           // caches are filled, and the process is not ending
  std::function<std::string()> metrics;  // the text exposition format
};
net::HttpServer::Handler probe_handler(Probes probes);

// The web port's: nothing lives there yet but the promise of the address.
net::HttpServer::Handler web_handler();

}  // namespace op
