#include "operator/provider_client.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "operator_version.h"

namespace op {

net::Result<std::unique_ptr<net::HttpClient>> make_provider_client(const std::string& ca_file,
                                                                   bool allow_loopback) {
  net::HttpClientOptions http;
  http.addresses =
      allow_loopback ? net::AddressPolicy::LoopbackAllowed : net::AddressPolicy::NoLocal;
  http.proxy = net::ProxyOptions::from_environment();
  http.reuse_connections = false;
  http.user_agent = std::string{"integration-operator/"} + kOperatorVersion;
  if (!ca_file.empty()) {
    std::ifstream file(ca_file);
    std::ostringstream pem;
    pem << file.rdbuf();
    if (!file || pem.str().empty())
      return net::Error{net::ErrorCode::Invalid, "--provider-ca-file: cannot read " + ca_file};
    http.tls.ca_pem = pem.str();
  }
  auto client = net::make_http_client(std::move(http));
  if (!client.ok())
    return net::Error{client.error().code, "--provider-ca-file: " + client.error().message};
  return client;
}

}  // namespace op
