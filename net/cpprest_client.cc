// HttpClient on cpprestsdk 2.10. Its thread only runs its own code and fills Exchanges; each
// caller waits on a thread of its own.
#include <cpprest/http_client.h>
#include <cpprest/producerconsumerstream.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "net/addresses.h"
#include "net/body_sink.h"
#include "net/exchange.h"
#include "net/http_client.h"
#include "net/http_fields.h"
#include "net/line_splitter.h"
#include "net/mutex.h"
#include "net/tls_context.h"
#include "net/url.h"

namespace net {
namespace {

namespace http = web::http;

// One thread, and every call into cpprestsdk made on it: cancelling closes a socket under whatever
// another thread is about to do with it, which is a crash in Asio. One thread cannot race with
// itself, and none of its work blocks.
constexpr std::size_t kPoolThreads = 1;
// cpprestsdk's own timer restarts with every chunk, so it bounds nothing: ours do, and its is put
// out of the way.
constexpr std::chrono::hours kNeverMind{24 * 365};
// Bytes that may arrive over TLS besides the body: certificates, header fields, record overhead.
constexpr std::size_t kTlsAllowance = 256 << 10;

// Must come before any other use of cpprestsdk, whose default is 40 threads.
void start_pool_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      crossplat::threadpool::initialize_with_threads(kPoolThreads);
    } catch (const std::exception&) {
      // Only possible if something else in the process used cpprestsdk first.
    }
  });
}

template <class Function>
void on_pool_thread(Function function) {
  crossplat::threadpool::shared_instance().service().post(std::move(function));
}

// A cpprestsdk client, and what is known of its connections.
struct Channel {
  http::client::http_client client;
  std::shared_ptr<TlsTrace> trace;
  std::string peer;  // host:port, for messages
};

// Counts what cpprestsdk has not finished with yet: nobody frees a task that never completes, since
// its continuations own it, and it them.
class UnderWay : public std::enable_shared_from_this<UnderWay> {
 public:
  // One more, until the last copy of what is returned is gone.
  std::shared_ptr<void> one() {
    const MutexLock guard(mutex_);
    ++count_;
    return {this, [kept = shared_from_this()](void*) { kept->one_less(); }};
  }
  void await_none(Duration limit) {
    MutexLock lock(mutex_);
    changed_.wait_for(lock, limit, [this]() NET_REQUIRES(mutex_) { return count_ == 0; });
  }

 private:
  void one_less() {
    const MutexLock guard(mutex_);
    if (--count_ == 0) changed_.notify_all();
  }
  Mutex mutex_;
  std::condition_variable changed_;
  int count_ NET_GUARDED_BY(mutex_) = 0;
};

// Cancels whatever is still under way when it goes out of scope.
class Call {
 public:
  Call(std::shared_ptr<Channel> to, std::shared_ptr<Exchange> through)
      : channel(std::move(to)), exchange(std::move(through)) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    exchange->close();
    if (exchange->ended()) return;
    on_pool_thread([kept = channel, source = cancellation] { source.cancel(); });
  }

  std::shared_ptr<Channel> channel;
  std::shared_ptr<Exchange> exchange;
  pplx::cancellation_token_source cancellation;
  HttpResponse head;
};

Status check_request(const HttpRequest& request) {
  if (!is_field_name(request.method)) return Error{ErrorCode::Invalid, "HTTP method: not a word"};
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_field_name(name)) return Error{ErrorCode::Invalid, "a header's name is not a word"};
    if (!is_field_value(value)) {
      return Error{ErrorCode::Invalid, "header " + name + ": control characters in its value"};
    }
  }
  return {};
}

Result<Url> parse_target(const std::string& text) {
  auto url = parse_url(text);
  if (!url.ok()) return url;
  if (url->host.find(':') != std::string::npos) {
    return Error{ErrorCode::Invalid,
                 "URL: IPv6 addresses are not supported: use a name that resolves to it"};
  }
  if (url->path.starts_with("//")) {
    return Error{ErrorCode::Invalid, "URL: paths that begin with '//' are not supported"};
  }
  return url;
}

// "http://user:password@proxy.example:3128", also without its scheme.
Result<web::web_proxy> parse_proxy(std::string text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) text = "http://" + text;
  const std::size_t begin = text.find("://") + 3;
  const std::size_t at = text.rfind('@');
  std::string user_info;
  if (at != std::string::npos && at >= begin) {
    user_info = text.substr(begin, at - begin);
    text.erase(begin, at + 1 - begin);
  }
  const auto url = parse_url(text);
  if (!url.ok() || url->scheme != "http") {
    return Error{ErrorCode::Invalid, "only a proxy of the form http://HOST:PORT is supported"};
  }
  web::web_proxy proxy(web::uri(url->to_string()));
  if (!user_info.empty()) {
    const std::size_t colon = std::min(user_info.find(':'), user_info.size());
    proxy.set_credentials(web::credentials(
        web::uri::decode(user_info.substr(0, colon)),
        web::uri::decode(user_info.substr(std::min(colon + 1, user_info.size())))));
  }
  return proxy;
}

