#include "support/authorization_server.h"

#include <cstdio>
#include <cstdlib>

namespace support {

AuthorizationServer::AuthorizationServer(const std::string& name)
    : process_(
          ProcessOptions{.command = {std::string{PROJECT_SOURCE_DIR} + "/dev/servers/run.sh", name},
                         .environment = {},
                         .log_file = "/dev/null",
                         .read_stdout = true}) {
  const auto about = net::parse_json(process_.read_line().value_or(""));
  if (!about.ok()) {
    std::fprintf(stderr,
                 "cannot go on: the server %s did not start (dev/lib/servers-install.sh "
                 "installs it)\n",
                 name.c_str());
    std::abort();
  }
  about_ = *about;
}

std::string AuthorizationServer::endpoint(const std::string& name) const {
  const auto endpoints = about_.find("endpoints");
  return endpoints == about_.end() ? "" : net::string_member(*endpoints, name);
}

}  // namespace support
