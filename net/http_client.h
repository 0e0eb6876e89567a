// The seam through which every outgoing request goes. cpprestsdk stands behind it
// (make_http_client); tests put servers of their own there.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/clock.h"
#include "net/result.h"
#include "net/secret_string.h"

namespace net {

// Header fields in order; names compare without regard to case (RFC 9110 5.1). A plain value.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  // The first value of that name; empty where there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  void wipe();

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;                              // absolute
  Headers headers;                              // may hold credentials: wiped with the request
  std::string body;                             // likewise
  Duration timeout = std::chrono::seconds{10};  // for the whole exchange, DNS and TLS included
  std::size_t max_response_bytes = 1 << 20;     // more is ErrorCode::TooLarge
  // Sends it on a connection of its own, also by a client that reuses them: there the bound holds
  // for what is buffered on its way, too. On a shared one a chunk (RFC 9112 7.1) is buffered whole.
  bool own_connection = false;
  std::string ca_bundle_pem;  // trusted for this request besides the client's own roots;
                              // clients that reuse connections refuse it (Invalid)
  HttpRequest() = default;
  HttpRequest(const HttpRequest&) = default;
  HttpRequest(HttpRequest&&) = default;
  HttpRequest& operator=(const HttpRequest&) = default;
  HttpRequest& operator=(HttpRequest&&) = default;
  ~HttpRequest();
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// How long to wait by a Retry-After header (RFC 9110 10.2.3: seconds or a date), at most a day.
std::optional<std::chrono::seconds> retry_after(const Headers& headers, SystemTime now);

// The file name of the running program: the default User-Agent of clients, as of client-go's
// (rest.DefaultKubernetesUserAgent).
std::string program_name();

// Thread-safe: any number of threads may send at once. Blocks; never call it from a library's own
// pool thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Sends and reads the whole answer. Any HTTP status is a value; an error means that no answer was
  // had: Timeout, Cancelled, Tls, Unavailable, TooLarge, Invalid. Redirects are never followed. A
  // request is sent at most once, unless it is a GET whose reused connection turned out to be dead.
  virtual Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop) = 0;

  // Gets each line of a stream, without its line feed. An error ends the stream and is returned.
  using LineHandler = std::function<Status(std::string_view line)>;
  struct StreamLimits {
    std::size_t max_line_bytes = 16 << 20;             // a longer line is ErrorCode::TooLarge
    Duration max_silence = std::chrono::seconds{295};  // without a byte: ErrorCode::Timeout
    // Called once the answer's header fields are there, before any line, with its status.
    std::function<void(int status)> on_headers = {};
  };
  // Sends and hands over the body of a 2xx answer line by line, on the calling thread, as it
  // arrives; a slow handler slows the sender down. Returns when the stream ends (a last line
  // without its line feed is dropped: it was cut). For other statuses no line is handed over and
  // the answer has a body. request.timeout bounds the time to the answer's headers. A stop ends it
  // within a second.
  virtual Result<HttpResponse> stream(const HttpRequest& request, const StreamLimits& limits,
                                      const LineHandler& on_line, std::stop_token stop) = 0;
};

struct TlsOptions {
  bool system_roots = true;
  std::string ca_pem;           // trusted besides (or instead of) the system's roots
  std::string client_cert_pem;  // for mutual TLS; the chain
  SecretString client_key_pem;
  std::string server_name;  // what the certificate must name instead of the URL's host
  bool verify_peer = true;  // false only where a kubeconfig says insecure-skip-tls-verify
};

// Which addresses a request may go to. Checked on every address that the host resolves to, before
// connecting. With a proxy it is the proxy that resolves: then only hosts that are written as
// addresses are checked. A name that changes between check and connect is left to TLS to catch.
enum class AddressPolicy {
  Any,              // the cluster's own API server
  NoLocal,          // refuses loopback, link-local, unspecified and multicast
  LoopbackAllowed,  // as NoLocal, but loopback is fine: for trying out and for tests
};

// Whether a request may go to an http:// URL. Refused: the error is Invalid, and nothing is sent.
enum class PlainHttpPolicy {
  Allowed,       // the cluster's own API server; clients of tests
  LoopbackOnly,  // where every address of the host is loopback, and without a proxy
  Refused,       // for requests with credentials
};

// From HTTPS_PROXY, HTTP_PROXY and NO_PROXY, upper or lower case, as curl and Go read them.
struct ProxyOptions {
  std::string https_proxy;
  std::string http_proxy;
  std::vector<std::string> no_proxy;
  // The names of the first two in errors.
  std::string https_proxy_source = "HTTPS proxy";
  std::string http_proxy_source = "HTTP proxy";
  // A variable that is empty or blank is as good as not set.
  static ProxyOptions from_environment();
  // The proxy for that URL; empty for a direct connection.
  std::string proxy_for(std::string_view url) const;
};

// Invalid, naming the source, where one of them is no "http://HOST:PORT".
Status check_proxies(const ProxyOptions& proxies);

struct HttpClientOptions {
  TlsOptions tls;
  AddressPolicy addresses = AddressPolicy::Any;
  PlainHttpPolicy plain_http = PlainHttpPolicy::Allowed;
  ProxyOptions proxy;
  // true: connections are kept and used again (the API server). false: each request has a
  // connection of its own, so that nothing is ever replayed on a second one: for peers to which a
  // request sent twice is not the same as one sent once.
  bool reuse_connections = true;
  std::string user_agent = program_name();
};

// Invalid: a proxy, certificate or key of the options cannot be used; the error names a proxy by
// its source. Opens no connection.
Result<std::unique_ptr<HttpClient>> make_http_client(HttpClientOptions options);

}  // namespace net
