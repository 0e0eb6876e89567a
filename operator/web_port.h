// The port that browsers reach: --web-bind-address.
#pragma once

#include <memory>
#include <string>

#include "kube/manager.h"
#include "net/http_server.h"
#include "net/result.h"

namespace op {

// Begins to serve, on every replica, and finishes what is under way when this replica ends
// (Manager::on_ending): the server outlives the manager's run(). Null where `bind_address` is
// empty: nothing is served. `observer` outlives the server. Invalid: it cannot be listened on.
net::Result<std::unique_ptr<net::HttpServer>> open_web_port(const std::string& bind_address,
                                                            kube::Manager& manager,
                                                            net::HttpServerObserver& observer);

}  // namespace op
