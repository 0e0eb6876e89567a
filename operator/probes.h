// What the operator serves: to its cluster what kube/probes.h says, to the web nothing yet.
#pragma once

#include "kube/probes.h"
#include "net/http_server.h"

namespace op {

using kube::probe_handler;
using kube::Probes;

// The web port's: nothing lives there yet but the promise of the address.
net::HttpServer::Handler web_handler();

}  // namespace op
