// The web port: the operator's pages for browsers.
#pragma once

#include "net/router.h"

namespace op {

// Returns the routes of the web port. There are none yet: the port keeps its address for the flow
// of Connections, and answers 404.
net::Router web_routes();

}  // namespace op
