// An HTTP client that answers by a function of the test's, and remembers its requests.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "net/json.h"
#include "net/url.h"

namespace oauth {

class ScriptedHttp : public net::HttpClient {
 public:
  using Script = std::function<net::Result<net::HttpResponse>(const net::HttpRequest&)>;
  explicit ScriptedHttp(Script script) : script_(std::move(script)) {}

  net::Result<net::HttpResponse> send(const net::HttpRequest& request,
                                      std::stop_token stop) override {
    if (stop.stop_requested()) return net::Error{net::ErrorCode::Cancelled, "stopped"};
    requests.push_back(request);
    return script_(request);
  }
  net::Result<net::HttpResponse> stream(const net::HttpRequest&, const StreamLimits&,
                                        const LineHandler&, std::stop_token) override {
    return net::Error{net::ErrorCode::Internal, "nothing here streams"};
  }

  std::vector<net::HttpRequest> requests;

 private:
  Script script_;
};

inline net::HttpResponse json_response(int status, std::string body) {
  return {status, net::Headers{{"Content-Type", "application/json"}}, std::move(body)};
}
inline net::HttpResponse error_response(int status, const std::string& error,
                                        const std::string& description = "") {
  net::Json body = {{"error", error}};
  if (!description.empty()) body["error_description"] = description;
  return json_response(status, body.dump());
}
inline net::HttpResponse html_response(int status, std::string body) {
  return {status, net::Headers{{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}
inline net::HttpResponse redirect_response(std::string location) {
  return {302, net::Headers{{"Location", std::move(location)}}, ""};
}

// Returns a field of a request's body, or of its query; empty if it is missing.
inline std::string field(const net::HttpRequest& request, const std::string& name) {
  const std::size_t question = request.url.find('?');
  const std::string query = question == std::string::npos ? "" : request.url.substr(question + 1);
  const auto fields = net::parse_form(request.method == "GET" ? query : request.body);
  if (!fields.ok()) return "";
  for (const auto& [key, value] : *fields) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace oauth
