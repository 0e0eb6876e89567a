// Provider metadata: OpenID Connect Discovery 1.0 and RFC 8414.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/http_client.h"
#include "net/result.h"
#include "oauth/protocol/provider.h"

namespace oauth {

struct Metadata {
  std::string issuer;
  Endpoints endpoints;
  std::vector<std::string> code_challenge_methods;
  bool iss_parameter_supported = false;  // RFC 9207
};

// Returns the addresses of the metadata, in order: OpenID Connect's (issuer +
// "/.well-known/openid-configuration"), then RFC 8414 3.1's
// ("/.well-known/oauth-authorization-server" put before the issuer's path).
std::vector<std::string> metadata_urls(const std::string& issuer);

// Returns Invalid, with a message for the admin, if the document is not JSON, if its `issuer` is
// not exactly the requested one (RFC 8414 3.3), or if an endpoint is no URL or neither https nor
// (with `allow_http`) http on loopback.
net::Result<Metadata> parse_metadata(std::string_view document, const std::string& issuer,
                                     bool allow_http);

// Tries metadata_urls() in order. Invalid as in parse_metadata(), or for a redirect (it does not
// follow them); NotFound if all of them answer 404 or the like; TooLarge beyond 256 KiB;
// Unavailable, Tls, Timeout and so on if the call failed (10 s for each address). `clock` reads the
// dates of Retry-After. Blocks; thread-safe: no state.
net::Result<Metadata> discover(const std::string& issuer, const std::string& ca_bundle_pem,
                               bool allow_http, net::HttpClient& http, const net::Clock& clock,
                               std::stop_token stop);

// Returns the endpoints on other hosts than the issuer's, unless `allowed_hosts` (host or
// host:port) has them: "token: other.example".
std::vector<std::string> endpoints_elsewhere(const Endpoints& endpoints, const std::string& issuer,
                                             const std::vector<std::string>& allowed_hosts);

}  // namespace oauth
