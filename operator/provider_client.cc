#include "operator/provider_client.h"

#include <utility>

#include "net/file.h"
#include "operator_version.h"

namespace op {

net::Result<std::unique_ptr<net::HttpClient>> make_provider_client(const std::string& ca_file,
                                                                   bool allow_loopback) {
  net::HttpClientOptions http;
  http.addresses =
      allow_loopback ? net::AddressPolicy::LoopbackAllowed : net::AddressPolicy::NoLocal;
  http.plain_http =
      allow_loopback ? net::PlainHttpPolicy::LoopbackOnly : net::PlainHttpPolicy::Refused;
  http.proxy = net::ProxyOptions::from_environment();
  http.reuse_connections = false;
  http.user_agent = std::string{"integration-operator/"} + kOperatorVersion;
  if (!ca_file.empty()) {
    auto pem = net::read_file(ca_file);
    if (!pem.ok())
      return net::Error{net::ErrorCode::Invalid, "--provider-ca-file: " + pem.error().message};
    if (pem->empty())
      return net::Error{net::ErrorCode::Invalid, "--provider-ca-file: " + ca_file + ": is empty"};
    http.tls.ca_pem = std::move(*pem);
  }
  if (const net::Status proxies = net::check_proxies(http.proxy); !proxies.ok())
    return proxies.error();
  auto client = net::make_http_client(std::move(http));
  if (!client.ok())
    return net::Error{client.error().code, "--provider-ca-file: " + client.error().message};
  return client;
}

}  // namespace op
