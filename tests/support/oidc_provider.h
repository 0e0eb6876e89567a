// The real OpenID provider of dev/provider, and the person in its app settings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "net/json.h"
#include "support/process.h"

namespace support {

// A person's actions in the app settings of a dev/provider, wherever it runs. Not thread-safe.
class ProviderSettings {
 public:
  virtual ~ProviderSettings() = default;

  struct Client {
    std::string id;
    std::string secret;
    std::vector<std::string> redirect_uris;
    std::string scope = "openid api:read";
  };
  void register_client(const Client& client);
  void remove_client(const std::string& id) { admin("DELETE", "/clients/" + id); }
  // E.g. {"status": 503, "retryAfter": 2, "path": "/token"}; an empty object: normal behaviour.
  void behave(const net::Json& behaviour);
  // Returns the requests since the last forget_requests().
  net::Json requests() { return net::Json::parse(admin("GET", "/log")); }
  void forget_requests() { admin("DELETE", "/log"); }
  int count(const std::string& path_prefix);

 private:
  // Ends the test run (abort) if it fails.
  virtual std::string admin(const std::string& method, const std::string& path,
                            const std::string& body = {}) = 0;
};

// A provider on this machine, for as long as this object lives.
class OidcProvider : public ProviderSettings {
 public:
  explicit OidcProvider(
      const std::vector<std::string>& arguments = {});  // of dev/provider/run.sh, e.g. "--no-par"
  const std::string& issuer() const { return issuer_; }
  void kill();

 private:
  std::string admin(const std::string& method, const std::string& path,
                    const std::string& body) override;
  std::unique_ptr<Process> process_;
  std::unique_ptr<net::HttpClient> http_;
  std::string issuer_;
  std::string admin_;
};

}  // namespace support
