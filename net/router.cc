#include "net/router.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "net/http_answer.h"
#include "net/text.h"
#include "net/url.h"
#include "net/utf8.h"

namespace net {
namespace {

bool is_parameter(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

// A browser resolves "." and ".." itself, and a proxy may: one that comes here means another path
// to each of them.
bool is_text(const std::string& segment) {
  return is_utf8(segment) && segment != "." && segment != ".." &&
         std::none_of(segment.begin(), segment.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

// The segments of a path, decoded. Nothing where one of them is no text.
std::optional<std::vector<std::string>> decoded_path(std::string_view path) {
  std::vector<std::string> segments = segments_of(path);
  for (std::string& segment : segments) {
    auto decoded = percent_decode(segment);
    if (!decoded.ok() || !is_text(*decoded)) return std::nullopt;
    segment = std::move(*decoded);
  }
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](const std::string& wanted, const std::string& segment) {
                      return is_parameter(wanted) ? !segment.empty() : wanted == segment;
                    });
}

// Of two patterns that match the same path: is `a` the narrower one?
bool narrower(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [in_a, in_b] = std::mismatch(
      a.begin(), a.end(), b.begin(),
      [](const auto& x, const auto& y) { return is_parameter(x) == is_parameter(y); });
  return in_a != a.end() && !is_parameter(*in_a);
}

bool is_form(const ServerRequest& request) {
  const std::string_view type = request.headers.get("Content-Type");
  return equal_ignoring_case(trimmed(type.substr(0, type.find(';'))),
                             "application/x-www-form-urlencoded");
}

}  // namespace

RoutedRequest::RoutedRequest(const ServerRequest& raw, std::stop_token stop,
                             std::map<std::string, std::string> parameters, Form query, Form form)
    : raw_(raw),
      stop_(std::move(stop)),
      parameters_(std::move(parameters)),
      query_(std::move(query)),
      form_(std::move(form)),
      cookies_(parse_cookies(raw.headers)) {}

std::vector<std::string> RoutedRequest::cookies(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : cookies_)
    if (key == name) values.push_back(value);
  return values;
}

void Router::add(std::string method, std::string_view pattern, Handler handler) {
  std::vector<std::string> segments = segments_of(pattern);
  auto route = std::find_if(routes_.begin(), routes_.end(),
                            [&](const Route& other) { return other.pattern == segments; });
  if (route == routes_.end()) {
    route = std::find_if(routes_.begin(), routes_.end(), [&](const Route& other) {
      return segments.size() == other.pattern.size() && narrower(segments, other.pattern);
    });
    route = routes_.insert(route, {std::move(segments), {}});
  }
  [[maybe_unused]] const bool added =
      route->handlers.emplace(std::move(method), std::move(handler)).second;
  assert(added);
}

const Router::Route* Router::find(const Routes& routes, const std::vector<std::string>& path) {
  const auto route = std::find_if(routes.begin(), routes.end(),
                                  [&](const Route& r) { return matches(r.pattern, path); });
  return route == routes.end() ? nullptr : &*route;
}

ServerResponse Router::serve(const Routes& routes, const ServerRequest& request,
                             std::stop_token stop) {
  const auto path = decoded_path(request.path);
  if (!path) return plain_text(400, "the path is not readable\n");
  const Route* const route = find(routes, *path);
  if (route == nullptr) return plain_text(404, "not found\n");
  const auto handler = route->handlers.find(request.method == "HEAD" ? "GET" : request.method);
  if (handler == route->handlers.end()) {
    std::vector<std::string> allowed;
    for (const auto& [method, unused] : route->handlers) {
      allowed.push_back(method);
      if (method == "GET") allowed.emplace_back("HEAD");
    }
    ServerResponse refused = plain_text(405, "this method is not allowed here\n");
    refused.headers.add("Allow", joined(allowed, ", "));
    return refused;
  }
  auto query = Form::parse(request.query);
  auto form = is_form(request) ? Form::parse(request.body) : Form{};
  if (!query.ok() || !form.ok()) return plain_text(400, "there are too many fields\n");
  std::map<std::string, std::string> parameters;
  for (std::size_t i = 0; i < path->size(); ++i) {
    const std::string& wanted = route->pattern[i];
    if (is_parameter(wanted)) parameters[wanted.substr(1, wanted.size() - 2)] = (*path)[i];
  }
  return handler->second(
      {request, std::move(stop), std::move(parameters), std::move(*query), std::move(*form)});
}

HttpServer::Handler Router::handler() const {
  return [routes = routes_](const ServerRequest& request, std::stop_token stop) {
    return serve(routes, request, std::move(stop));
  };
}

std::function<std::string(const ServerRequest&)> Router::route_of() const {
  return [routes = routes_](const ServerRequest& request) {
    const auto path = decoded_path(request.path);
    const Route* const route = path ? find(routes, *path) : nullptr;
    return route == nullptr ? std::string{} : "/" + joined(route->pattern, "/");
  };
}

Result<std::unique_ptr<HttpServer>> start_server(HttpServerOptions options, const Router& router) {
  options.route_of = router.route_of();
  return HttpServer::start(std::move(options), router.handler());
}

}  // namespace net
