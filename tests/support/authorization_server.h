// One of the real authorization servers of dev/servers.
#pragma once

#include <map>
#include <string>

#include "net/json.h"
#include "support/process.h"

namespace support {

class AuthorizationServer {
 public:
  explicit AuthorizationServer(const std::string& name);  // of dev/servers/README.md
  // Empty if the server has no metadata.
  std::string issuer() const { return net::string_member(about_, "issuer"); }
  // By the names of Offerings: "token". Empty if there is none of that name.
  std::string endpoint(const std::string& name) const;

 private:
  Process process_;
  net::Json about_;
};

}  // namespace support