HttpResponse head_of(const http::http_response& response) {
  HttpResponse head;
  head.status = response.status_code();
  for (const auto& [name, value] : response.headers()) head.headers.add(name, value);
  return head;
}

// The texts of cpprestsdk are a closed list of its own; the numbers of Asio's own categories mean
// nothing as errno.
std::string system_reason(int number) {
  switch (number) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENETUNREACH:
      return std::string(": ") + std::strerror(number);
    case EHOSTUNREACH:
      return ": refused or unreachable";  // cpprestsdk reports both as this
    default:
      return {};
  }
}

Exchange::Failure explain(const http::http_exception& problem, const Channel& channel) {
  const std::string what = problem.what();
  const int number = problem.error_code().value();
  const auto failure = [&](ErrorCode code, const std::string& reason) {
    return Exchange::Failure{Error{code, channel.peer + ": " + reason},
                             what.starts_with("Failed to write request")};
  };
  const std::string refusal = channel.trace->refusal();
  if (what.find("handshake") != std::string::npos && !refusal.empty()) {
    return failure(ErrorCode::Tls, refusal);
  }
  const std::string reason = tls_reason(static_cast<unsigned int>(number));
  if (!reason.empty()) return failure(ErrorCode::Tls, "TLS: " + reason);
  if (number == ETIMEDOUT) return failure(ErrorCode::Timeout, what);
  return failure(ErrorCode::Unavailable, what + system_reason(number));
}

// Called within a catch block. Other exceptions may quote what they choked on: their text is not
// passed on.
Exchange::Failure explain_current(const Channel& channel) {
  try {
    throw;
  } catch (const http::http_exception& problem) {
    return explain(problem, channel);
  } catch (const std::exception&) {
    return {Error{ErrorCode::Unavailable,
                  channel.peer + ": the request or its answer is not valid HTTP"},
            false};
  }
}

void watch_body(const http::http_response& response, std::shared_ptr<Channel> channel,
                std::shared_ptr<Exchange> exchange, std::shared_ptr<void> counted) {
  response.content_ready().then([channel, exchange, counted](pplx::task<http::http_response> body) {
    try {
      body.get();
      exchange->on_end();
    } catch (...) {
      exchange->on_failure(explain_current(*channel));
    }
  });
}

void start(const Call& call, http::http_request message, std::shared_ptr<void> counted) {
  message.set_response_stream(make_body_sink(call.exchange));
  on_pool_thread([message, channel = call.channel, exchange = call.exchange,
                  token = call.cancellation.get_token(), counted] {
    try {
      channel->client.request(message, token)
          .then([channel, exchange, counted](pplx::task<http::http_response> task) {
            try {
              const http::http_response response = task.get();
              exchange->on_headers(head_of(response));
              watch_body(response, channel, exchange, counted);
            } catch (...) {
              exchange->on_failure(explain_current(*channel));
            }
          });
    } catch (...) {
      exchange->on_failure(explain_current(*channel));
    }
  });
}

// A body that cannot be rewound: cpprestsdk sends a request again, whatever its method, when a kept
// connection turns out to be dead, but not if it would have to rewind.
void set_body_once(http::http_request& message, const std::string& body) {
  const bool has_type = message.headers().has("Content-Type");
  Concurrency::streams::producer_consumer_buffer<std::uint8_t> buffer;
  buffer.putn_nocopy(reinterpret_cast<const std::uint8_t*>(body.data()), body.size()).get();
  buffer.close(std::ios_base::out).get();
  message.set_body(buffer.create_istream(), body.size(), "application/octet-stream");
  if (!has_type) message.headers().remove("Content-Type");
}

http::http_request make_message(const HttpRequest& request, const Url& url,
                                const std::string& user_agent) {
  http::http_request message(request.method);
  for (const auto& [name, value] : request.headers.fields()) message.headers().add(name, value);
  if (!request.headers.has("User-Agent")) message.headers().add("User-Agent", user_agent);
  message.set_request_uri(web::uri(url.path + (url.query.empty() ? "" : "?" + url.query)));
  if (request.method != "GET" || !request.body.empty()) set_body_once(message, request.body);
  return message;
}

Error too_large(const std::string& peer, std::size_t limit) {
  return Error{ErrorCode::TooLarge,
               peer + ": the answer has more than " + std::to_string(limit) + " bytes"};
}

