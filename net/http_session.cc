// Beast 1.74 asserts a length that the client decides: five bytes of a last chunk that came in
// pieces. With the assertion any client can end the process; without it, Beast reads the pieces as
// it should.
#define BOOST_DISABLE_ASSERTS
#include "net/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "net/http_fields.h"
#include "net/log.h"
#include "net/thrown.h"

namespace net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using BoostError = boost::system::error_code;
using Answer = http::response<http::string_body>;

// How long a connection that we are done with may go on sending: closing while bytes arrive would
// reset it, and the answer could be lost.
constexpr std::chrono::seconds kLinger{1};
constexpr std::size_t kReadBytes = 8 << 10;

beast::string_view view(const std::string& text) { return {text.data(), text.size()}; }

// A listener for both families sees IPv4 peers as mapped addresses.
std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// RFC 9110 5.6.7, whatever the locale.
std::string http_date(std::time_t time) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday],
                utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                utc.tm_sec);
  return text.data();
}

ServerResponse plain_text(int status, std::string body) {
  return ServerResponse{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

bool well_formed(const ServerResponse& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.fields().begin(), response.headers.fields().end(),
                     [](const auto& field) {
                       return is_field_name(field.first) && is_field_value(field.second);
                     });
}

void log_failure(const ServerRequest& request, const std::string& why) {
  static const Logger log("http-server");
  log.error("A request was answered with 500",
            {{"method", request.method}, {"path", request.path}, {"why", why}});
}

// Neither the client nor the log gets an exception's text: it may quote a secret.
ServerResponse handled(const HttpServer::Handler& handler, const ServerRequest& request) {
  try {
    ServerResponse response = handler(request);
    if (well_formed(response)) return response;
    log_failure(request, "the handler's answer is not valid HTTP");
  } catch (...) {
    log_failure(request, "the handler threw " + thrown_type());
  }
  return plain_text(500, "internal error\n");
}

Answer encoded(ServerResponse response, bool head, bool keep_alive) {
  Answer answer(static_cast<http::status>(response.status), 11);
  for (const auto& [name, value] : response.headers.fields())
    answer.insert(view(name), view(value));
  answer.set(http::field::date, view(http_date(std::time(nullptr))));
  answer.keep_alive(keep_alive);
  const bool has_body = response.status != 204 && response.status != 304;  // RFC 9110 6.4.1
  if (has_body) answer.body() = std::move(response.body);
  answer.prepare_payload();
  if (head) answer.body().clear();  // Content-Length stays what a GET would get
  return answer;
}

// The answer to what could not be read as a request; none where the peer is gone or too slow.
std::optional<ServerResponse> refusal(const BoostError& error) {
  if (error == http::error::header_limit) {
    return plain_text(431, "the header fields are too large\n");
  }
  if (error == http::error::body_limit) return plain_text(413, "the body is too large\n");
  const bool malformed =
      error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message;
  if (malformed) return plain_text(400, "not a valid HTTP request\n");
  return std::nullopt;
}

template <class Stream>
class Session final : public HttpSession, public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <class... Arguments>
  explicit Session(SessionContext& context, Arguments&&... arguments)
      : context_(context), stream_(std::forward<Arguments>(arguments)...) {
    BoostError error;
    const auto peer = socket().remote_endpoint(error);
    if (!error) remote_address_ = text_of(peer.address());
  }

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      enter(State::Reading);
      expires_after(context_.options.request_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const BoostError& error) {
                                if (error) return self->close();
                                self->await_request();
                              });
    } else {
      await_request();
    }
  }

  void close() override {
    if (std::exchange(closed_, true)) return;
    enter(State::Idle);
    BoostError ignored;
    socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    lowest().close();
    context_.on_closed(this->shared_from_this());
  }

  void close_if_idle() override {
    if (state_ == State::Idle) close();
  }

  State state() const override { return state_; }
  SteadyTime since() const override { return since_; }
  const std::string& remote_address() const override { return remote_address_; }

 private:
  // Keeps the shared counts.
  void enter(State next) {
    const State last = std::exchange(state_, next);
    since_ = std::chrono::steady_clock::now();
    if (last == State::Writing) context_.answer_bytes -= answer_.body().size();
    if (next == State::Writing) context_.answer_bytes += answer_.body().size();
  }

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  asio::ip::tcp::socket& socket() { return lowest().socket(); }
  // For all reads and writes that follow, together.
  void expires_after(Duration time) {
    lowest().expires_after(std::chrono::duration_cast<beast::net::steady_timer::duration>(time));
  }

  // Between requests another clock runs than within one: the first byte makes the difference.
  void await_request() {
    enter(State::Idle);
    context_.on_evictable();
    if (closed_ || context_.stopping) return close();
    answer_ = {};
    if (buffer_.size() > 0) return read_request();  // a pipelined request
    buffer_.shrink_to_fit();
    expires_after(std::exchange(first_, false) ? context_.options.first_byte_timeout
                                               : context_.options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(kReadBytes),
        [self = this->shared_from_this()](const BoostError& error, std::size_t n) {
          if (error) return self->close();
          self->buffer_.commit(n);
          self->read_request();
        });
  }

  void read_request() {
    enter(State::Reading);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
    parser_->body_limit(context_.options.max_body_bytes);
    expires_after(context_.options.request_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const BoostError& error, std::size_t) {
                       self->on_request(error);
                     });
  }

  void on_request(const BoostError& error) {
    if (!error) return handle();
    auto response = refusal(error);
    if (!response) return close();
    write(encoded(std::move(*response), false, false));
  }

  ServerRequest decoded() {
    auto message = parser_->release();
    head_ = message.method() == http::verb::head;
    keep_alive_ = message.keep_alive();
    ServerRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    const std::size_t question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) request.query = request.target.substr(question + 1);
    for (const auto& field : message) {
      request.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    request.remote_address = remote_address_;
    request.received = std::chrono::steady_clock::now();
    return request;
  }

  void handle() {
    ServerRequest request = decoded();
    parser_.reset();
    const auto& at_once = context_.options.answered_at_once;
    if (at_once && at_once(request)) return hand_over(std::move(request), context_.reserved_worker);
    const std::size_t room =
        context_.options.max_waiting_requests + static_cast<std::size_t>(context_.options.threads);
    if (context_.waiting_requests >= room) {
      ServerResponse busy = plain_text(503, "too many requests are waiting\n");
      busy.headers.add("Retry-After", "1");
      return write(encoded(std::move(busy), head_, keep_alive_ && !context_.stopping));
    }
    ++context_.waiting_requests;
    counted_ = true;
    hand_over(std::move(request), context_.workers);
  }

  void hand_over(ServerRequest request, asio::thread_pool& worker) {
    enter(State::Handling);
    asio::post(worker, [self = this->shared_from_this(), request = std::move(request)]() mutable {
      ServerResponse response = handled(self->context_.handler, request);
      request.headers.wipe();
      wipe(request.body);
      // Back to the I/O thread, the only one that touches a connection.
      const auto io = self->socket().get_executor();
      asio::post(io, [self = std::move(self), response = std::move(response)]() mutable {
        self->on_handled(std::move(response));
      });
    });
  }

  void on_handled(ServerResponse response) {
    if (std::exchange(counted_, false)) --context_.waiting_requests;
    const bool keep_alive = keep_alive_ && !context_.stopping;
    write(encoded(std::move(response), head_, keep_alive));
  }

  void write(Answer answer) {
    if (closed_) return;
    answer_ = std::move(answer);
    enter(State::Writing);
    context_.on_answering();
    if (closed_) return;
    expires_after(context_.options.request_timeout);
    http::async_write(stream_, answer_,
                      [self = this->shared_from_this()](const BoostError& error, std::size_t) {
                        if (error) return self->close();
                        if (self->answer_.keep_alive()) return self->await_request();
                        self->linger();
                      });
  }

  void linger() {
    enter(State::Idle);
    context_.on_evictable();
    if (closed_ || context_.stopping) return close();
    BoostError ignored;
    socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    expires_after(kLinger);
    discard();
  }

  void discard() {
    buffer_.clear();
    lowest().async_read_some(
        buffer_.prepare(kReadBytes),
        [self = this->shared_from_this()](const BoostError& error, std::size_t) {
          if (error) return self->close();
          self->discard();
        });
  }

  SessionContext& context_;
  Stream stream_;
  std::string remote_address_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Answer answer_;
  bool head_ = false;
  bool keep_alive_ = false;
  State state_ = State::Idle;
  SteadyTime since_ = std::chrono::steady_clock::now();
  bool first_ = true;     // no byte has come yet
  bool counted_ = false;  // in context_.waiting_requests
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<HttpSession> make_session(asio::ip::tcp::socket socket, asio::ssl::context* tls,
                                          SessionContext& context) {
  BoostError ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls == nullptr) return std::make_shared<Session<PlainStream>>(context, std::move(socket));
  return std::make_shared<Session<TlsStream>>(context, std::move(socket), *tls);
}

}  // namespace net
