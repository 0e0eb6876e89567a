// What the operator serves to the web: nothing yet. The probes are kube::Runtime's.
#pragma once

#include "net/http_server.h"

namespace op {

// The web port's: nothing lives there yet but the promise of the address.
net::HttpServer::Handler web_handler();

}  // namespace op
