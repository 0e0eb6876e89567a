#include "operator/probes.h"

namespace op {

net::HttpServer::Handler web_handler() {
  return [](const net::ServerRequest&) {
    return net::ServerResponse{.status = 404,
                               .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                               .body = "not found\n"};
  };
}

}  // namespace op
