#include "kube/client.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "kube/fence.h"
#include "kube/metrics.h"
#include "kube/object_text.h"
#include "net/mutex.h"

namespace kube {
namespace {

using net::Error;
using net::ErrorCode;

constexpr int kMaxRetries = 10;  // client-go, rest.NewRequest
constexpr const char* kJsonPatch = "application/json-patch+json";

// Conflict and AlreadyExists share 409; the reason distinguishes them.
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

// Whether a field's name may have it (RFC 9110 5.6.2).
bool is_token_character(char c) {
  const bool is_alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return is_alphanumeric || std::string_view("!#$&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// The key of an extra, as part of a field's name (client-go, transport.headerKeyEscape).
std::string escaped_for_name(const std::string& key) {
  std::string escaped;
  for (const char c : key) {
    if (is_token_character(c)) {
      escaped += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

void add_impersonation(const Impersonation& as, net::Headers& headers) {
  if (as.user.empty()) return;
  headers.add("Impersonate-User", as.user);
  if (!as.uid.empty()) headers.add("Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) headers.add("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) {
      headers.add("Impersonate-Extra-" + escaped_for_name(key), value);
    }
  }
}

// How long to wait before the same request is sent again; nothing: it is not. `retries`: so far.
std::optional<net::Duration> wait_before_retry(const net::HttpResponse& response, int retries,
                                               net::Duration left, net::SystemTime now) {
  if (response.status != 429 && response.status < 500) return std::nullopt;
  const auto wait = net::retry_after(response.headers, now);
  if (!wait || retries >= kMaxRetries || *wait >= left) return std::nullopt;
  return *wait;
}

net::HttpClientOptions http_options(const ClusterConfig& config, std::string user_agent) {
  net::HttpClientOptions options;
  if (config.proxy_url.empty()) {
    options.proxy = net::ProxyOptions::from_environment();
  } else {
    options.proxy = {.https_proxy = config.proxy_url,
                     .http_proxy = config.proxy_url,
                     .no_proxy = {},
                     .https_proxy_source = "proxy-url of " + config.source,
                     .http_proxy_source = "proxy-url of " + config.source};
  }
  options.user_agent = std::move(user_agent);
  return options;
}

using TlsPointer = std::shared_ptr<const net::TlsOptions>;

// The HTTP client for the certificates of the hour. Thread-safe.
class Transport {
 public:
  using Make = decltype(Client::Dependencies::make_http);
  // `fixed`: that one whatever the certificates are, if not null.
  Transport(std::shared_ptr<net::HttpClient> fixed, Make make, net::HttpClientOptions options)
      : fixed_(std::move(fixed)), make_(std::move(make)), options_(std::move(options)) {}

  net::Result<std::shared_ptr<net::HttpClient>> with(const TlsPointer& tls) {
    if (fixed_) return fixed_;
    std::shared_ptr<net::HttpClient> last;  // which may take its time to end: not under the lock
    const net::MutexLock lock(mutex_);
    if (tls == tls_) return http_;
    options_.tls = *tls;
    auto made = make_(options_);
    if (!made.ok()) return made.error();
    last = std::exchange(http_, std::move(*made));
    tls_ = tls;
    return http_;
  }
  // From now on requests have new connections.
  void reconnect() {
    const net::MutexLock lock(mutex_);
    tls_.reset();
  }

 private:
  const std::shared_ptr<net::HttpClient> fixed_;
  const Make make_;
  net::Mutex mutex_;
  net::HttpClientOptions options_ NET_GUARDED_BY(mutex_);
  TlsPointer tls_ NET_GUARDED_BY(mutex_);  // of http_
  std::shared_ptr<net::HttpClient> http_ NET_GUARDED_BY(mutex_);
};

// Hands a request to the HTTP client, as an exchange or as a stream. A stream calls `answered` when
// it begins.
using Transmit = std::function<net::Result<net::HttpResponse>(
    net::HttpClient& http, const net::HttpRequest& request,
    const std::function<void(int status)>& answered)>;

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
  // By two refusals the API server says that the caller thought of another object: a patch does not
  // apply (it has no causes; one with an invalid outcome names the fields), or an apply is to a
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
  net::Clock& clock;
  RestMetrics* metrics;
  const Fence* fence;
  net::Duration timeout;
  std::string host;
  std::shared_ptr<Credentials> credentials;
  Transport transport;
  std::optional<RateLimiter> limiter;

  // Sends until there is an answer to go by, which has a 2xx status.
  net::Result<net::HttpResponse> perform(ApiRequest request, const Transmit& transmit, bool limited,
                                         std::stop_token stop);

 private:
  struct Attempt {
    const net::HttpRequest& message;  // without what follows
    const Credential& credential;
    net::SteadyTime deadline;
    bool is_retry;
  };
  net::Result<net::HttpResponse> retried(const ApiRequest& request, const net::HttpRequest& message,
                                         const Transmit& transmit, bool limited,
                                         std::stop_token stop);
  net::Result<net::HttpResponse> send_once(const Attempt& attempt, const Transmit& transmit);
  net::HttpRequest prepare(ApiRequest& request) const;
  net::Status throttle(const std::string& method, std::stop_token stop);
  // How long this attempt may take; an error: it must not begin.
  net::Result<net::Duration> time_for(const Attempt& attempt) const;
};

net::HttpRequest Client::Impl::prepare(ApiRequest& request) const {
  net::HttpRequest message;
  message.method = request.method;
  message.url = request.query.empty()
                    ? config.server + request.path
                    : net::with_query(config.server + request.path, request.query);
  message.headers.add("Accept", request.accept);
  if (!request.body.empty()) message.headers.add("Content-Type", request.content_type);
  add_impersonation(config.impersonation, message.headers);
  message.body = std::move(request.body);
  message.max_response_bytes = request.max_response_bytes;
  message.own_connection = request.own_connection;
  return message;
}

net::Status Client::Impl::throttle(const std::string& method, std::stop_token stop) {
  const auto waited = limiter->wait(stop);
  if (!waited) return Error{ErrorCode::Cancelled, "stopped"};
  if (metrics != nullptr) metrics->rate_limited(method, host, *waited);
  return {};
}

net::Result<net::Duration> Client::Impl::time_for(const Attempt& attempt) const {
  const net::Duration left = attempt.deadline - clock.steady();
  if (left <= net::Duration{0})
    return Error{ErrorCode::Timeout, "its time-out ended before it was sent"};
  if (fence == nullptr || attempt.message.method == "GET") return left;
  const auto admitted = fence->admit();
  if (!admitted.ok()) return admitted.error();
  return std::min(left, *admitted);
}

net::Result<net::HttpResponse> Client::Impl::send_once(const Attempt& attempt,
                                                       const Transmit& transmit) {
  const auto http = transport.with(attempt.credential.tls);
  if (!http.ok()) return http.error();
  net::HttpRequest message = attempt.message;
  const std::string& authorization = attempt.credential.authorization.reveal();
  if (!authorization.empty()) message.headers.add("Authorization", authorization);
  const auto time = time_for(attempt);
  if (!time.ok()) return time.error();
  message.timeout = *time;

  const auto began = clock.steady();
  bool counted = metrics == nullptr;
  const auto count = [&](int code, std::size_t received) {
    if (std::exchange(counted, true)) return;
    metrics->request(message.method, host, code, clock.steady() - began, message.body.size(),
                     received);
    if (attempt.is_retry) metrics->retry(message.method, host, code);
  };
  auto response = transmit(**http, message, [&](int status) { count(status, 0); });
  count(response.ok() ? response->status : 0, response.ok() ? response->body.size() : 0);
  net::wipe(message.body);
  if (!response.ok() && response.error().code == ErrorCode::Tls) credentials->distrusted();
  // In its first moments kube-apiserver asks for no client certificate (its CA comes by a
  // controller: apiserver's dynamiccertificates), and a connection of that time stays anonymous.
  const bool refused = response.ok() && (response->status == 401 || response->status == 403);
  if (refused && !attempt.credential.tls->client_cert_pem.empty()) transport.reconnect();
  return response;
}

// The time-out bounds the sending, with its retries. The steps before it (a plug-in, the rate
// limiter) have bounds of their own, and so has the one retry after a 401.
net::Result<net::HttpResponse> Client::Impl::retried(const ApiRequest& request,
                                                     const net::HttpRequest& message,
                                                     const Transmit& transmit, bool limited,
                                                     std::stop_token stop) {
  const net::Duration limit = std::min(request.timeout, timeout);
  constexpr net::SteadyTime kNotYet = net::SteadyTime::max();
  net::SteadyTime deadline = kNotYet;
  bool was_refused = false;
  for (int retries = 0;; ++retries) {
    if (limited && limiter) {
      if (auto status = throttle(message.method, stop); !status.ok()) return status.error();
    }
    const auto credential = credentials->current(stop);
    if (!credential.ok()) return credential.error();
    if (deadline == kNotYet) deadline = clock.steady() + limit;
    auto response = send_once({message, *credential, deadline, retries > 0}, transmit);
    if (!response.ok()) return response;
    if (response->status == 401 && !was_refused) {
      was_refused = true;
      deadline = kNotYet;
      if (credentials->renewed(*credential, stop)) continue;
      return response;
    }
    const auto wait = wait_before_retry(*response, retries, deadline - clock.steady(), clock.now());
    if (!wait) return response;
    if (!clock.sleep(*wait, stop)) return Error{ErrorCode::Cancelled, "stopped"};
  }
}

net::Result<net::HttpResponse> Client::Impl::perform(ApiRequest request, const Transmit& transmit,
                                                     bool limited, std::stop_token stop) {
  if (request.path.empty()) {
    return Error{ErrorCode::Invalid,
                 request.method + R"(: the object's name is empty, "." or "..")"};
  }
  net::HttpRequest message = prepare(request);
  auto response = retried(request, message, transmit, limited, stop);
  net::wipe(message.body);  // it may have been a Secret
  if (!response.ok()) {
    Error error = response.error();
    error.message = describe(request) + ": " + error.message;
    return error;
  }
  if (response->status >= 200 && response->status <= 299) return response;
  Error error = error_of(request, *response, clock.now());
  // The API server's own message says "Unauthorized" and no more.
  if (response->status == 401) {
    error.message =
        describe(request) + ": the API server does not accept the credentials of " + config.source;
  }
  return error;
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Client::~Client() = default;

net::Result<std::unique_ptr<Client>> Client::create(ClusterConfig config,
                                                    Dependencies dependencies) {
  const auto url = net::parse_url(config.server);
  if (!url.ok()) {
    return Error{ErrorCode::Invalid, config.source + ": server: " + url.error().message};
  }
  if (!dependencies.credentials) {
    auto credentials = Credentials::create(config, *dependencies.clock);
    if (!credentials.ok()) return credentials.error();
    dependencies.credentials = std::move(*credentials);
  }
  const std::string source = config.source;
  auto options = http_options(config, std::move(dependencies.user_agent));
  std::unique_ptr<Impl> impl(
      new Impl{.config = std::move(config),
               .clock = *dependencies.clock,
               .metrics = dependencies.metrics,
               .fence = dependencies.fence,
               .timeout = dependencies.timeout,
               .host = url->authority(),
               .credentials = std::move(dependencies.credentials),
               .transport{std::move(dependencies.http), std::move(dependencies.make_http),
                          std::move(options)},
               .limiter = {}});
  if (dependencies.rate_limit.qps > 0) {
    impl->limiter.emplace(dependencies.rate_limit, *dependencies.clock);
  }
  // A config that cannot be used is reported now, not at the first request.
  const auto http = impl->transport.with(impl->credentials->tls());
  if (!http.ok()) return Error{http.error().code, source + ": " + http.error().message};
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

const ClusterConfig& Client::config() const { return impl_->config; }

net::Result<std::string> Client::send(ApiRequest request, std::stop_token stop) {
  const Transmit transmit = [&](net::HttpClient& http, const net::HttpRequest& message,
                                const auto&) { return http.send(message, stop); };
  auto response = impl_->perform(std::move(request), transmit, true, stop);
  if (!response.ok()) return response.error();
  return std::move(response->body);
}

net::Status Client::stream(ApiRequest request, const net::HttpClient::StreamLimits& limits,
                           const net::HttpClient::LineHandler& on_line, std::stop_token stop) {
  const Transmit transmit = [&](net::HttpClient& http, const net::HttpRequest& message,
                                const auto& answered) {
    net::HttpClient::StreamLimits observed = limits;
    observed.on_headers = [&](int status) {
      answered(status);
      if (limits.on_headers) limits.on_headers(status);
    };
    return http.stream(message, observed, on_line, stop);
  };
  const auto response = impl_->perform(std::move(request), transmit, false, stop);
  if (!response.ok()) return response.error();
  return {};
}

net::Status Client::decode_body(net::Result<std::string> body, const Parse& parse,
                                const std::function<void(const Json&)>& convert) {
  if (!body.ok()) return body.error();
  auto json = parse(*body);
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

net::Status Client::decode_object(net::Result<std::string> body,
                                  const std::function<void(const Json&)>& convert) {
  return decode_body(
      std::move(body), [](std::string_view text) { return parse_object(text); }, convert);
}

net::Status Client::decode_list_object(net::Result<std::string> body,
                                       const std::function<void(const Json&)>& convert) {
  return decode_body(std::move(body), parse_list, convert);
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

ApiRequest Client::write_request(std::string method, std::string path, Json object) {
  ApiRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.content_type = "application/json";
  // Text of foreign origin may have been cut within a UTF-8 character: that is no reason to write
  // nothing.
  request.body = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  wipe(object);
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
  ApiRequest request = write_request("PATCH", std::move(path), std::move(fields));
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
  const auto body = send(write_request("DELETE", std::move(path), std::move(options)), stop);
  if (!body.ok()) return body.error();
  return {};
}

}  // namespace kube
