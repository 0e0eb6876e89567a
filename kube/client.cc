#include "kube/client.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

#include "kube/metrics.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;

// A page of 500 objects; one object is at most 1.5 MiB (etcd's limit).
constexpr std::size_t kMaxResponseBytes = 64 << 20;
// How often a token file is read at most, as client-go does (rest/token_source,
// transport.TokenSource).
constexpr net::Duration kTokenLifetime = std::chrono::minutes{1};
constexpr const char* kJsonPatch = "application/json-patch+json";

// Conflict and AlreadyExists share 409; the reason tells them apart.
ErrorCode code_of(int status, const std::string& reason) {
  switch (status) {
    case 401:
      return ErrorCode::Unauthorized;
    case 403:
      return ErrorCode::Forbidden;
    case 404:
      return ErrorCode::NotFound;
    case 409:
      return reason == "AlreadyExists" ? ErrorCode::AlreadyExists : ErrorCode::Conflict;
    case 410:
      return ErrorCode::Gone;
    case 413:
      return ErrorCode::TooLarge;
    case 429:
      return ErrorCode::TooManyRequests;
    case 504:
      return ErrorCode::Timeout;
    default:
      return status >= 500 ? ErrorCode::Unavailable : ErrorCode::Invalid;
  }
}

std::string describe(const ApiRequest& request) { return request.method + " " + request.path; }

// Whole seconds by the Retry-After header, else by the Status' details.
std::optional<std::chrono::seconds> retry_after_of(const net::HttpResponse& response,
                                                   const Json& details, net::SystemTime now) {
  if (auto by_header = net::retry_after(response.headers, now)) return by_header;
  const auto seconds = details.find("retryAfterSeconds");
  if (seconds == details.end() || !seconds->is_number_integer()) return std::nullopt;
  const auto count = seconds->get<std::int64_t>();
  if (count <= 0) return std::nullopt;
  return std::chrono::seconds{std::min<std::int64_t>(count, 24 * 60 * 60)};
}

Json object_member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? *found : Json::object();
}

net::Result<net::SecretString> read_token(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return Error{ErrorCode::Unauthorized, path + ": cannot be read; the API token is kept there"};
  }
  std::string token = std::move(text).str();
  const auto end = token.find_last_not_of(" \t\r\n");
  net::SecretString trimmed(token.substr(0, end == std::string::npos ? 0 : end + 1));
  net::wipe(token);
  if (trimmed.empty()) {
    return Error{ErrorCode::Unauthorized, path + ": is empty; the API token is kept there"};
  }
  return trimmed;
}

// The bearer token, from memory or from a file that the kubelet replaces. Thread-safe.
class TokenSource {
 public:
  TokenSource(net::SecretString token, std::string file, net::Clock& clock)
      : token_(std::move(token)), file_(std::move(file)), clock_(clock) {}

  // Empty where none is configured. A file that cannot be read now does not take away the token
  // read before.
  net::Result<net::SecretString> token() {
    std::lock_guard lock(mutex_);
    if (file_.empty() || (read_at_ && clock_.steady() - *read_at_ < kTokenLifetime)) return token_;
    auto fresh = read_token(file_);
    if (fresh.ok()) {
      token_ = std::move(*fresh);
      read_at_ = clock_.steady();
    } else if (token_.empty()) {
      return fresh.error();
    }
    return token_;
  }

  void refused() {
    std::lock_guard lock(mutex_);
    read_at_.reset();
  }

 private:
  std::mutex mutex_;
  net::SecretString token_;
  const std::string file_;
  net::Clock& clock_;
  std::optional<net::SteadyTime> read_at_;
};

net::HttpClientOptions http_options(const ClusterConfig& config, std::string user_agent) {
  net::HttpClientOptions options;
  options.tls = config.tls;
  if (config.proxy_url.empty()) {
    options.proxy = net::ProxyOptions::from_environment();
  } else {
    options.proxy = {
        .https_proxy = config.proxy_url, .http_proxy = config.proxy_url, .no_proxy = {}};
  }
  options.user_agent = std::move(user_agent);
  return options;
}

}  // namespace

Json to_json_patch(const std::vector<PatchOperation>& operations) {
  Json patch = Json::array();
  for (const PatchOperation& operation : operations) {
    Json entry = {{"op", operation.op}, {"path", operation.path}};
    if (operation.op != "remove") entry["value"] = operation.value;
    patch.push_back(std::move(entry));
  }
  return patch;
}

