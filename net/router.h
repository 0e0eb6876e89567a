// Which handler a request is for.
//
//   net::Router router;
//   router.add("GET", "/shelves/{shelf}", [](const net::RoutedRequest& request) {
//     return page(request.parameter("shelf"), request.query("sort"));
//   });
//   net::HttpServer::start(options, router.handler());
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/cookies.h"
#include "net/http_server.h"
#include "net/url.h"

namespace net {

// A request with what its path, query and cookies say. A view: it lives as long as the request.
class RoutedRequest {
 public:
  RoutedRequest(const ServerRequest& raw, std::map<std::string, std::string> parameters,
                FormFields query);
  const ServerRequest& raw() const { return raw_; }

  // Returns the decoded segment at {name}. The pattern must have it.
  const std::string& parameter(const std::string& name) const { return parameters_.at(name); }
  // Returns the decoded value of a parameter of the query; empty where it is absent or stands there
  // twice (RFC 6749 3.1 forbids that, and two readers could choose differently).
  std::string query(std::string_view name) const;
  // Returns the same of a body of the type application/x-www-form-urlencoded; empty for any other.
  std::string form(std::string_view name) const;
  // Returns all the values of the cookie, in the order in which they were sent.
  std::vector<std::string> cookies(std::string_view name) const;

 private:
  const ServerRequest& raw_;
  std::map<std::string, std::string> parameters_;
  FormFields query_;
  FormFields form_;
  Cookies cookies_;
};

// Routes are added before the server starts; handler() may then be called from any thread.
class Router {
 public:
  using Handler = std::function<ServerResponse(const RoutedRequest&)>;

  // Adds a route. Segments of `pattern` are literal, or a whole {parameter}, which matches one
  // segment that is not empty. Where several patterns match, the one with a literal in the first
  // segment that differs wins, as in Go's http.ServeMux. A pattern is given once for each method.
  void add(std::string method, std::string_view pattern, Handler handler);

  // Returns a handler that calls the one of the matching route. HEAD is served by GET's. 404 for a
  // path without a route, 405 with Allow for one without the method, 400 for a path or query whose
  // percent-encoding is broken. A path is decoded once, segment by segment, so that an encoded '/'
  // never makes a segment. The handler keeps a copy of the routes.
  HttpServer::Handler handler() const;

 private:
  struct Route {
    std::vector<std::string> pattern;         // its segments
    std::map<std::string, Handler> handlers;  // by method
  };
  std::vector<Route> routes_;
};

}  // namespace net
