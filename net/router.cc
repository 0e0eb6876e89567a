#include "net/router.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/text.h"

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

ServerResponse plain_text(int status, std::string body, Headers headers = {}) {
  headers.add("Content-Type", "text/plain; charset=utf-8");
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string only_value(const FormFields& fields, std::string_view name) {
  const auto named = [&](const auto& field) { return field.first == name; };
  const auto first = std::find_if(fields.begin(), fields.end(), named);
  if (first == fields.end() || std::any_of(first + 1, fields.end(), named)) return {};
  return first->second;
}

FormFields form_of(const ServerRequest& request) {
  const std::string_view type = request.headers.get("Content-Type");
  if (!equal_ignoring_case(trimmed(type.substr(0, type.find(';'))),
                           "application/x-www-form-urlencoded")) {
    return {};
  }
  auto fields = parse_form(request.body);
  return fields.ok() ? std::move(*fields) : FormFields{};
}

}  // namespace

RoutedRequest::RoutedRequest(const ServerRequest& raw,
                             std::map<std::string, std::string> parameters, FormFields query)
    : raw_(raw),
      parameters_(std::move(parameters)),
      query_(std::move(query)),
      form_(form_of(raw)),
      cookies_(parse_cookies(raw.headers)) {}

std::string RoutedRequest::query(std::string_view name) const { return only_value(query_, name); }

std::string RoutedRequest::form(std::string_view name) const { return only_value(form_, name); }

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

HttpServer::Handler Router::handler() const {
  return [routes = routes_](const ServerRequest& request) -> ServerResponse {
    std::vector<std::string> path = segments_of(request.path);
    for (std::string& segment : path) {
      auto decoded = percent_decode(segment);
      if (!decoded.ok()) return plain_text(400, "the path's percent-encoding is broken\n");
      segment = std::move(*decoded);
    }
    const auto route = std::find_if(routes.begin(), routes.end(),
                                    [&](const Route& r) { return matches(r.pattern, path); });
    if (route == routes.end()) return plain_text(404, "not found\n");
    const auto handler = route->handlers.find(request.method == "HEAD" ? "GET" : request.method);
    if (handler == route->handlers.end()) {
      std::vector<std::string> allowed;
      for (const auto& [method, unused] : route->handlers) allowed.push_back(method);
      return plain_text(405, "this method is not allowed here\n",
                        {{"Allow", joined(allowed, ", ")}});
    }
    auto query = parse_form(request.query);
    if (!query.ok()) return plain_text(400, "the query's percent-encoding is broken\n");
    std::map<std::string, std::string> parameters;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const std::string& wanted = route->pattern[i];
      if (is_parameter(wanted)) parameters[wanted.substr(1, wanted.size() - 2)] = path[i];
    }
    return handler->second({request, std::move(parameters), std::move(*query)});
  };
}

}  // namespace net
