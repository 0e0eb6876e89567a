// A provider that misbehaves by a test's script: a small real HTTP server with the endpoints of an
// OAuth 2.0 provider, each answered by a function. It models nothing else: no users, no tokens, no
// metadata but the issuer's.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "net/json.h"
#include "net/url.h"

namespace support {

// Thread-safe.
class ScriptedProvider {
 public:
  // A request to an endpoint: its parameters (query or body) and the client's credentials, sent in
  // either way.
  struct Request {
    std::string path;
    std::map<std::string, std::string> parameters;
    std::string client_id;
    std::string client_secret;
    std::string basic;  // "id:secret" of the Basic header, not decoded
  };
  using Answer = std::function<net::ServerResponse(const Request&)>;

  explicit ScriptedProvider(std::optional<net::ServerTls> tls = std::nullopt);
  ~ScriptedProvider();
  std::string url(const std::string& path = {}) const;
  // "/authorize", "/token", "/par"; the rest answers 404. Replaces the earlier answer.
  void on(const std::string& path, Answer answer);
  std::vector<Request> requests(const std::string& path) const;
  void forget_requests();
  // The most simultaneous requests.
  int most_at_once() const;
  // Requests hang until release() (and count as simultaneous).
  void hold();
  void release();
  bool await_held(int count, std::chrono::milliseconds limit);

 private:
  net::ServerResponse handle(const net::ServerRequest& request);
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Answer> answers_;
  std::vector<Request> requests_;
  bool held_ = false;
  int under_way_ = 0;
  int most_ = 0;
  std::string scheme_;
  std::unique_ptr<net::HttpServer> server_;
};

// {"error": ERROR, "error_description": DESCRIPTION} with that status.
net::ServerResponse oauth_error(int status, const std::string& error,
                                const std::string& description = {});
net::ServerResponse json(int status, std::string body);
net::ServerResponse html(int status, const std::string& text);
net::ServerResponse redirect(const std::string& location);

// A token endpoint that authenticates the one client, then refuses the code: an honest provider.
ScriptedProvider::Answer honest_token_endpoint(const std::string& client_id,
                                               const std::string& client_secret);
// An authorization endpoint that redirects to registered callbacks alone, and shows an error page
// for others.
ScriptedProvider::Answer honest_authorization_endpoint(const std::vector<std::string>& registered);

}  // namespace support