Error error_of(const ApiRequest& request, const net::HttpResponse& response, net::SystemTime now) {
  const auto body = net::parse_json(response.body);
  const bool is_status = body.ok() && net::string_member(*body, "kind") == "Status";
  const Json status = is_status ? *body : Json::object();
  const Json details = object_member(status, "details");
  const Json causes = details.value("causes", Json::array());

  Error error{code_of(response.status, net::string_member(status, "reason")),
              net::string_member(status, "message"), retry_after_of(response, details, now)};
  if (error.message.empty()) {
    error.message =
        "the API server answered " + std::to_string(response.status) + " to " + describe(request);
  }
  // Two refusals that mean that the object is another than the caller thought: a patch that does
  // not apply (it has no causes; one whose outcome is invalid names the fields), and an apply to a
  // namesake.
  if (response.status == 422 && request.content_type == kJsonPatch && causes.empty()) {
    error.code = ErrorCode::Conflict;
  }
  for (const Json& cause : causes) {
    if (net::string_member(cause, "field") == "metadata.uid") error.code = ErrorCode::Conflict;
  }
  return error;
}

struct Client::Impl {
  ClusterConfig config;
  std::shared_ptr<net::HttpClient> http;
  RestMetrics* metrics;
  net::Clock& clock;
  net::Duration timeout;
  std::string host;
  TokenSource tokens;

  net::Result<net::HttpRequest> http_request(ApiRequest& request);
  // Counts the exchange and turns what is not 2xx into an Error.
  net::Result<net::HttpResponse> conclude(const ApiRequest& request, std::size_t sent,
                                          net::SteadyTime began,
                                          net::Result<net::HttpResponse> response);
};

net::Result<net::HttpRequest> Client::Impl::http_request(ApiRequest& request) {
  if (request.path.empty()) {
    return Error{ErrorCode::Invalid,
                 request.method + ": the object's name is missing or is not one"};
  }
  auto token = tokens.token();
  if (!token.ok()) return token.error();
  net::HttpRequest http_request;
  http_request.method = request.method;
  http_request.url = request.query.empty()
                         ? config.server + request.path
                         : net::with_query(config.server + request.path, request.query);
  http_request.headers.add("Accept", request.accept);
  if (!token->empty()) http_request.headers.add("Authorization", "Bearer " + token->reveal());
  if (!request.body.empty()) http_request.headers.add("Content-Type", request.content_type);
  http_request.body = std::move(request.body);
  http_request.timeout = std::min(request.timeout, timeout);
  http_request.max_response_bytes = kMaxResponseBytes;
  return http_request;
}

net::Result<net::HttpResponse> Client::Impl::conclude(const ApiRequest& request, std::size_t sent,
                                                      net::SteadyTime began,
                                                      net::Result<net::HttpResponse> response) {
  if (metrics != nullptr) {
    metrics->request(request.method, host, response.ok() ? response->status : 0,
                     clock.steady() - began, sent, response.ok() ? response->body.size() : 0);
  }
  if (!response.ok()) {
    Error error = response.error();
    error.message = describe(request) + ": " + error.message;
    return error;
  }
  if (response->status == 401) tokens.refused();
  if (response->status < 200 || response->status > 299) {
    return error_of(request, *response, clock.now());
  }
  return response;
}

Client::Client(ClusterConfig config, Dependencies dependencies)
    : impl_(new Impl{.config = config,
                     .http = std::move(dependencies.http),
                     .metrics = dependencies.metrics,
                     .clock = *dependencies.clock,
                     .timeout = dependencies.timeout,
                     .host = {},
                     .tokens{config.token, config.token_file, *dependencies.clock}}) {
  const auto url = net::parse_url(impl_->config.server);
  if (url.ok()) impl_->host = url->authority();
}

Client::~Client() = default;

net::Result<std::unique_ptr<Client>> Client::create(ClusterConfig config,
                                                    Dependencies dependencies) {
  if (auto url = net::parse_url(config.server); !url.ok()) {
    return Error{ErrorCode::Invalid, config.source + ": server: " + url.error().message};
  }
  if (!dependencies.http) {
    auto http = net::make_http_client(http_options(config, std::move(dependencies.user_agent)));
    if (!http.ok()) return Error{http.error().code, config.source + ": " + http.error().message};
    dependencies.http = std::move(*http);
  }
  return std::unique_ptr<Client>(new Client(std::move(config), std::move(dependencies)));
}

