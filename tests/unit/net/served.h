// A server on loopback, and the bytes that it answers to bytes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_server.h"
#include "raw_peer.h"

namespace net {

inline HttpServerOptions on_loopback() {
  HttpServerOptions options;
  options.address = "127.0.0.1";
  return options;
}

inline std::unique_ptr<HttpServer> start(HttpServerOptions options, HttpServer::Handler handler) {
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().message;
  return std::move(*server);
}

// Everything until the server closes.
inline std::string ask(const HttpServer& server, std::string_view request) {
  RawClient client(server.port());
  client->write(request);
  return client->read_all();
}

}  // namespace net
