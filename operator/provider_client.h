// The HTTP client for providers: no redirects, no local addresses, no request sent twice.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.h"
#include "net/result.h"

namespace op {

// `ca_file` (empty: none) has PEM certificates to trust besides the system's; Invalid if it is
// unusable. `allow_loopback` is --allow-http-providers.
net::Result<std::unique_ptr<net::HttpClient>> make_provider_client(const std::string& ca_file,
                                                                   bool allow_loopback);

}  // namespace op