const ClusterConfig& Client::config() const { return impl_->config; }

net::Result<std::string> Client::send(ApiRequest request, std::stop_token stop) {
  const auto http_request = impl_->http_request(request);
  if (!http_request.ok()) return http_request.error();
  const auto began = impl_->clock.steady();
  auto response = impl_->conclude(request, http_request->body.size(), began,
                                  impl_->http->send(*http_request, stop));
  if (!response.ok()) return response.error();
  return std::move(response->body);
}

net::Status Client::stream(ApiRequest request, const net::HttpClient::StreamLimits& limits,
                           const net::HttpClient::LineHandler& on_line, std::stop_token stop) {
  const auto http_request = impl_->http_request(request);
  if (!http_request.ok()) return http_request.error();
  const auto began = impl_->clock.steady();
  const auto response = impl_->conclude(request, http_request->body.size(), began,
                                        impl_->http->stream(*http_request, limits, on_line, stop));
  if (!response.ok()) return response.error();
  return {};
}

net::Status Client::decode_object(net::Result<std::string> body,
                                  const std::function<void(const Json&)>& convert) {
  if (!body.ok()) return body.error();
  auto json = net::parse_json(*body);
  net::wipe(*body);
  if (!json.ok()) {
    return Error{ErrorCode::Internal, "the API server's answer: " + json.error().message};
  }
  net::Status status;
  try {
    convert(*json);
  } catch (const Json::exception& exception) {
    status = Error{ErrorCode::Internal,
                   std::string("the API server's answer does not decode: ") + exception.what()};
  }
  wipe(*json);
  return status;
}

std::string Client::object_path(const Resource& resource, const NamespacedName& name) {
  if (name.name.empty() || name.name == "." || name.name == "..") return {};
  return resource.path(name.namespace_, name.name);
}

ApiRequest Client::list_request(const Resource& resource, const ListOptions& options,
                                std::string accept) {
  ApiRequest request;
  request.path = resource.path(options.namespace_);
  request.accept = std::move(accept);
  if (!options.label_selector.empty()) {
    request.query.emplace_back("labelSelector", options.label_selector);
  }
  if (!options.field_selector.empty()) {
    request.query.emplace_back("fieldSelector", options.field_selector);
  }
  if (options.limit > 0) request.query.emplace_back("limit", std::to_string(options.limit));
  if (!options.continue_token.empty()) {
    request.query.emplace_back("continue", options.continue_token);
  }
  return request;
}

ApiRequest Client::write_request(std::string method, std::string path, const Json& object) {
  ApiRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.content_type = "application/json";
  // Text of foreign origin may have been cut within a UTF-8 character: that is no reason to write
  // nothing.
  request.body = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

ApiRequest Client::apply_request(const Resource& resource, const NamespacedName& name,
                                 std::string_view uid, std::string_view subresource, Json fields,
                                 std::string_view field_manager) {
  fields["apiVersion"] = resource.api_version();
  fields["kind"] = resource.kind;
  Json& metadata = fields["metadata"];
  metadata["name"] = name.name;
  if (resource.namespaced) metadata["namespace"] = name.namespace_;
  if (!uid.empty()) metadata["uid"] = uid;
  std::string path = object_path(resource, name);
  if (!path.empty() && !subresource.empty()) path += "/" + std::string(subresource);
  ApiRequest request = write_request("PATCH", std::move(path), fields);
  // JSON is YAML; there is no media type for an apply patch in JSON on every supported version.
  request.content_type = "application/apply-patch+yaml";
  request.query = {{"fieldManager", std::string(field_manager)}, {"force", "true"}};
  return request;
}

ApiRequest Client::json_patch_request(std::string path,
                                      const std::vector<PatchOperation>& operations) {
  ApiRequest request = write_request("PATCH", std::move(path), to_json_patch(operations));
  request.content_type = kJsonPatch;
  return request;
}

net::Status Client::remove_path(std::string path, const Preconditions& preconditions,
                                std::stop_token stop) {
  Json wanted = Json::object();
  if (!preconditions.uid.empty()) wanted["uid"] = preconditions.uid;
  if (!preconditions.resource_version.empty()) {
    wanted["resourceVersion"] = preconditions.resource_version;
  }
  Json options = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!wanted.empty()) options["preconditions"] = std::move(wanted);
  const auto body = send(write_request("DELETE", std::move(path), options), stop);
  if (!body.ok()) return body.error();
  return {};
}

}  // namespace kube
