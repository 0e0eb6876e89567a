#include "net/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "net/http_answer.h"
#include "net/request_reader.h"
#include "net/thrown.h"

namespace net {
namespace {

namespace asio = boost::asio;

using PlainStream = asio::ip::tcp::socket;
using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;
using BoostError = boost::system::error_code;

// How long a connection that we are done with may go on sending: closing while bytes arrive would
// reset it, and the answer could be lost.
constexpr std::chrono::seconds kLinger{1};
constexpr std::size_t kReadBytes = 8 << 10;

// A listener for both families sees IPv4 peers as mapped addresses.
std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

// A client can make up methods, and metrics keep a series for each.
std::string known_method(const std::string& method) {
  constexpr const char* kKnown[] = {"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                    "DELETE", "CONNECT", "OPTIONS", "TRACE"};
  const bool known = std::find(std::begin(kKnown), std::end(kKnown), method) != std::end(kKnown);
  return known ? method : "other";
}

RequestLimits limits_of(const HttpServerOptions& options) {
  return {.max_header_bytes = options.max_header_bytes,
          .max_header_fields = options.max_header_fields,
          .max_body_bytes = options.max_body_bytes};
}

struct Handled {
  ServerResponse response;
  std::string why = {};  // of a 500
};

// Neither the client nor the log gets an exception's text: it may quote a secret.
Handled handled(const HttpServer::Handler& handler, const ServerRequest& request,
                std::stop_token stop) {
  try {
    ServerResponse response = handler(request, std::move(stop));
    if (is_well_formed(response)) return {std::move(response)};
    return {plain_text(500, "internal error\n"), "the handler's answer is not valid HTTP"};
  } catch (...) {
    return {plain_text(500, "internal error\n"), "the handler threw " + thrown_type()};
  }
}

// One read is pending at almost any time, also while a handler works and while an answer or a
// stream is written: it notices that the client goes away.
template <class Stream>
class Session final : public HttpSession, public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <class... Arguments>
  explicit Session(SessionContext& context, Arguments&&... arguments)
      : context_(context),
        stream_(std::forward<Arguments>(arguments)...),
        timer_(stream_.get_executor()),
        reader_(limits_of(context.options)) {
    BoostError error;
    const auto peer = stream_.lowest_layer().remote_endpoint(error);
    if (!error) remote_address_ = text_of(peer.address());
  }
  ~Session() override {
    if (body_stream_ != nullptr) body_stream_->detach();
  }

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      enter(State::Reading);
      at(context_.options.request_timeout, &Session::close);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const BoostError& error) {
                                if (self->closed_) return;
                                if (error) return self->close();
                                self->await_request();
                              });
    } else {
      await_request();
    }
  }

  void close() override {
    if (std::exchange(closed_, true)) return;
    const auto self = this->shared_from_this();
    end_exchange();
    enter(State::Idle);
    if (body_stream_ != nullptr) body_stream_->detach();
    timer_.cancel();
    BoostError ignored;
    stream_.lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.lowest_layer().close(ignored);
    stop_.request_stop();
    context_.on_closed(self);
  }

  void begin_to_stop() override {
    if (state_ == State::Idle) return close();
    if (state_ == State::Streaming) body_stream_->end();
  }

  State state() const override { return state_; }
  SteadyTime since() const override { return since_; }
  const std::string& remote_address() const override { return remote_address_; }

 private:
  // Keeps the shared counts.
  void enter(State next) {
    const State last = std::exchange(state_, next);
    since_ = std::chrono::steady_clock::now();
    if (last == State::Writing) context_.answer_bytes -= body_.size();
    if (next == State::Writing) context_.answer_bytes += body_.size();
    if (last == State::Streaming) --context_.streams;
    if (next == State::Streaming) ++context_.streams;
    if (last != next && (last == State::Streaming || next == State::Streaming))
      context_.observer.streams(context_.streams);
  }

  // Calls `action` after `time`, unless at() or nothing_at() is called before.
  void at(Duration time, void (Session::*action)()) {
    const auto number = ++timer_number_;
    timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(time));
    timer_.async_wait([this, self = this->shared_from_this(), number, action](const BoostError&) {
      if (!closed_ && number == timer_number_) (this->*action)();
    });
  }
  void nothing_at() {
    ++timer_number_;
    timer_.cancel();
  }

  // Reading.

  void read() {
    if (reading_ || gone_ || (state_ != State::Reading && reader_.buffered() >= kReadBytes)) return;
    reading_ = true;
    stream_.async_read_some(asio::buffer(input_), [self = this->shared_from_this()](
                                                      const BoostError& error, std::size_t size) {
      self->reading_ = false;
      if (!self->closed_) self->on_read(error, size);
    });
  }

  void on_read(const BoostError& error, std::size_t size) {
    if (error) gone_ = true;
    if (lingering_) return gone_ ? close() : read();
    reader_.feed({input_.data(), size});
    switch (state_) {
      case State::Idle:
      case State::Reading:
        return read_request();
      case State::Streaming:
        if (gone_) return close();
        break;
      case State::Handling:
        if (gone_) stop_.request_stop();
        break;
      case State::Writing:
        break;
    }
    read();
  }

  // Between requests another clock runs than within one: the first byte makes the difference.
  void await_request() {
    enter(State::Idle);
    context_.on_evictable();
    if (closed_ || context_.stopping) return close();
    at(std::exchange(first_, false) ? context_.options.first_byte_timeout
                                    : context_.options.idle_timeout,
       &Session::close);
    read_request();
  }

  void read_request() {
    auto next = reader_.next();
    if (auto* request = std::get_if<ReadRequest>(&next)) return handle(std::move(*request));
    if (auto* refused = std::get_if<ServerResponse>(&next)) {
      context_.observer.answered({.status = refused->status});
      keep_alive_ = false;
      head_only_ = false;
      return write(std::move(*refused));
    }
    if (gone_) return close();
    if (reader_.begun() && state_ == State::Idle) {
      enter(State::Reading);
      at(context_.options.request_timeout, &Session::close);
    }
    read();
  }

  // Handling.

  void handle(ReadRequest read_whole) {
    ServerRequest request = std::move(read_whole.request);
    request.remote_address = remote_address_;
    request.received = std::chrono::steady_clock::now();
    const HttpServerOptions& options = context_.options;
    at_once_ = options.answered_at_once && options.answered_at_once(request);
    keep_alive_ = read_whole.keep_alive;
    http_1_1_ = read_whole.http_1_1;
    head_only_ = request.method == "HEAD";
    received_ = request.received;
    answered_ = {.method = known_method(request.method),
                 .route = options.route_of ? options.route_of(request) : ""};
    stop_ = std::stop_source{};
    if (gone_) stop_.request_stop();
    in_flight_ = true;
    context_.observer.began();
    nothing_at();
    enter(State::Handling);
    WorkerPool& workers = at_once_ ? context_.reserved_worker : context_.workers;
    if (!hand_over(std::move(request), workers))
      return answer({overloaded("too many requests are waiting\n"), "too many requests wait"});
    read();
  }

  bool hand_over(ServerRequest request, WorkerPool& workers) {
    return workers.try_post([self = this->shared_from_this(), request = std::move(request),
                             stop = stop_.get_token()]() mutable {
      Handled done = handled(self->context_.handler, request, std::move(stop));
      request.headers.wipe();
      wipe(request.body);
      // Back to the I/O thread, the only one that touches a connection.
      const auto io = self->stream_.get_executor();
      asio::post(io, [self = std::move(self), done = std::move(done)]() mutable {
        self->answer(std::move(done));
      });
    });
  }

  void end_exchange() {
    if (std::exchange(in_flight_, false)) context_.observer.ended();
  }

  void answer(Handled done) {
    const bool streams = done.response.stream != nullptr;
    const bool no_place = !closed_ && context_.streams >= context_.options.max_streams;
    if (streams && (closed_ || no_place)) done.response.stream->detach();
    if (streams && no_place)
      done = {overloaded("too many streams are open\n"), "too many streams are open"};
    report(done);  // also where the client is gone: a 500 is a 500
    end_exchange();
    if (closed_) return;
    if (context_.stopping) keep_alive_ = false;
    if (done.response.stream != nullptr) return begin_stream(std::move(done.response));
    write(std::move(done.response));
  }

  void report(const Handled& done) {
    answered_.status = done.response.status;
    answered_.took = std::chrono::steady_clock::now() - received_;
    context_.observer.answered(answered_);
    if (!at_once_ || answered_.status == 500) context_.log.answered(answered_, done.why);
  }

  // Writing.

  void write(ServerResponse response) {
    head_ = head_of(response, AnswerFraming::Length, keep_alive_, std::time(nullptr));
    body_.clear();
    if (!head_only_ && may_have_body(response.status)) body_ = std::move(response.body);
    enter(State::Writing);
    context_.on_answering();
    if (closed_) return;
    at(context_.options.request_timeout, &Session::close);
    asio::async_write(stream_, std::array{asio::buffer(head_), asio::buffer(body_)},
                      [self = this->shared_from_this()](const BoostError& error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->close();
                        self->on_written();
                      });
    read();
  }

  void on_written() {
    if (!keep_alive_) return linger();
    enter(State::Idle);  // while body_ has its size
    body_ = {};
    await_request();
  }

  void linger() {
    enter(State::Idle);
    body_ = {};
    context_.on_evictable();
    if (closed_ || context_.stopping || gone_) return close();
    lingering_ = true;
    BoostError ignored;
    stream_.lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    at(kLinger, &Session::close);
    read();
  }

  // Streaming. A stream ends its connection: its end may come because the server stops.

  void begin_stream(ServerResponse response) {
    chunked_ = http_1_1_ && may_have_body(response.status);
    const auto framing = chunked_ ? AnswerFraming::Chunked : AnswerFraming::Connection;
    if (head_only_) chunked_ = false;  // from here on it is about the body
    body_stream_ = std::move(response.stream);
    keep_alive_ = false;
    enter(State::Streaming);
    if (head_only_ || !may_have_body(response.status)) body_stream_->detach();
    const SteadyTime now = std::chrono::steady_clock::now();
    ends_ = now + body_stream_->options().lifetime;
    body_stream_->attach([io = stream_.get_executor(), weak = this->weak_from_this()] {
      asio::post(io, [weak] {
        if (const auto self = weak.lock()) self->send_stream();
      });
    });
    if (context_.stopping) body_stream_->end();
    send(head_of(response, framing, false, std::time(nullptr)));
    read();
  }

  // Sends what the stream has, or waits for more.
  void send_stream() {
    if (closed_ || sending_ || lingering_) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= ends_) body_stream_->end();
    ServerStream::Taken taken = body_stream_->take();
    if (taken.overrun) return close();
    if (taken.bytes.empty() && !taken.ended) {
      if (now < beats_) return at(std::min(beats_, ends_) - now, &Session::send_stream);
      taken.bytes = body_stream_->options().heartbeat;
    }
    last_sent_ = taken.ended && taken.bytes.empty();
    if (last_sent_ && !chunked_) return end_stream();
    send(chunked_ ? chunk_of(taken.bytes) : std::move(taken.bytes));
  }

  void send(std::string bytes) {
    sending_ = true;
    head_ = std::move(bytes);
    at(context_.options.request_timeout, &Session::close);
    asio::async_write(stream_, asio::buffer(head_),
                      [self = this->shared_from_this()](const BoostError& error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->close();
                        self->on_sent();
                      });
  }

  void on_sent() {
    sending_ = false;
    if (last_sent_) return end_stream();
    const ServerStreamOptions& options = body_stream_->options();
    beats_ = options.heartbeat.empty()
                 ? SteadyTime::max()
                 : std::chrono::steady_clock::now() + options.heartbeat_interval;
    send_stream();
  }

  void end_stream() {
    body_stream_->detach();
    linger();
  }

  SessionContext& context_;
  Stream stream_;
  asio::steady_timer timer_;
  std::uint64_t timer_number_ = 0;
  std::string remote_address_;
  State state_ = State::Idle;
  SteadyTime since_ = std::chrono::steady_clock::now();
  bool first_ = true;  // no request has been awaited yet
  bool closed_ = false;

  RequestReader reader_;
  std::array<char, kReadBytes> input_{};
  bool reading_ = false;
  bool gone_ = false;       // nothing more comes from the client
  bool lingering_ = false;  // the last answer has been written

  // Of the request that is handled or answered.
  std::stop_source stop_{std::nostopstate};
  AnsweredRequest answered_;
  SteadyTime received_{};
  bool in_flight_ = false;
  bool at_once_ = false;
  bool keep_alive_ = false;
  bool http_1_1_ = true;
  bool head_only_ = false;
  std::string head_;  // and what else is being sent of a stream
  std::string body_;

  std::shared_ptr<ServerStream> body_stream_;
  SteadyTime ends_{};
  SteadyTime beats_{};
  bool chunked_ = true;
  bool sending_ = false;
  bool last_sent_ = false;
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
