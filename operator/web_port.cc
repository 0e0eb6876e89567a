#include "operator/web_port.h"

#include "operator/probes.h"

namespace op {

namespace {

// No handler takes time yet: what is cut off after that is a request that came only in part.
constexpr std::chrono::milliseconds kGrace{200};

}  // namespace

net::Result<std::unique_ptr<net::HttpServer>> open_web_port(const std::string& bind_address,
                                                            kube::Manager& manager) {
  if (bind_address.empty()) return std::unique_ptr<net::HttpServer>{};
  const auto bind = net::parse_bind_address(bind_address);
  if (!bind.ok()) return bind.error();
  auto server =
      net::HttpServer::start({.address = bind->address, .port = bind->port}, web_handler());
  if (!server.ok())
    return net::Error{net::ErrorCode::Invalid, "--web-bind-address: " + server.error().message};
  manager.on_ending([port = server->get()] { port->stop(kGrace); });
  return server;
}

}  // namespace op