// Names the peer in errors that the waiting side made itself.
Error with_peer(Error error, const std::string& peer) {
  if (!error.message.starts_with(peer)) error.message = peer + ": " + error.message;
  return error;
}

Result<HttpResponse> collect(Call& call, std::size_t max_bytes, SteadyTime deadline,
                             const std::stop_token& stop) {
  HttpResponse response = std::move(call.head);
  while (true) {
    auto bytes = call.exchange->next(deadline, stop);
    if (!bytes.ok()) return with_peer(bytes.error(), call.channel->peer);
    if (bytes->empty()) return response;
    if (response.body.size() + bytes->size() > max_bytes) {
      return too_large(call.channel->peer, max_bytes);
    }
    response.body += *bytes;
  }
}

Result<HttpResponse> hand_over_lines(Call& call, const HttpClient::StreamLimits& limits,
                                     const HttpClient::LineHandler& on_line,
                                     const std::stop_token& stop) {
  LineSplitter lines(limits.max_line_bytes);
  const auto on_line_unless_stopped = [&](std::string_view line) -> Status {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    return on_line(line);
  };
  while (true) {
    const auto silence_ends = std::chrono::steady_clock::now() + limits.max_silence;
    auto bytes = call.exchange->next(silence_ends, stop);
    if (!bytes.ok()) return with_peer(bytes.error(), call.channel->peer);
    if (bytes->empty()) return std::move(call.head);
    if (Status fed = lines.feed(*bytes, on_line_unless_stopped); !fed.ok()) return fed.error();
  }
}

