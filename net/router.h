// Which handler a request is for.
//
//   net::Router router;
//   router.add("GET", "/shelves/{shelf}", [](const net::RoutedRequest& request) {
//     return page(request.parameter("shelf"), request.query().only("sort"));
//   });
//   auto server = net::start_server({.port = 8081}, router);
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "net/cookies.h"
#include "net/form.h"
#include "net/http_server.h"

namespace net {

// A request with what its path, query, form and cookies say. A view: it lives as long as the
// request.
class RoutedRequest {
 public:
  RoutedRequest(const ServerRequest& raw, std::stop_token stop,
                std::map<std::string, std::string> parameters, Form query, Form form);
  const ServerRequest& raw() const { return raw_; }
  // As HttpServer::Handler has it.
  const std::stop_token& stop() const { return stop_; }

  // Returns the decoded segment at {name}: valid UTF-8 without control characters, and neither "."
  // nor ".."; it may have a '/' (from %2F). The pattern must have it.
  const std::string& parameter(const std::string& name) const { return parameters_.at(name); }
  const Form& query() const { return query_; }
  // The body, where its type is application/x-www-form-urlencoded; empty for any other.
  const Form& form() const { return form_; }
  // Returns all the values of the cookie, in the order in which they were sent.
  std::vector<std::string> cookies(std::string_view name) const;

 private:
  const ServerRequest& raw_;
  std::stop_token stop_;
  std::map<std::string, std::string> parameters_;
  Form query_;
  Form form_;
  Cookies cookies_;
};

// Routes are added before the server starts; the results of handler() and route_of() may then be
// called from any thread.
class Router {
 public:
  using Handler = std::function<ServerResponse(const RoutedRequest&)>;

  // Adds a route. Segments of `pattern` are literal, or a whole {parameter}, which matches one
  // segment that is not empty. Where several patterns match, the one with a literal in the first
  // segment that differs wins, as in Go's http.ServeMux. "/a/" is another path than "/a": each is
  // served where it was added. A pattern is given once for each method.
  void add(std::string method, std::string_view pattern, Handler handler);

  // Returns a handler that calls the one of the matching route. HEAD is served by GET's. 404 for a
  // path without a route, 405 with Allow for one without the method. 400 for a path that is no text
  // (its percent-encoding is broken, or it decodes to other bytes than UTF-8, control characters,
  // "." or ".."), and for more than Form::kMaxFields fields. A path is decoded once, segment by
  // segment, so that an encoded '/' never makes a segment. The handler keeps a copy of the routes.
  HttpServer::Handler handler() const;
  // Returns a function that names the pattern of the matching route, whatever the method; empty
  // where there is none (HttpServerOptions::route_of).
  std::function<std::string(const ServerRequest&)> route_of() const;

 private:
  struct Route {
    std::vector<std::string> pattern;         // its segments
    std::map<std::string, Handler> handlers;  // by method
  };
  using Routes = std::vector<Route>;
  static const Route* find(const Routes& routes, const std::vector<std::string>& path);
  static ServerResponse serve(const Routes& routes, const ServerRequest& request,
                              std::stop_token stop);
  Routes routes_;
};

// HttpServer::start with handler() and route_of() of `router`.
Result<std::unique_ptr<HttpServer>> start_server(HttpServerOptions options, const Router& router);

}  // namespace net
