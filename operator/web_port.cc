#include "operator/web_port.h"

#include "net/router.h"
#include "operator/web.h"

namespace op {

namespace {

// Grace for running requests: the flow of a Connection waits for a provider. A kubelet kills after
// 30 s (terminationGracePeriodSeconds). Without running requests, the port closes at once.
constexpr std::chrono::seconds kGrace{20};

}  // namespace

net::Result<std::unique_ptr<net::HttpServer>> open_web_port(const std::string& bind_address,
                                                            kube::Manager& manager,
                                                            net::HttpServerObserver& observer) {
  if (bind_address.empty()) return std::unique_ptr<net::HttpServer>{};
  const auto bind = net::parse_bind_address(bind_address);
  if (!bind.ok()) return bind.error();
  auto server = net::start_server(
      {.address = bind->address, .port = bind->port, .observer = &observer}, web_routes());
  if (!server.ok())
    return net::Error{net::ErrorCode::Invalid, "--web-bind-address: " + server.error().message};
  manager.on_ending([port = server->get()] { port->stop(kGrace); });
  return server;
}

}  // namespace op
