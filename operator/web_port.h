// The port that browsers reach: --web-bind-address.
#pragma once

#include <memory>
#include <string>

#include "kube/manager.h"
#include "net/http_server.h"
#include "net/result.h"

namespace op {

// Begins to serve, on every replica, and finishes running requests when this replica ends
// (Manager::on_ending): the server outlives the manager's run(). Null if `bind_address` is empty:
// it serves nothing. `observer` outlives the server. Invalid: it cannot listen on the address.
net::Result<std::unique_ptr<net::HttpServer>> open_web_port(const std::string& bind_address,
                                                            kube::Manager& manager,
                                                            net::HttpServerObserver& observer);

}  // namespace op