class CpprestClient : public HttpClient {
 public:
  CpprestClient(HttpClientOptions options, std::shared_ptr<const TlsContext> tls)
      : options_(std::move(options)), tls_(std::move(tls)) {}
  // Cancelled calls end at once on an idle machine. On a busy one the pool's thread needs its time,
  // and a call that looks a name up ends only with the resolver: the limit is for that one.
  ~CpprestClient() override { under_way_->await_none(std::chrono::seconds{3}); }

  Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop) override {
    const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
    auto call = open(request, deadline, stop, Bounded::Yes);
    if (!call.ok()) return call.error();
    return collect(**call, request.max_response_bytes, deadline, stop);
  }

  Result<HttpResponse> stream(const HttpRequest& request, const StreamLimits& limits,
                              const LineHandler& on_line, std::stop_token stop) override {
    const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
    auto call = open(request, deadline, stop, Bounded::No);
    if (!call.ok()) return call.error();
    if (limits.on_headers) limits.on_headers((*call)->head.status);
    if ((*call)->head.status / 100 == 2) return hand_over_lines(**call, limits, on_line, stop);
    return collect(**call, request.max_response_bytes, deadline, stop);
  }

 private:
  enum class Bounded { No, Yes };  // whether the answer as a whole has a bound

  // Sends `request` and waits for the answer's header fields.
  Result<std::unique_ptr<Call>> open(const HttpRequest& request, SteadyTime deadline,
                                     const std::stop_token& stop, Bounded bounded) {
    if (const Status checked = check_request(request); !checked.ok()) return checked.error();
    const auto url = parse_target(request.url);
    if (!url.ok()) return url.error();
    const std::string proxy = options_.proxy.proxy_for(request.url);
    if (const Status allowed = check_peer(*url, proxy, deadline, stop); !allowed.ok())
      return allowed.error();
    try {
      const bool keep = options_.reuse_connections && !request.own_connection;
      auto call = begin(request, *url, proxy, bounded, keep);
      if (!call.ok()) return call;
      auto head = (*call)->exchange->await_headers(deadline, stop);
      if (!head.ok() && may_be_sent_again(request, **call)) {
        call = begin(request, *url, proxy, bounded, false);
        if (!call.ok()) return call;
        head = (*call)->exchange->await_headers(deadline, stop);
      }
      if (!head.ok()) return with_peer(head.error(), (*call)->channel->peer);
      (*call)->head = std::move(*head);
      return call;
    } catch (const std::exception&) {
      return Error{ErrorCode::Internal,
                   url->authority() + ": the HTTP library refused the request"};
    }
  }

  // Whether the options let a request go there at all.
  Status check_peer(const Url& url, const std::string& proxy, SteadyTime deadline,
                    const std::stop_token& stop) const {
    if (url.scheme == "http" && options_.plain_http != PlainHttpPolicy::Allowed) {
      if (options_.plain_http == PlainHttpPolicy::Refused || !proxy.empty())
        return Error{ErrorCode::Invalid,
                     "requests to http://" + url.authority() + " are refused: it must be https"};
      const Status loopback = check_is_loopback(url.host, deadline, stop);
      if (!loopback.ok()) return loopback;
    }
    return proxy.empty() ? check_addresses(url.host, options_.addresses, deadline, stop)
                         : check_literal(url.host, options_.addresses);
  }

  // cpprestsdk notices a dead kept connection when it reads, not when it writes.
  bool may_be_sent_again(const HttpRequest& request, const Call& call) const {
    return options_.reuse_connections && request.method == "GET" && request.body.empty() &&
           call.exchange->failed_before_answer_began();
  }

  Result<std::unique_ptr<Call>> begin(const HttpRequest& request, const Url& url,
                                      const std::string& proxy, Bounded bounded, bool keep) {
    auto channel = keep ? kept_channel(url, proxy, request) : new_channel(url, proxy, request);
    if (!channel.ok()) return channel.error();
    const auto exchange = std::make_shared<Exchange>();
    if ((!options_.reuse_connections || request.own_connection) && bounded == Bounded::Yes) {
      // cpprestsdk takes in header fields and chunks whole, of any size, before it passes them on.
      (*channel)->trace->limit_received(
          request.max_response_bytes + kTlsAllowance,
          [exchange, peer = (*channel)->peer, limit = request.max_response_bytes] {
            exchange->on_failure({too_large(peer, limit), false});
          });
    }
    auto call = std::make_unique<Call>(std::move(*channel), exchange);
    start(*call, make_message(request, url, options_.user_agent), under_way_->one());
    return call;
  }

  Result<std::shared_ptr<Channel>> kept_channel(const Url& url, const std::string& proxy,
                                                const HttpRequest& request) {
    if (!request.ca_bundle_pem.empty()) {
      return Error{ErrorCode::Invalid,
                   "a CA bundle for one request needs a client that does not reuse connections"};
    }
    const MutexLock guard(mutex_);
    std::shared_ptr<Channel>& kept = kept_[url.scheme + "://" + url.authority() + " " + proxy];
    if (kept == nullptr) {
      auto channel = new_channel(url, proxy, request);
      if (!channel.ok()) return channel.error();
      kept = std::move(*channel);
    }
    return kept;
  }

  Result<std::shared_ptr<Channel>> new_channel(const Url& url, const std::string& proxy,
                                               const HttpRequest& request) const {
    std::shared_ptr<const TlsContext> tls = tls_;
    if (!request.ca_bundle_pem.empty()) {
      auto wider = TlsContext::make(options_.tls, request.ca_bundle_pem);
      if (!wider.ok()) return wider.error();
      tls = std::move(*wider);
    }
    const auto trace = std::make_shared<TlsTrace>();
    http::client::http_client_config config;
    config.set_max_redirects(0);  // its default follows ten, credentials and all
    config.set_timeout(kNeverMind);
    config.set_validate_certificates(tls->verifies_peer());
    config.set_tlsext_sni_enabled(false);  // TlsContext does it
    config.set_ssl_context_callback(
        [tls, trace, host = url.host](boost::asio::ssl::context& context) {
          tls->apply(context.native_handle(), host, trace);
        });
    if (!proxy.empty()) {
      auto parsed = parse_proxy(proxy);
      if (!parsed.ok()) return parsed.error();
      config.set_proxy(std::move(*parsed));
    }
    return std::make_shared<Channel>(
        Channel{http::client::http_client(web::uri(url.scheme + "://" + url.authority()), config),
                trace, url.host + ":" + std::to_string(url.port)});
  }

  const HttpClientOptions options_;
  const std::shared_ptr<const TlsContext> tls_;
  const std::shared_ptr<UnderWay> under_way_ = std::make_shared<UnderWay>();
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Channel>> kept_
      NET_GUARDED_BY(mutex_);  // by scheme, authority and proxy
};

}  // namespace

Status check_proxies(const ProxyOptions& proxies) {
  for (const auto& [proxy, source] : {std::pair(proxies.https_proxy, proxies.https_proxy_source),
                                      std::pair(proxies.http_proxy, proxies.http_proxy_source)}) {
    if (proxy.empty()) continue;
    const auto parsed = parse_proxy(proxy);
    if (!parsed.ok()) return Error{parsed.error().code, source + ": " + parsed.error().message};
  }
  return {};
}

Result<std::unique_ptr<HttpClient>> make_http_client(HttpClientOptions options) {
  if (const Status usable = check_proxies(options.proxy); !usable.ok()) return usable.error();
  auto tls = TlsContext::make(options.tls);
  if (!tls.ok()) return tls.error();
  start_pool_once();
  return std::unique_ptr<HttpClient>(
      std::make_unique<CpprestClient>(std::move(options), std::move(*tls)));
}

}  // namespace net
