#include "support/scripted_provider.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "net/crypto.h"

namespace support {

namespace {

std::string form_decoded(const std::string& text) {
  const auto fields = net::parse_form("v=" + text);
  return fields.ok() && !fields->empty() ? fields->front().second : text;
}

void read_basic(std::string_view header, ScriptedProvider::Request& request) {
  constexpr std::string_view kBasic = "Basic ";
  if (!header.starts_with(kBasic)) return;
  const auto decoded = net::parse_base64(header.substr(kBasic.size()));
  if (!decoded.ok()) return;
  request.basic = *decoded;
  const auto colon = decoded->find(':');
  request.client_id = form_decoded(decoded->substr(0, colon));
  if (colon != std::string::npos) request.client_secret = form_decoded(decoded->substr(colon + 1));
}

}  // namespace

ScriptedProvider::ScriptedProvider(std::optional<net::ServerTls> tls)
    : scheme_(tls ? "https" : "http") {
  net::HttpServerOptions options{.address = "127.0.0.1", .threads = 64};
  options.tls = std::move(tls);
  auto server = net::HttpServer::start(
      std::move(options),
      [this](const net::ServerRequest& request, std::stop_token) { return handle(request); });
  if (!server.ok()) {
    std::fprintf(stderr, "cannot go on: %s\n", server.error().message.c_str());
    std::abort();
  }
  server_ = std::move(*server);
}

ScriptedProvider::~ScriptedProvider() {
  release();
  server_->stop(std::chrono::seconds{1});
}

std::string ScriptedProvider::url(const std::string& path) const {
  return scheme_ + "://127.0.0.1:" + std::to_string(server_->port()) + path;
}

void ScriptedProvider::on(const std::string& path, Answer answer) {
  std::lock_guard lock(mutex_);
  answers_[path] = std::move(answer);
}

std::vector<ScriptedProvider::Request> ScriptedProvider::requests(const std::string& path) const {
  std::lock_guard lock(mutex_);
  std::vector<Request> found;
  std::copy_if(requests_.begin(), requests_.end(), std::back_inserter(found),
               [&](const Request& r) { return r.path == path; });
  return found;
}

void ScriptedProvider::forget_requests() {
  std::lock_guard lock(mutex_);
  requests_.clear();
}

int ScriptedProvider::most_at_once() const {
  std::lock_guard lock(mutex_);
  return most_;
}

void ScriptedProvider::hold() {
  std::lock_guard lock(mutex_);
  held_ = true;
}

void ScriptedProvider::release() {
  std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool ScriptedProvider::await_held(int count, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return held_ && under_way_ >= count; });
}

net::ServerResponse ScriptedProvider::handle(const net::ServerRequest& request) {
  Request seen{
      .path = request.path, .parameters = {}, .client_id = {}, .client_secret = {}, .basic = {}};
  const auto fields = net::parse_form(request.method == "POST" ? request.body : request.query);
  if (fields.ok())
    for (const auto& [name, value] : *fields) seen.parameters[name] = value;
  seen.client_id = seen.parameters["client_id"];
  seen.client_secret = seen.parameters["client_secret"];
  read_basic(request.headers.get("Authorization"), seen);

  Answer answer;
  {
    std::unique_lock lock(mutex_);
    requests_.push_back(seen);
    most_ = std::max(most_, ++under_way_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (const auto found = answers_.find(request.path); found != answers_.end())
      answer = found->second;
  }
  net::ServerResponse response = answer ? answer(seen) : html(404, "nothing here");
  std::lock_guard lock(mutex_);
  --under_way_;
  return response;
}

net::ServerResponse oauth_error(int status, const std::string& error,
                                const std::string& description) {
  net::Json body = {{"error", error}};
  if (!description.empty()) body["error_description"] = description;
  return json(status, body.dump());
}

net::ServerResponse json(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

net::ServerResponse html(int status, const std::string& text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/html"}},
          .body = "<!doctype html><p>" + text + "</p>"};
}

net::ServerResponse redirect(const std::string& location) {
  return {.status = 302, .headers = {{"Location", location}}, .body = {}};
}

ScriptedProvider::Answer honest_token_endpoint(const std::string& client_id,
                                               const std::string& client_secret) {
  return [=](const ScriptedProvider::Request& request) {
    if (request.client_id != client_id || request.client_secret != client_secret)
      return oauth_error(401, "invalid_client");
    return oauth_error(400, "invalid_grant", "no such code");
  };
}

ScriptedProvider::Answer honest_authorization_endpoint(const std::vector<std::string>& registered) {
  return [=](const ScriptedProvider::Request& request) {
    const auto uri = request.parameters.find("redirect_uri");
    if (uri == request.parameters.end() ||
        std::find(registered.begin(), registered.end(), uri->second) == registered.end())
      return html(400, "redirect_uri is not registered for this client");
    return redirect(uri->second + "?error=login_required");
  };
}

}  // namespace support
