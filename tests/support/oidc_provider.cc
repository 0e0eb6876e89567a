#include "support/oidc_provider.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace support {

void ProviderSettings::register_client(const Client& client) {
  const net::Json body = {{"client_secret", client.secret},
                          {"redirect_uris", client.redirect_uris},
                          {"scope", client.scope}};
  admin("PUT", "/clients/" + client.id, body.dump());
}

void ProviderSettings::behave(const net::Json& behaviour) {
  if (behaviour.empty())
    admin("DELETE", "/behaviour");
  else
    admin("PUT", "/behaviour", behaviour.dump());
}

int ProviderSettings::count(const std::string& path_prefix) {
  int count = 0;
  for (const net::Json& request : requests())
    count += net::string_member(request, "path").starts_with(path_prefix) ? 1 : 0;
  return count;
}

OidcProvider::OidcProvider(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{std::string{PROJECT_SOURCE_DIR} + "/dev/provider/run.sh"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  process_ = std::make_unique<Process>(
      ProcessOptions{.command = command, .log_file = "/dev/null", .read_stdout = true});
  const auto line = process_->read_line();
  const auto listening = net::parse_json(line.value_or(""));
  if (!listening.ok()) {
    std::fprintf(stderr,
                 "cannot go on: the OpenID provider did not start (dev/lib/provider-install.sh "
                 "installs it)\n");
    std::abort();
  }
  issuer_ = net::string_member(*listening, "issuer");
  admin_ = net::string_member(*listening, "admin");
  http_ = std::move(*net::make_http_client({.reuse_connections = false}));
}

void OidcProvider::kill() {
  process_->signal(SIGKILL);
  process_->wait(std::chrono::seconds{5});
}

std::string OidcProvider::admin(const std::string& method, const std::string& path,
                                const std::string& body) {
  net::HttpRequest request;
  request.method = method;
  request.url = admin_ + path;
  request.body = body;
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  auto response = http_->send(request, {});
  if (!response.ok() || response->status >= 300) {
    std::fprintf(stderr, "cannot go on: %s %s at the provider's admin side failed: %s\n",
                 method.c_str(), path.c_str(),
                 response.ok() ? response->body.c_str() : response.error().message.c_str());
    std::abort();
  }
  return response->body;
}

}  // namespace support
